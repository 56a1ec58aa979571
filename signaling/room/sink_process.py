"""A recorder or transcriber seen from the worker: a child process, fed through a pipe, started again when it dies.

Every packet frame is kept until the child says it has dealt with it (``durable`` from the recorder, ``heard`` from the transcriber), so
that a child that was killed loses nothing: its successor is told the same hearings and tracks again and is given what its
predecessor had not finished. Feeding never blocks the forwarding of media. What the child does with the packets is not known
here.
"""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

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
from signaling.sink_stream.frames import encode_control, encode_packets, encode_sender_report

logger = structlog.get_logger(__name__)

KEPT_BYTES_LIMIT = 32 * 1024 * 1024
"""Frames kept for a child that does not keep up. Beyond it the oldest packets are dropped, counted and reported."""
PACKETS_OF_A_FRAME = 500
"""About one megabyte at most. After a standstill, or from a member who floods, more than a frame may hold comes at once."""
WRITTEN_AT_ONCE_BYTES = 64 * 1024
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


@dataclass(slots=True)
class _Kept:
    """A packet frame that the child has not finished; ``first`` and ``last`` are extended sequence numbers."""

    first: int
    last: int
    frame: bytes


@dataclass(slots=True)
class _TrackFeed:
    opened: OpenTrack
    told: bool = False
    """The present child was told about the track."""
    kept: deque[_Kept] = field(default_factory=deque)
    unsent: deque[_Kept] = field(default_factory=deque)
    reports: deque[bytes] = field(default_factory=lambda: deque(maxlen=16))
    closed: CloseTrack | None = None
    closed_told: bool = False
    finished: int = -1
    """Extended sequence number up to which the child has dealt with everything."""
    last: int = -1


class SinkProcess:
    """The worker's end of one sink process.

    ``argv`` starts the child; ``says_ready`` recognises the line that says it can work.
    """

    def __init__(
        self, name: str, argv: Sequence[str], says_ready: Callable[[dict[str, Any]], bool], observer: SinkObserver
    ) -> None:
        self.name = name
        self._argv = tuple(argv)
        self._says_ready = says_ready
        self._observer = observer
        self._tracks: dict[int, _TrackFeed] = {}
        self._starts: dict[str, Start] = {}
        self._stops: dict[str, Stop] = {}
        self._stopped_starts: dict[str, Start] = {}
        self._controls: deque[bytes] = deque()
        self._barriers: dict[str, asyncio.Future[None]] = {}
        self._kept_bytes = 0
        self.starts = 0
        """How often a child was started."""
        self._wake = asyncio.Event()
        self._ready = asyncio.Event()
        self._closing = asyncio.Event()
        self._lost_at: float | None = None
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
        """Bytes waiting for the child, sent or not."""
        return self._kept_bytes

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
        self._tracks[opened.track] = _TrackFeed(opened)
        self._wake.set()

    def packets(self, track: int, batch: Sequence[tuple[int, int, bytes]]) -> None:
        """``batch``: (arrival in monotonic microseconds, extended sequence number, plain RTP) each."""
        feed = self._tracks.get(track)
        if feed is None or not batch:
            return
        for start in range(0, len(batch), PACKETS_OF_A_FRAME):
            part = batch[start : start + PACKETS_OF_A_FRAME]
            kept = _Kept(part[0][1], max(entry[1] for entry in part), encode_packets(track, part))
            feed.unsent.append(kept)
            feed.last = max(feed.last, kept.last)
            self._kept_bytes += len(kept.frame)
        while self._kept_bytes > KEPT_BYTES_LIMIT and self._drop_oldest():
            pass
        self._wake.set()

    def sender_report(self, track: int, arrival_us: int, ntp: int, rtp: int) -> None:
        feed = self._tracks.get(track)
        if feed is not None:
            frame = encode_sender_report(track, arrival_us, ntp, rtp)
            feed.reports.append(frame)
            if feed.told:
                self._controls.append(frame)
                self._wake.set()

    def close_track(self, closed: CloseTrack) -> None:
        feed = self._tracks.get(closed.track)
        if feed is not None and feed.closed is None:
            feed.closed = closed
            self._wake.set()

    # -------------------------------------------------------------- life

    async def run(self) -> None:
        """Keeps a child running until `close`. Cancelling it kills the child."""
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
        self._controls.clear()
        for feed in self._tracks.values():
            feed.told = feed.closed_told = False
            feed.unsent.extendleft(reversed(feed.kept))
            feed.kept.clear()
        for start in (*self._starts.values(), *self._stopped_starts.values()):
            self._controls.append(encode_control(to_dict(start)))
        for stop in self._stops.values():
            self._say(stop)
        for token in self._barriers:
            self._say(Barrier(token))
        self._wake.set()

    def _say(self, message: ControlMessage) -> None:
        # A stop or a barrier speaks about packets handed over before it: those go first.
        for frame in self._take_unsent():
            self._controls.append(frame)
        self._controls.append(encode_control(to_dict(message)))
        self._wake.set()

    def _take_unsent(self) -> list[bytes]:
        frames: list[bytes] = []
        for feed in list(self._tracks.values()):
            if not feed.told:
                frames.append(encode_control(to_dict(feed.opened)))
                frames.extend(feed.reports)
                feed.told = True
            while feed.unsent:
                kept = feed.unsent.popleft()
                frames.append(kept.frame)
                feed.kept.append(kept)
            if feed.closed is not None and not feed.closed_told:
                frames.append(encode_control(to_dict(feed.closed)))
                feed.closed_told = True
                self._forget_if_finished(feed)
        return frames

    def _next_frames(self) -> bytes:
        """All that waits, up to about what a pipe holds: one call of the kernel for many tracks, and the child is woken once."""
        frames: list[bytes] = []
        size = 0
        while self._controls and size < WRITTEN_AT_ONCE_BYTES:
            frames.append(self._controls.popleft())
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
                self._controls.append(ALIVE)
            self._wake.clear()
            while True:
                if not self._controls:
                    self._controls.extend(self._take_unsent())
                if not self._controls:
                    break
                try:
                    process.stdin.write(self._next_frames())
                    await process.stdin.drain()
                except (ConnectionError, RuntimeError):
                    # RuntimeError is uvloop's word for a pipe whose reader is dead. Nothing is lost: the frames, like all that
                    # was not finished, go to the successor.
                    return
            if self._closing.is_set():
                process.stdin.close()
                return

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
                self._finished(int(message["track"]), int(message["sequence"]))
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

    def _finished(self, track: int, sequence: int) -> None:
        feed = self._tracks.get(track)
        if feed is None:
            return
        feed.finished = max(feed.finished, sequence)
        while feed.kept and feed.kept[0].last <= sequence:
            self._kept_bytes -= len(feed.kept.popleft().frame)
        self._forget_if_finished(feed)

    def _forget_hearing(self, hearing: str) -> None:
        """Its stop was answered: nothing of its closed tracks is unwritten."""
        self._stops.pop(hearing, None)
        self._stopped_starts.pop(hearing, None)
        for feed in [feed for feed in self._tracks.values() if feed.closed_told and feed.opened.hearing == hearing]:
            self._forget(feed)

    def _forget(self, feed: _TrackFeed) -> None:
        self._kept_bytes -= sum(len(kept.frame) for kept in (*feed.kept, *feed.unsent))
        self._tracks.pop(feed.opened.track, None)

    def _forget_if_finished(self, feed: _TrackFeed) -> None:
        if feed.closed_told and feed.finished >= feed.last:
            self._forget(feed)

    def _drop_oldest(self) -> bool:
        """Frames already written come first: the child most likely has them."""
        feeds = self._tracks.values()
        feed = max(feeds, key=lambda feed: len(feed.kept), default=None)
        if feed is not None and feed.kept:
            self._kept_bytes -= len(feed.kept.popleft().frame)
            return True
        feed = max(feeds, key=lambda feed: len(feed.unsent), default=None)
        if feed is None or not feed.unsent:
            return False
        dropped = feed.unsent.popleft()
        self._kept_bytes -= len(dropped.frame)
        self._observer.sink_overflowed(feed.opened, dropped.first, dropped.last)
        return True
