"""All rooms of one worker: takes commands from the bus, owns the rooms' tasks and the two sink processes, tells facts to the front.

Facts go through the spool, so that none is lost between here and the front's database.
"""

import asyncio
import secrets
import time
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from signaling.bus.port import WorkerBus
from signaling.bus.spool import FactSpool
from signaling.media.endpoint import MediaEndpoint
from signaling.protocol.base import RoomNotice
from signaling.protocol.court_words import TranscriptionState
from signaling.protocol.facts import (
    Fact,
    RecorderCaughtUp,
    RecorderFellBehind,
    RecorderLost,
    RecorderRestored,
    RecordingGap,
    TranscriberLost,
    TranscriberRestored,
    TranscriptionGap,
    WorkerFact,
)
from signaling.protocol.worker import (
    AcknowledgeFacts,
    CloseRoom,
    MediaRefused,
    OpenRoom,
    RecorderState,
    RequestSubscribe,
    RoomOpened,
    TellStanding,
    TranscriberState,
    WorkerCommand,
    WorkerNotice,
    worker_message,
)
from signaling.protocol.worker_figures import FIGURES_EACH_S, SinkFigures, WorkerFigures
from signaling.room.room import Room
from signaling.room.sink_process import SinkProcess
from signaling.sink_stream.clock import HearingClock
from signaling.sink_stream.control import OpenTrack, Stop

logger = structlog.get_logger(__name__)

OUTBOX_LIMIT = 10_000
MICROPHONES_AT_ONCE = 4
JOINS_REMEMBERED = 1000
TELL_AGAIN_S = 10.0
"""A fact that the front has not acknowledged for this long is told again; it stores a fact once."""


@dataclass(frozen=True, slots=True)
class SinkCommands:
    """How the two sink processes are started."""

    recorder: tuple[str, ...]
    transcriber: tuple[str, ...]


class Hall:
    """One per worker; `run` until `close`."""

    def __init__(
        self,
        bus: WorkerBus,
        endpoint: MediaEndpoint,
        spool: FactSpool,
        sinks: SinkCommands,
        microphones_at_once: int = MICROPHONES_AT_ONCE,
        spill_folder: Path | None = None,
    ) -> None:
        """``spill_folder``: where packets wait for a recorder that does not keep up; None: they are lost once memory is full.
        ``microphones_at_once``: in each place of a room, those that are always heard not counted."""
        self._bus = bus
        self._endpoint = endpoint
        self._spool = spool
        self._microphones_at_once = microphones_at_once
        self._rooms: dict[str, Room] = {}
        self._room_tasks: dict[str, asyncio.Task[None]] = {}
        # A few bytes for every room of this worker's life: its recorder may speak of it when it is closed.
        self._leases: dict[str, int] = {}
        self._joined_s: deque[float] = deque(maxlen=JOINS_REMEMBERED)
        # Facts are on disk before they are queued here; when the front stands still for this long, notices are dropped first.
        self._outbox: asyncio.Queue[WorkerNotice | WorkerFact | None] = asyncio.Queue(OUTBOX_LIMIT)
        self._refused: Counter[str] = Counter()
        """Media commands, by code."""
        self.name = secrets.token_hex(4)
        """In figures; a new one with each start, for its counts begin anew."""
        # What recorder and transcriber said last of how they are doing.
        self._standing: dict[type[RecorderState | TranscriberState], RecorderState | TranscriberState] = {}
        self.recorder = SinkProcess("recorder", sinks.recorder, _recorder_ready, _RecorderEars(self), spill_folder)
        self.transcriber = SinkProcess("transcriber", sinks.transcriber, _transcriber_ready, _TranscriberEars(self))

    async def run(self) -> None:
        """Obeys commands until the bus closes, then closes the rooms, lets the sinks finish and says the last facts."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._publish(), name="hall outbox")
            sinks = [tasks.create_task(sink.run(), name=sink.name) for sink in (self.recorder, self.transcriber)]
            reminding = tasks.create_task(self._tell_again(), name="hall facts")
            counting = tasks.create_task(self._tell_figures(), name="hall figures")
            async for command in self._bus.commands():
                await self._obey(command, tasks)
            for room in list(self._rooms):
                await self._close_room(room)
            await asyncio.gather(self.recorder.close(), self.transcriber.close())
            await asyncio.gather(*sinks)
            reminding.cancel()
            counting.cancel()
            self.tell(self.figures())
            await self._outbox.put(None)
        self._spool.close()

    def tell(self, message: WorkerNotice | WorkerFact) -> None:
        """Whatever concerns a room is stamped with the lease under which it is, or was last, held here."""
        if isinstance(message, Fact | RoomNotice) and not message.lease:
            message = message.model_copy(update={"lease": self._leases.get(message.room, 0)})
        if isinstance(message, Fact):
            self._spool.add(message)
        elif isinstance(message, MediaRefused):
            self._refused[message.code.value] += 1
        elif isinstance(message, RecorderState) or (isinstance(message, TranscriberState) and not message.room):
            self._standing[type(message)] = message
        self._queue(message)

    def rooms(self) -> list[Room]:
        return list(self._rooms.values())

    def figures(self) -> WorkerFigures:
        """Everything counted until now."""
        return WorkerFigures(
            worker=self.name,
            rooms=len(self._rooms),
            members=sum(room.member_count for room in self._rooms.values()),
            tracks=sum(room.track_count for room in self._rooms.values()),
            facts_waiting=len(self._spool.outstanding()),
            refused=dict(self._refused),
            media=self._endpoint.totals(),
            sinks=[
                SinkFigures(sink=each.name, ready=each.ready, starts=each.starts, waiting_bytes=each.kept_bytes)
                for each in (self.recorder, self.transcriber)
            ],
            forward_s=self._endpoint.latency.seconds.taken(),
            loop_lag_s=self._endpoint.counts.lag_s.taken(),
        )

    async def _tell_figures(self) -> None:
        while True:
            self.tell(self.figures())
            await asyncio.sleep(FIGURES_EACH_S)

    # -------------------------------------------------------------- as its tenure sees it

    def leases(self) -> dict[str, int]:
        return {room: self._leases[room] for room in self._rooms}

    def empty_rooms(self) -> set[str]:
        return {name for name, room in self._rooms.items() if room.is_empty()}

    def joins_since(self, monotonic_s: float) -> int:
        return sum(1 for joined_s in self._joined_s if joined_s > monotonic_s)

    async def give_up(self, room: str) -> None:
        """The room is closed here, its recording is sealed and let go of: it goes on elsewhere."""
        held = self._rooms.get(room)
        if held is None:
            return
        await self._close_room(room)
        self.recorder.release(held.hearing)
        if self.transcriber.serves(held.hearing):
            self.transcriber.stop(Stop(room, held.hearing, "released"))

    # -------------------------------------------------------------- facts

    async def _publish(self) -> None:
        while (message := await self._outbox.get()) is not None:
            await self._bus.publish(message)

    async def _tell_again(self) -> None:
        """At once what a worker before this one left, then whatever stays unacknowledged."""
        waiting = {fact.fact for fact in self._spool.outstanding()}
        while True:
            outstanding = self._spool.outstanding()
            for fact in outstanding:
                if fact.fact in waiting and not self._bus.away:
                    self._queue(fact)
            waiting = {fact.fact for fact in outstanding}
            await asyncio.sleep(TELL_AGAIN_S)

    def _queue(self, message: WorkerNotice | WorkerFact) -> None:
        try:
            self._outbox.put_nowait(message)
        except asyncio.QueueFull:
            logger.error("front does not take messages", type=message.type)

    async def _obey(self, command: WorkerCommand, tasks: asyncio.TaskGroup) -> None:
        match command:
            case OpenRoom():
                self._open_room(command, tasks)
            case CloseRoom():
                await self._close_room(command.room)
            case AcknowledgeFacts():
                self._spool.acknowledge(command.facts)
            case TellStanding():
                for state in self._standing.values():
                    self._queue(state)
            case _:
                if isinstance(command, RequestSubscribe):
                    self._joined_s.append(time.monotonic())
                room = self._rooms.get(command.room)
                if room is not None:
                    await room.post(command)
                else:
                    logger.warning("command for a room that is not here", type=command.type, room=command.room)

    def _open_room(self, command: OpenRoom, tasks: asyncio.TaskGroup) -> None:
        self._leases[command.room] = command.lease
        room = self._rooms.get(command.room)
        if room is None:
            # The one look at the system clock: from here on the monotonic clock carries the hearing.
            clock = HearingClock(time.time_ns() // 1_000_000, time.monotonic_ns() // 1000)
            room = Room(
                command.room,
                command.hearing,
                clock,
                self._endpoint,
                self.recorder,
                self.transcriber,
                self.tell,
                self._microphones_at_once,
            )
            self._rooms[command.room] = room
            self._room_tasks[command.room] = tasks.create_task(room.run(), name=f"room {command.room}")
        self.tell(
            RoomOpened(
                room=room.room,
                hearing=room.hearing,
                anchor_utc_ms=room.clock.anchor_utc_ms,
                anchor_monotonic_us=room.clock.anchor_monotonic_us,
                recording=room.is_recording(),
            )
        )

    async def _close_room(self, name: str) -> None:
        room = self._rooms.pop(name, None)
        if room is not None:
            await room.close()
            await self._room_tasks.pop(name)


def _described(room: Room) -> dict[str, Any]:
    return {"fact": secrets.token_hex(12), "room": room.room, "hearing": room.hearing, "at_ms": room.now_ms()}


class _RecorderEars:
    """What the recorder says becomes facts of the hearing, its death too."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    def sink_said(self, message: dict[str, Any]) -> None:
        if message.get("type") == "keyframe_wanted":
            for room in self._hall.rooms():
                room.request_keyframe(int(message["track"]))
            return
        _tell_parsed(self._hall, message, self._hall.recorder)

    def sink_lost(self, reason: str) -> None:
        self._hall.tell(RecorderState(ready=False, message=reason))
        for room in filter(Room.is_recording, self._hall.rooms()):
            self._hall.tell(RecorderLost(**_described(room), message=reason))

    def sink_restored(self, away_ms: int) -> None:
        for room in filter(Room.is_recording, self._hall.rooms()):
            self._hall.tell(RecorderRestored(**_described(room), away_ms=away_ms))

    def sink_fell_behind(self) -> None:
        for room in filter(Room.is_recording, self._hall.rooms()):
            self._hall.tell(RecorderFellBehind(**_described(room)))

    def sink_caught_up(self, behind_ms: int) -> None:
        for room in filter(Room.is_recording, self._hall.rooms()):
            self._hall.tell(RecorderCaughtUp(**_described(room), behind_ms=behind_ms))

    def sink_overflowed(self, track: OpenTrack, first: int, last: int) -> None:
        for room in self._hall.rooms():
            if room.hearing == track.hearing:
                gap = _described(room)
                self._hall.tell(
                    RecordingGap(
                        **gap,
                        participant=track.participant,
                        track=f"{track.kind}-{track.ssrc:08x}-{track.track:08x}",
                        start_ms=gap["at_ms"],
                        end_ms=gap["at_ms"],
                        packets=last - first + 1,
                        cause="spill_full",
                    )
                )


class _TranscriberEars:
    """What the transcriber says becomes captions and utterances; its death is a fact, and the hearing goes on."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._state: TranscriberState | None = None

    def sink_said(self, message: dict[str, Any]) -> None:
        parsed = _tell_parsed(self._hall, message, self._hall.transcriber)
        if isinstance(parsed, TranscriberState):
            self._state = parsed

    def sink_lost(self, reason: str) -> None:
        if self._state is not None:
            self._hall.tell(self._state.model_copy(update={"state": TranscriptionState.FAILED}))
        for room in filter(Room.is_transcribing, self._hall.rooms()):
            self._hall.tell(TranscriberLost(**_described(room), message=reason))

    def sink_restored(self, away_ms: int) -> None:
        for room in filter(Room.is_transcribing, self._hall.rooms()):
            self._hall.tell(TranscriberRestored(**_described(room), away_ms=away_ms))

    def sink_overflowed(self, track: OpenTrack, first: int, last: int) -> None:
        for room in self._hall.rooms():
            if room.hearing == track.hearing:
                gap = _described(room)
                self._hall.tell(
                    TranscriptionGap(
                        **gap,
                        participant=track.participant,
                        start_ms=gap["at_ms"],
                        end_ms=gap["at_ms"],
                        cause="overload",
                    )
                )

    def sink_fell_behind(self) -> None:
        raise NotImplementedError(
            "the transcriber has no spill: speech it missed is recognised again from the recording"
        )

    def sink_caught_up(self, behind_ms: int) -> None:
        raise NotImplementedError("see above")


def _recorder_ready(message: dict[str, Any]) -> bool:
    return message.get("type") == "recorder_state" and message.get("ready") is True


def _transcriber_ready(message: dict[str, Any]) -> bool:
    """It works once the model is loaded; the first thing it says is that it is loading."""
    return message.get("type") == "transcriber_state" and message.get("state") == TranscriptionState.LIVE.value


_SAID_ONLY_TO_THE_STREAM = {"transcription_stopped", "transcription_started", "recycling"}


def _tell_parsed(hall: Hall, message: dict[str, Any], sink: SinkProcess) -> WorkerNotice | WorkerFact | None:
    if message.get("type") in _SAID_ONLY_TO_THE_STREAM:
        return None
    try:
        parsed: WorkerNotice | WorkerFact = worker_message.validate_python(message)
    except ValidationError as error:
        logger.error(
            "sink process said something unknown", sink=sink.name, type=message.get("type"), errors=error.error_count()
        )
        return None
    hall.tell(parsed)
    return parsed
