"""The one thread that touches the disk, so that reading the pipe never waits for it.

What cannot be written is tried again until it can: a full disk costs time, never media. Meanwhile the queue fills, then the pipe, and the
worker keeps what it cannot hand over.
"""

import errno
import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from recorder.errors import RecorderError

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 512
"""Steps waiting for the disk; a step is about one second of one track. When it is full, `Writer.post` waits and the pipe is not read."""
RETRY_S = 0.5
_PASSING = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.ENOMEM,
    errno.EMFILE,
    errno.ENFILE,
    errno.ESTALE,
    errno.ETIMEDOUT,
}
"""What a disk may recover from, or an administrator mend. Anything else (a symbolic link in the way, say) stays as it is."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Step:
    do: Callable[[], object]
    abandon: Callable[[], object] | None = None


class Writer:
    """Steps are done in the order they were posted. A step may be done twice when its first try raised `OSError`."""

    def __init__(self) -> None:
        self._steps: queue.Queue[_Step | None] = queue.Queue(QUEUE_LIMIT)
        self._giving_up = threading.Event()
        self._patience: threading.Timer | None = None
        self._stuck_since: float | None = None
        self.failed_steps = 0
        self._thread = threading.Thread(target=self._run, name="recorder writer")
        self._thread.start()

    @property
    def trouble(self) -> str:
        """A sentence for people while the disk does not take what it is given; otherwise empty."""
        if self._stuck_since is not None:
            return "The recording disk does not take data; media is being held back until it does."
        if self._steps.qsize() > QUEUE_LIMIT // 2:
            return "The recording disk is too slow; media is being held back."
        return ""

    def post(self, step: Callable[[], object]) -> None:
        self._steps.put(_Step(step))

    def call(self, function: Callable[[], T]) -> T:
        """Runs ``function`` after everything posted before it and returns what it returns, or raises what it raises."""
        answer: Future[T] = Future()

        def step() -> None:
            try:
                result = function()
            except RecorderError as error:
                answer.set_exception(error)
            except OSError as error:
                if error.errno in _PASSING:
                    raise
                answer.set_exception(RecorderError(f"a recording file cannot be used: {error.strerror}"))
            else:
                answer.set_result(result)

        given_up = RecorderError("the recording disk did not take data in time")
        self._steps.put(_Step(step, lambda: answer.set_exception(given_up)))
        return answer.result()

    def give_up_after(self, deadline_s: float) -> None:
        """From then on, steps the disk refuses are dropped instead of tried again. The process is about to end."""
        if self._patience is None:
            self._patience = threading.Timer(deadline_s, self._giving_up.set)
            self._patience.daemon = True
            self._patience.start()

    def close(self, deadline_s: float) -> bool:
        """Finishes everything posted. False when a step had to be given up."""
        self.give_up_after(deadline_s)
        self._steps.put(None)
        self._thread.join()
        if self._patience is not None:
            self._patience.cancel()
            self._patience.join()
        return self.failed_steps == 0

    def _run(self) -> None:
        while (step := self._steps.get()) is not None:
            while not self._done(step):
                pass

    def _done(self, step: _Step) -> bool:
        """False when the step has to be tried again."""
        try:
            step.do()
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _PASSING:
                return self._refused(step, error)
            # One track's step has failed in a way nobody foresaw: the other tracks must go on being written.
            logger.exception("step of the recording failed")
            self._abandon(step)
        if self._stuck_since is not None:
            logger.warning("recording disk took data again after %.1f s", time.monotonic() - self._stuck_since)
            self._stuck_since = None
        return True

    def _refused(self, step: _Step, error: OSError) -> bool:
        if self._stuck_since is None:
            self._stuck_since = time.monotonic()
            logger.error("recording disk refuses: %s", error.strerror)
        if not self._giving_up.wait(RETRY_S):
            return False
        self._abandon(step)
        return True

    def _abandon(self, step: _Step) -> None:
        self.failed_steps += 1
        if step.abandon is not None:
            step.abandon()
