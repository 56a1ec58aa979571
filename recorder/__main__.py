"""``python -m recorder --root DIR``: the sink process. Frames of signaling.sink_stream on standard input, JSON lines on standard
output, logs on standard error.

It ends with status 0 at the end of its input, at SIGTERM or when the worker falls silent, after everything is sealed, and with 1
when the disk did not take everything; what is then not sealed is recovered at the next start. SIGINT is the parent's to decide.
"""

import argparse
import logging
import os
import select
import signal
import sys
import time
from pathlib import Path

from recorder.confined import ConfinedFolder
from recorder.disk_watch import DiskFloor, DiskWatch
from recorder.outbox import Outbox
from recorder.recorder import Recorder
from recorder.recovery import recover_all
from recorder.writer import Writer
from signaling.sink_stream.frames import FrameReader, SinkStreamError

logger = logging.getLogger("recorder")

CHUNK_BYTES = 1 << 18
TICK_S = 0.1
GIVE_UP_AFTER_S = 8.0
WORKER_SILENT_S = 5.0
"""A worker says something every second. One that is halted for longer than this will be followed by another, which must find its
hearings sealed; should it go on instead, it starts a new recorder."""


class Process:
    """Reads the pipe until it ends or SIGTERM comes."""

    def __init__(self, root: Path, floor: DiskFloor, worker_silent_s: float = WORKER_SILENT_S) -> None:
        self._outbox = Outbox(sys.stdout.fileno())
        self._writer = Writer()
        self._watch = DiskWatch(root, floor, self._outbox, lambda: self._writer.trouble)
        self._root_path = root
        self._worker_silent_s = worker_silent_s
        self._ending = False

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self._end)
        self._watch.start()
        try:
            root = self._writer.call(lambda: ConfinedFolder.root(self._root_path))
            self._writer.call(lambda: recover_all(root, self._outbox))
            recorder = Recorder(root, self._writer, self._outbox)
            self._read(recorder)
            recorder.close()
            self._writer.post(root.close)
        finally:
            whole = self._writer.close(GIVE_UP_AFTER_S)
            self._watch.close()
        return 0 if whole else 1

    def _read(self, recorder: Recorder) -> None:
        reader = FrameReader()
        source = sys.stdin.fileno()
        ticked = 0.0
        heard = time.monotonic()
        while True:
            # After SIGTERM only what already stands in the pipe is taken.
            readable, _, _ = select.select([source], [], [], 0 if self._ending else TICK_S)
            if readable:
                chunk = os.read(source, CHUNK_BYTES)
                if not chunk:
                    return
                heard = time.monotonic()
                try:
                    for frame in reader.feed(chunk):
                        recorder.obey(frame)
                except SinkStreamError as error:
                    logger.error("stream from the worker cannot be read: %s", error)
                    return
            elif self._ending:
                return
            elif time.monotonic() - heard > self._worker_silent_s:
                logger.error("the worker says nothing any more")
                return
            if time.monotonic() - ticked >= TICK_S:
                ticked = time.monotonic()
                recorder.tick()

    def _end(self, *_: object) -> None:
        self._ending = True
        self._writer.give_up_after(GIVE_UP_AFTER_S)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m recorder", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--root", type=Path, required=True, help="the recordings folder; one folder per hearing below it"
    )
    parser.add_argument("--least-free-mb", type=int, default=500, help="free megabytes below which an alarm is raised")
    parser.add_argument("--least-free-fraction", type=float, default=0.0, help="the same as a part of the whole disk")
    parser.add_argument(
        "--worker-silent-s", type=float, default=WORKER_SILENT_S, help="seal and end when the worker is halted so long"
    )
    return parser.parse_args()


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    arguments = _arguments()
    floor = DiskFloor(arguments.least_free_mb * 1_000_000, arguments.least_free_fraction)
    return Process(arguments.root, floor, arguments.worker_silent_s).run()


if __name__ == "__main__":
    sys.exit(main())
