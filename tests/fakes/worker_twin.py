"""A worker without media: it obeys commands as the real one does, remembers them, and says what a test wants it to say."""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from typing import TypeVar

from signaling.bus.port import WorkerBus
from signaling.protocol.base import RoomNotice
from signaling.protocol.court_words import ErrorCode, TranscriptionState
from signaling.protocol.facts import Fact, RecordingStarted, RecordingStopped, WorkerFact
from signaling.protocol.worker import (
    AcknowledgeFacts,
    MediaRefused,
    OfferPublish,
    OpenRoom,
    PublishAnswered,
    RecorderState,
    RemoveMember,
    RequestSubscribe,
    RoomOpened,
    SetMember,
    StartRecording,
    StopRecording,
    SubscribeOffered,
    TranscriberState,
    WorkerCommand,
    WorkerNotice,
)

Command = TypeVar("Command")


class WorkerTwin:
    """``run`` until the bus closes its commands. The hearing clock is a counter, so that rows can be told apart."""

    def __init__(self, bus: WorkerBus, *, ready: bool = True) -> None:
        self.bus = bus
        self.commands: list[WorkerCommand] = []
        self.clock_ms = itertools.count(1_000_000, 1_000)
        self.ready = ready
        self._obeyed = asyncio.Condition()
        self._grants: dict[str, SetMember] = {}
        self._leases: dict[str, int] = {}

    async def run(self) -> None:
        await self.say_ready(self.ready)
        async for command in self.bus.commands():
            self.commands.append(command)
            await self._obey(command)
            async with self._obeyed:
                self._obeyed.notify_all()

    async def say_ready(self, ready: bool) -> None:
        await self.tell(RecorderState(ready=ready, message=""))
        state = TranscriptionState.LIVE if ready else TranscriptionState.LOADING
        await self.tell(TranscriberState(room="", state=state, model="twin", demo_model=True, lag_ms=0))

    async def say_transcriber_loading(self) -> None:
        state = TranscriberState(room="", state=TranscriptionState.LOADING, model="twin", demo_model=True, lag_ms=0)
        await self.tell(state)

    async def obeyed(self, kind: type[Command], fits: Callable[[Command], bool] = lambda _: True) -> Command:
        """The first command of a kind, once it has come."""
        async with self._obeyed:
            await self._obeyed.wait_for(lambda: self.said(kind, fits))
        return self.said(kind, fits)[0]

    def said(self, kind: type[Command], fits: Callable[[Command], bool] = lambda _: True) -> list[Command]:
        return [command for command in self.commands if isinstance(command, kind) and fits(command)]

    def next_fact(self) -> str:
        return secrets.token_hex(8)

    async def tell(self, message: WorkerFact | WorkerNotice) -> None:
        """Say something as the worker, under its lease."""
        if isinstance(message, Fact | RoomNotice) and not message.lease:
            message = message.model_copy(update={"lease": self._leases.get(message.room, 0)})
        await self.bus.publish(message)

    async def acknowledged(self, fact: str, times: int = 1) -> None:
        """Wait until the front has committed a fact."""
        async with self._obeyed:
            await self._obeyed.wait_for(
                lambda: len(self.said(AcknowledgeFacts, lambda command: fact in command.facts)) >= times
            )

    def grants_of(self, participant: str) -> SetMember | None:
        """What the room was told last about somebody."""
        return self._grants.get(participant)

    async def _obey(self, command: WorkerCommand) -> None:
        match command:
            case OpenRoom(room=room, hearing=hearing, lease=lease):
                self._leases[room] = lease
                await self.tell(RoomOpened(room=room, hearing=hearing, anchor_utc_ms=1, anchor_monotonic_us=lease))
            case SetMember(participant=participant):
                self._grants[participant] = command
            case RemoveMember(participant=participant):
                self._grants.pop(participant, None)
            case StartRecording(room=room, cause=cause):
                await self.tell(
                    RecordingStarted(
                        fact=self.next_fact(), room=room, hearing=room, at_ms=next(self.clock_ms), cause=cause
                    )
                )
            case StopRecording(room=room, cause=cause):
                await self.tell(
                    RecordingStopped(
                        fact=self.next_fact(), room=room, hearing=room, at_ms=next(self.clock_ms), cause=cause
                    )
                )
            case OfferPublish(room=room, participant=participant, connection=connection, sdp="broken"):
                await self.tell(
                    MediaRefused(room=room, participant=participant, code=ErrorCode.SDP_INVALID, message="no m-line")
                )
            case OfferPublish(room=room, participant=participant, connection=connection):
                await self.tell(
                    PublishAnswered(room=room, participant=participant, connection=connection, sdp="answer")
                )
            case RequestSubscribe(room=room, participant=participant, connection=connection):
                await self.tell(
                    SubscribeOffered(
                        room=room,
                        participant=participant,
                        connection=connection,
                        negotiation=1,
                        sdp="offer",
                        slots=[],
                    )
                )
            case _:
                pass
