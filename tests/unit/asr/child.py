"""The real transcriber process, driven over its pipes."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from signaling.sink_stream.control import Barrier, to_dict
from signaling.sink_stream.frames import encode_control
from tests.unit.asr.court_speech import ROOT

Line = dict[str, Any]


class TranscriberChild:
    """``lines``: what it said, with the monotonic second each was read at."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "asr", "--model", "court-demo-zh", *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.lines: list[tuple[float, Line]] = []
        self._said = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def send(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def wait_for(self, wanted: Callable[[Line], bool]) -> Line:
        """The first line that fits, waiting for it if it was not said yet."""
        at = 0
        with self._said:
            while True:
                while at < len(self.lines):
                    if wanted(self.lines[at][1]):
                        return self.lines[at][1]
                    at += 1
                assert not self._ended, f"the process ended: {self.lines[-3:]}"
                assert self._said.wait(timeout=60)

    def barrier(self, token: str) -> None:
        self.send(encode_control(to_dict(Barrier(token))))
        self.wait_for(lambda line: line["type"] == "barrier" and line["token"] == token)

    def of_type(self, kind: str) -> list[Line]:
        with self._said:
            return [line for _, line in self.lines if line["type"] == kind]

    def finish(self) -> int:
        """End of stream; the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.ended()

    def ended(self) -> int:
        code = self.process.wait(timeout=60)
        self._reader.join()
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None and not pipe.closed:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue

    def _read(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            with self._said:
                self.lines.append((time.monotonic(), json.loads(raw)))
                self._said.notify_all()
        with self._said:
            self._ended = True
            self._said.notify_all()


@contextmanager
def transcriber(*options: str) -> Iterator[TranscriberChild]:
    child = TranscriberChild(*options)
    try:
        yield child
    finally:
        child.close()
