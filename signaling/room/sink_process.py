"""A recorder or transcriber seen from the worker: a child process, fed through a pipe, started again when it dies.

Every packet frame is kept (`sink_backlog`) until the child says it has dealt with it (``durable`` from the recorder, ``heard`` from the
transcriber), so that a child that was killed loses nothing: its successor is told the same hearings and tracks again and is given what its
predecessor had not finished. Feeding never blocks the forwarding of media. What the child does with the packets is not known
here.
"""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import structlog

from signaling.room.sink_backlog import SinkBacklog
from signaling.room.spill import Kept, Spill
from signaling.sink_stream.control import (
    Alive,
    Barrier,
    CloseTrack,
    ControlMessage,
    OpenTrack,
    Release,
    Start,
    Stop,
    to_dict,
)
from signaling.sink_stream.frames import encode_control

logger = structlog.get_logger(__name__)

SPILL_BYTES_LIMIT = 4 * 1024 * 1024 * 1024
"""A quarter of an hour of eight rooms."""
WRITTEN_AT_ONCE_BYTES = 64 * 1024
WRITTEN_EVERY_S = 0.05
"""Tracks hand over their packets at different moments; what comes within this time leaves together."""
LINE_LIMIT_BYTES = 4 * 1024 * 1024
RESTART_DELAYS_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
ALIVE_EVERY_S = 1.0
STABLE_AFTER_S = 10.0
"""A child that lived this long starts again at the first delay."""


ALIVE = encode_control(to_dict(Alive()))


class SinkObserver(Protocol):
    """Whom a sink process tells; all calls come from the event loop."""

    def sink_said(self, message: dict[str, Any]) -> None:
        """One JSON line of the child that is not about the stream itself."""

    def sink_lost(self, reason: str) -> None:
        """The child died; its successor is being started."""

    def sink_restored(self, away_ms: int) -> None:
        """The successor runs and has been given everything unfinished."""

    def sink_overflowed(self, track: OpenTrack, first: int, last: int) -> None:
        """Packets with extended sequence numbers ``first`` to ``last`` were dropped because the child did not keep up."""

    def sink_fell_behind(self) -> None:
        """Memory is full: what comes now waits on disk."""

    def sink_caught_up(self, behind_ms: int) -> None:
        """Nothing waits on disk any more, and memory is half empty."""


class SinkProcess:
    """The worker's end of one sink process.

    ``argv`` starts the child; ``says_ready`` recognises the line that says it can work.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        says_ready: Callable[[dict[str, Any]], bool],
        observer: SinkObserver,
        spill_folder: Path | None = None,
    ) -> None:
        """``spill_folder``: where goes what memory has no room for; None: it is dropped."""
        self.name = name
        self._argv = tuple(argv)
        self._says_ready = says_ready
        self._observer = observer
        self._starts: dict[str, Start] = {}
        self._stops: dict[str, Stop] = {}
        self._stopped_starts: dict[str, Start] = {}
        self._spill = Spill(spill_folder, SPILL_BYTES_LIMIT, self._fell_behind) if spill_folder is not None else None
        self._backlog = SinkBacklog(observer.sink_overflowed, self._spill)
        self._frames: deque[bytes | Kept] = deque()
        """On their way to the child, in order."""
        self._barriers: dict[str, asyncio.Future[None]] = {}
        self.starts = 0
        """How often a child was started."""
        self._wake = asyncio.Event()
        self._ready = asyncio.Event()
        self._closing = asyncio.Event()
        self._lost_at: float | None = None
        self._behind_since: float | None = None
        self._process: asyncio.subprocess.Process | None = None

    # -------------------------------------------------------------- what the worker says

    @property
    def pid(self) -> int | None:
        """Process id of the present child."""
        return self._process.pid if self._process else None

    @property
    def ready(self) -> bool:
        return self._ready.is_set()

    @property
    def kept_bytes(self) -> int:
        """Bytes in memory waiting for the child, sent or not."""
        return self._backlog.kept_bytes

    @property
    def spilled_bytes(self) -> int:
        """Bytes on disk waiting for the child."""
        return self._spill.held_bytes if self._spill is not None else 0

    async def wait_ready(self) -> None:
        await self._ready.wait()

    def start(self, start: Start) -> None:
        self._starts[start.hearing] = start
        self._stops.pop(start.hearing, None)
        self._stopped_starts.pop(start.hearing, None)
        self._say(start)

    def stop(self, stop: Stop) -> None:
        """Also for a hearing that only an earlier process was told to start: the child may find it unfinished on disk."""
        start = self._starts.pop(stop.hearing, None)
        if start is not None:
            self._stopped_starts[stop.hearing] = start
        self._stops[stop.hearing] = stop
        self._say(stop)

    def release(self, hearing: str) -> None:
        """Another worker has the hearing now; what was handed over is finished, and no successor is told of it."""
        for known in (self._starts, self._stops, self._stopped_starts):
            known.pop(hearing, None)
        self._say(Release(hearing))

    def serves(self, hearing: str) -> bool:
        """Whether the hearing was started and not stopped."""
        return hearing in self._starts

    async def barrier(self) -> None:
        """Returns when the child has dealt with everything it was given before this call."""
        token = f"{self.name}-{time.monotonic_ns()}"
        done = self._barriers[token] = asyncio.get_running_loop().create_future()
        self._say(Barrier(token))
        await done

    def open_track(self, opened: OpenTrack) -> None:
        self._backlog.open_track(opened)
        self._wake.set()

    def packets(self, track: int, batch: Sequence[tuple[int, int, bytes]]) -> None:
        """``batch``: (arrival in monotonic microseconds, extended sequence number, plain RTP) each."""
        if self._backlog.add(track, batch):
            self._wake.set()

    def sender_report(self, track: int, arrival_us: int, ntp: int, rtp: int) -> None:
        frame = self._backlog.sender_report(track, arrival_us, ntp, rtp)
        if frame is not None:
            self._frames.append(frame)
            self._wake.set()

    def close_track(self, closed: CloseTrack) -> None:
        self._backlog.close_track(closed)
        self._wake.set()

    def _fell_behind(self) -> None:
        if self._behind_since is None:
            self._behind_since = time.monotonic()
            self._observer.sink_fell_behind()

    def _look_whether_caught_up(self) -> None:
        """With half of memory free, so that a child that just keeps up does not fall behind every second."""
        if self._behind_since is not None and not self.spilled_bytes and self._backlog.has_room:
            behind_s, self._behind_since = time.monotonic() - self._behind_since, None
            self._observer.sink_caught_up(round(behind_s * 1000))

    # -------------------------------------------------------------- life

    async def run(self) -> None:
        """Keeps a child running until `close`. Cancelling it kills the child."""
        try:
            await self._live()
        finally:
            if self._spill is not None:
                self._spill.close()

    async def _live(self) -> None:
        failures = 0
        while not self._closing.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), RESTART_DELAYS_S[min(failures, len(RESTART_DELAYS_S) - 1)])
                return
            started = time.monotonic()
            reason = await self._live_once()
            failures = 0 if time.monotonic() - started > STABLE_AFTER_S else failures + 1
            if self._closing.is_set():
                return
            logger.error("sink process lost", sink=self.name, reason=reason)
            self._lost_at = time.monotonic() if self._lost_at is None else self._lost_at
            self._observer.sink_lost(reason)

    async def close(self, deadline_s: float = 20.0) -> None:
        """Ends the stream, which makes the child finish what it has, and waits for it; past the deadline it is killed."""
        self._closing.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._wake.set()
        try:
            await asyncio.wait_for(process.wait(), deadline_s)
        except TimeoutError:
            logger.error("sink process did not finish in time", sink=self.name)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _live_once(self) -> str:
        process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT_BYTES,
            start_new_session=True,  # a Ctrl+C in the terminal is the server's to answer: the child ends when its input ends
        )
        self._process = process
        self.starts += 1
        self._begin_again()
        writer = asyncio.create_task(self._write(process))
        try:
            await self._read(process)
            code = await process.wait()
            return f"exit code {code}" if code >= 0 else f"signal {-code}"
        finally:
            self._ready.clear()
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
            if process.returncode is None:
                process.kill()
                await process.wait()
            if process.stdin is not None:
                process.stdin.close()

    def _begin_again(self) -> None:
        """Everything unfinished goes to a new child, oldest first."""
        self._frames.clear()
        self._backlog.begin_again()
        for start in (*self._starts.values(), *self._stopped_starts.values()):
            self._frames.append(encode_control(to_dict(start)))
        for stop in self._stops.values():
            self._say(stop)
        for token in self._barriers:
            self._say(Barrier(token))
        self._wake.set()

    def _say(self, message: ControlMessage) -> None:
        # A stop or a barrier speaks about packets handed over before it: those go first.
        self._frames.extend(self._backlog.take_unsent())
        self._frames.append(encode_control(to_dict(message)))
        self._wake.set()

    async def _next_frames(self) -> bytes:
        """All that waits, up to about what a pipe holds: one call of the kernel for many tracks, and the child is woken once."""
        frames: list[bytes] = []
        size = 0
        while self._frames and size < WRITTEN_AT_ONCE_BYTES:
            frame = self._frames.popleft()
            frames.append(frame if isinstance(frame, bytes) else await self._backlog.frame(frame))
            size += len(frames[-1])
        return b"".join(frames)

    async def _write(self, process: asyncio.subprocess.Process) -> None:
        """Until the stream is closed, or the child does not read any more."""
        assert process.stdin is not None
        while True:
            try:
                async with asyncio.timeout(ALIVE_EVERY_S):
                    await self._wake.wait()
            except TimeoutError:
                self._frames.append(ALIVE)
            self._wake.clear()
            while True:
                if not self._frames:
                    self._frames.extend(self._backlog.take_unsent())
                if not self._frames:
                    break
                try:
                    process.stdin.write(await self._next_frames())
                    await process.stdin.drain()
                except (ConnectionError, RuntimeError):
                    # RuntimeError is uvloop's word for a pipe whose reader is dead. Nothing is lost: the frames, like all that
                    # was not finished, go to the successor.
                    return
            if self._closing.is_set():
                process.stdin.close()
                return
            await asyncio.sleep(WRITTEN_EVERY_S)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                logger.error("sink process said something unreadable", sink=self.name, bytes=len(line))
                continue
            self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "durable" | "heard":
                self._backlog.finished(int(message["track"]), int(message["sequence"]))
                self._look_whether_caught_up()
                return
            case "barrier":
                done = self._barriers.pop(str(message.get("token")), None)
                if done is not None and not done.done():
                    done.set_result(None)
                return
            case "recording_stopped" | "transcription_stopped":
                self._forget_hearing(str(message.get("hearing")))
            case _:
                pass
        self._observer.sink_said(message)
        if not self._ready.is_set() and self._says_ready(message):
            self._ready.set()
            if self._lost_at is not None:
                away_ms = round((time.monotonic() - self._lost_at) * 1000)
                self._lost_at = None
                self._observer.sink_restored(away_ms)

    def _forget_hearing(self, hearing: str) -> None:
        self._stops.pop(hearing, None)
        self._stopped_starts.pop(hearing, None)
        self._backlog.forget_closed(hearing)
        self._look_whether_caught_up()
