"""The few threads recognition runs on, and whose turn it is."""

import os
import queue
import threading
from typing import Protocol

import structlog

MOST_THREADS = 2
EX_SOFTWARE = 70
"""sysexits.h: an internal software error."""

_log = structlog.get_logger()


class Work(Protocol):
    """Something with steps to do now and then."""

    def ready(self) -> bool:
        """Whether there is a step to do now."""

    def work(self) -> None:
        """Do one step. Never called by two threads at once."""


def default_thread_count() -> int:
    """One core is left to whoever else needs it."""
    return max(1, min(len(os.sched_getaffinity(0)) - 1, MOST_THREADS))


class RecognitionThreads:
    """Round robin over everybody that is ready, one step each, so that nobody's long speech delays another's short one."""

    def __init__(self, count: int) -> None:
        self._turns: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        """Bounded by `_waiting`: everybody stands in it once at most."""
        self._waiting: set[Work] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, name=f"recognition-{n}") for n in range(count)]
        for thread in self._threads:
            thread.start()

    def wake(self, work: Work) -> None:
        """Something was added to it: it gets its turn if it is ready."""
        with self._lock:
            if work not in self._waiting and work.ready():
                self._waiting.add(work)
                self._turns.put(work)

    def close(self) -> None:
        """Returns when the steps that are being done have ended and the threads are gone; idempotent."""
        for _ in self._threads:
            self._turns.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _run(self) -> None:
        while (work := self._turns.get()) is not None:
            try:
                work.work()
            except Exception as error:
                # The process is the border: its worker starts another one and sends again what this one had not settled.
                # Only the kind is logged, since a message might quote speech.
                _log.critical("recognition failed", error=type(error).__name__, place=_place(error))
                os._exit(EX_SOFTWARE)
            with self._lock:
                if work.ready():
                    self._turns.put(work)
                else:
                    self._waiting.discard(work)


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
