"""The recorder as its worker sees it: a real child process over real pipes.

Tests send media that is captured from now on at once, so that it is never old enough to look like a track that fell silent.
"""

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from signaling.sink_stream.control import Barrier, CloseTrack, ControlMessage, OpenTrack, Start, Stop, to_dict
from signaling.sink_stream.frames import encode_control, encode_packets, encode_sender_report
from tests.unit.recorder.sent_media import Packet, Sender

ROOT = Path(__file__).parents[3]
DEADLINE_S = 30.0
ROOM, HEARING = "room-1", "hearing-1"


class RecorderProcess:
    def __init__(self, root: Path, *flags: str) -> None:
        self.said: list[dict[str, Any]] = []
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._barriers = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "recorder", "--root", str(root), *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def tell(self, message: ControlMessage) -> None:
        self.write(encode_control(to_dict(message)))

    def packets(self, track: int, packets: Iterable[Packet], batch: int = 50) -> None:
        entries = list(packets)
        for start in range(0, len(entries), batch):
            self.write(encode_packets(track, entries[start : start + batch]))

    def report(self, track: int, report: tuple[int, int, int]) -> None:
        self.write(encode_sender_report(track, *report))

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first line from now on that holds; all lines are kept in ``said``."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            message = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            assert message is not None, "the recorder ended"
            self.said.append(message)
            if holds(message):
                return message

    def until_type(self, kind: str) -> dict[str, Any]:
        return self.until(lambda message: message["type"] == kind)

    def barrier(self) -> None:
        self._barriers += 1
        token = str(self._barriers)
        self.tell(Barrier(token))
        self.until(lambda message: message == {"type": "barrier", "token": token})

    def kill(self) -> None:
        self._process.kill()
        self._over()

    def finish(self) -> int:
        """Ends the stream; the exit status."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._over()

    def ended(self) -> int:
        """It ends by itself, with the stream still open; the exit status."""
        return self._over()

    def terminate(self) -> int:
        """SIGTERM, with the stream still open."""
        self._process.terminate()
        return self._over()

    def facts(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.said if message["type"] == kind]

    def _over(self) -> int:
        status = self._process.wait(DEADLINE_S)
        self._reader.join()
        while (message := self._lines.get()) is not None:
            self.said.append(message)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        return status

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)

    def __enter__(self) -> Self:
        assert self.until_type("recorder_state")["ready"]
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()


def started(born_us: int, cause: str = "opened", room: str = ROOM, anchor_utc_ms: int = 1_790_000_000_000) -> Start:
    """A hearing whose clock says ``anchor_utc_ms`` at ``born_us``."""
    return Start(room, HEARING, anchor_utc_ms, born_us, cause)


def stopped(cause: str = "closed") -> Stop:
    return Stop(ROOM, HEARING, cause)


def microphone(track: int, sender: Sender, participant: str = "judge-1") -> OpenTrack:
    return _track(track, sender, participant, "microphone", "audio", "opus")


def camera(track: int, sender: Sender, codec: str = "VP8", participant: str = "judge-1") -> OpenTrack:
    return _track(track, sender, participant, "camera", "video", codec)


def _track(track: int, sender: Sender, participant: str, source: str, kind: str, codec: str) -> OpenTrack:
    return OpenTrack(
        track=track,
        room=ROOM,
        hearing=HEARING,
        participant=participant,
        connection=f"connection-{participant}",
        source=source,
        kind=kind,
        codec=codec,
        clock_rate_hz=sender.rate_hz,
        channels=2 if kind == "audio" else 0,
        ssrc=sender.ssrc,
        payload_type=sender.payload_type,
        audio_level_extension=0,
        display_name="李某",
        role_title="审判长",
    )


def closed(track: int, packets: int, lost: int = 0) -> CloseTrack:
    return CloseTrack(track, packets, lost)
