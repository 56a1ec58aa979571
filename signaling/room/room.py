"""A room: its members, who receives whom, and which sinks follow their sources.

The room obeys grants; it knows no judge, no case and no database. Everything that changes it goes through its mailbox and is
done by its one task. It does not know that it is recorded: recorder and transcriber are sinks like any other.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from typing import assert_never

import structlog

from signaling.media.endpoint import MediaEndpoint
from signaling.media.errors import SdpError
from signaling.media.leg import Leg
from signaling.media.observer import LegCloseCause, LegEvidence
from signaling.media.publish_leg import PublishLeg
from signaling.media.source import Source
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.facts import WorkerFact
from signaling.protocol.line_figures import LinesMeasured
from signaling.protocol.worker import (
    AnswerSubscribe,
    MediaRefused,
    OfferPublish,
    PublishAnswered,
    RemoveMember,
    RequestSubscribe,
    SetMember,
    SetShown,
    SpeakingChanged,
    StartRecording,
    StartTranscription,
    StopRecording,
    StopTranscription,
    SubscribeOffered,
    WorkerNotice,
)
from signaling.room.audience import Audience
from signaling.room.hearing_range import connect, heard_in_places
from signaling.room.leg_events import LegClosed, LegConnected, LegEvent, LegEvents, SourceEnded, SourceStarted
from signaling.room.leg_facts import media_connected, media_disconnected, track_ended, track_published
from signaling.room.line_watch import LineWatch
from signaling.room.listening import LISTEN_INTERVAL_S, Listening
from signaling.room.member import RECORDED_PLACE, Member
from signaling.room.sink_process import SinkProcess
from signaling.sink_stream.clock import HearingClock

logger = structlog.get_logger(__name__)

MAILBOX_LIMIT = 1000

RoomCommand = (
    SetMember
    | RemoveMember
    | OfferPublish
    | RequestSubscribe
    | AnswerSubscribe
    | SetShown
    | StartRecording
    | StopRecording
    | StartTranscription
    | StopTranscription
)


class Room:
    """``tell`` takes notices and facts for the front; it must not block."""

    def __init__(
        self,
        room: str,
        hearing: str,
        clock: HearingClock,
        endpoint: MediaEndpoint,
        recorder: SinkProcess,
        transcriber: SinkProcess,
        tell: Callable[[WorkerNotice | WorkerFact], None],
        microphones_at_once: int,
    ) -> None:
        self.room = room
        self.hearing = hearing
        self.clock = clock
        self._endpoint = endpoint
        self._tell = tell
        self._members: dict[str, Member] = {}
        self._audience = Audience(room, hearing, clock, recorder, transcriber, self._describe)
        self._lines = LineWatch(time.monotonic())
        self._listening = Listening(microphones_at_once)
        self._to_offer: dict[str, None] = {}
        """Members whose receiving connection has to be offered anew."""
        # Full only when a client floods: then the sender of commands waits, and what legs report is never lost.
        self._mailbox: asyncio.Queue[RoomCommand | None] = asyncio.Queue(MAILBOX_LIMIT)
        self._events = LegEvents()
        self._log = logger.bind(room=room, hearing=hearing)

    # -------------------------------------------------------------- from outside

    async def post(self, command: RoomCommand) -> None:
        await self._mailbox.put(command)

    async def close(self) -> None:
        """Everything already posted is done first; `run` returns when the members are gone."""
        await self._mailbox.put(None)

    def now_ms(self) -> int:
        """The hearing clock."""
        return round(self.clock.utc_ms(time.monotonic_ns() / 1000))

    @property
    def member_count(self) -> int:
        return len(self._members)

    @property
    def track_count(self) -> int:
        """Published streams; each simulcast layer is one."""
        return sum(len(member.sources()) for member in self._members.values())

    def is_recording(self) -> bool:
        return self._audience.is_recording()

    def is_transcribing(self) -> bool:
        return self._audience.is_transcribing()

    def is_empty(self) -> bool:
        """Nobody has a media connection."""
        return all(member.publish is None and member.subscribe is None for member in self._members.values())

    # -------------------------------------------------------------- the room's own task

    async def run(self) -> None:
        self._log.info("room opened")
        command = asyncio.ensure_future(self._mailbox.get())
        event = asyncio.ensure_future(self._events.next())
        try:
            while True:
                done, _ = await asyncio.wait(
                    {command, event},
                    timeout=0 if self._to_offer else LISTEN_INTERVAL_S,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if event in done:
                    self._note(event.result())
                    event = asyncio.ensure_future(self._events.next())
                elif command in done:
                    posted = command.result()
                    if posted is None:
                        return
                    await self._obey_or_refuse(posted)
                    command = asyncio.ensure_future(self._mailbox.get())
                self._offer_next()
                self._listen()
                self._measure_lines()
                self._follow()  # the best layer of a picture may be another one by now
        finally:
            for waiting in (command, event):
                waiting.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await waiting
            await self._dismiss_all()
            self._log.info("room closed")

    async def _obey_or_refuse(self, command: RoomCommand) -> None:
        try:
            await self._obey(command)
        except Exception:
            if not isinstance(command, OfferPublish | RequestSubscribe | AnswerSubscribe):
                raise
            # Ownership border: what one client described fails for that client; the room goes on.
            self._log.exception("media command failed", type=command.type)
            self._refuse(command.participant, ErrorCode.INTERNAL, "")

    async def _obey(self, command: RoomCommand) -> None:
        match command:
            case SetMember():
                self._set_member(command)
            case RemoveMember():
                await self._remove_member(command.participant)
            case OfferPublish():
                await self._offer_publish(command)
            case RequestSubscribe():
                await self._request_subscribe(command)
            case AnswerSubscribe():
                await self._answer_subscribe(command)
            case SetShown():
                self._set_shown(command)
            case StartRecording() | StopRecording() | StartTranscription() | StopTranscription():
                self._audience.obey(command)
                self._follow()
            case _:
                assert_never(command)

    def _note(self, event: LegEvent) -> None:
        match event:
            case LegConnected(leg):
                self._tell(media_connected(self._fact(), leg))
            case LegClosed(leg, cause, evidence):
                self._forget_leg(leg, cause, evidence)
            case SourceStarted(source):
                self._tell(track_published(self._fact(), source))
                self._connect_all()
            case SourceEnded(source):
                self._end_source(source)
            case _:
                assert_never(event)

    # -------------------------------------------------------------- members

    def _set_member(self, command: SetMember) -> None:
        member = self._members.setdefault(command.participant, Member(command.participant))
        member.display_name, member.role_title = command.display_name, command.role_title
        member.grants = command.grants
        if member.publish is not None:
            member.publish.set_allowed(frozenset(command.grants.publish))
        self._connect_all()

    async def _remove_member(self, participant: str) -> None:
        member = self._members.pop(participant, None)
        if member is not None:
            for leg in (member.publish, member.subscribe):
                if leg is not None:
                    await leg.close(LegCloseCause.REMOVED)
            self._connect_all()

    async def _dismiss_all(self) -> None:
        for participant in list(self._members):
            await self._remove_member(participant)
        for event in self._events.rest():
            self._note(event)

    def _describe(self, participant: str) -> tuple[str, str]:
        member = self._members.get(participant)
        return (member.display_name, member.role_title) if member else ("", "")

    # -------------------------------------------------------------- sending

    async def _offer_publish(self, command: OfferPublish) -> None:
        member = self._members.get(command.participant)
        allowed = frozenset(member.grants.publish) if member else frozenset()
        if member is None or not allowed:
            self._refuse(command.participant, ErrorCode.NOT_PERMITTED, "nothing may be published here")
            return
        present = leg = member.publish
        if leg is None or leg.connection != command.connection:
            if not member.may_connect():
                self._refuse(command.participant, ErrorCode.TOO_MANY, "too many connections")
                return
            leg = PublishLeg(self._endpoint, command.participant, command.connection, self._events)
        labels = {published.mid: published.source for published in command.sources}
        try:
            answer = await leg.answer(command.sdp, labels, allowed)
        except SdpError as error:
            if leg is not present:
                await leg.abandon()
            self._refuse(command.participant, ErrorCode.SDP_INVALID, str(error))
            return
        if present is not None and leg is not present:
            await present.close(LegCloseCause.REPLACED)
        member.publish = leg
        self._tell(
            PublishAnswered(room=self.room, participant=command.participant, connection=command.connection, sdp=answer)
        )

    # -------------------------------------------------------------- receiving

    async def _request_subscribe(self, command: RequestSubscribe) -> None:
        member = self._members.get(command.participant)
        if member is None or not member.grants.receive_from:
            self._refuse(command.participant, ErrorCode.NOT_PERMITTED, "nothing may be received here")
            return
        if not member.may_connect():
            self._refuse(command.participant, ErrorCode.TOO_MANY, "too many connections")
            return
        if member.subscribe is not None:
            await member.subscribe.close(LegCloseCause.REPLACED)
        member.subscribe = SubscribeLeg(self._endpoint, command.participant, command.connection, self._events)
        member.subscribe.show(member.shown)
        member.awaiting_answer = False
        self._connect_all()
        self._to_offer.pop(member.participant, None)
        self._offer(member)

    async def _answer_subscribe(self, command: AnswerSubscribe) -> None:
        member = self._members.get(command.participant)
        leg = member.subscribe if member else None
        if member is None or leg is None or leg.connection != command.connection:
            return  # an answer that crossed a newer connection on its way
        try:
            await leg.take_answer(command.negotiation, command.sdp)
        except SdpError as error:
            self._refuse(command.participant, ErrorCode.SDP_INVALID, str(error))
            return
        member.awaiting_answer = False
        if leg.needs_negotiation:
            self._offer(member)

    def _set_shown(self, command: SetShown) -> None:
        member = self._members.get(command.participant)
        if member is None:
            return
        member.shown = {(each.participant, each.source): (each.width, each.height) for each in command.shown}
        if member.subscribe is not None:
            member.subscribe.show(member.shown)

    def _offer(self, member: Member) -> None:
        leg = member.subscribe
        if leg is None or member.awaiting_answer:
            return
        offer = leg.offer()
        member.awaiting_answer = True
        self._tell(
            SubscribeOffered(
                room=self.room,
                participant=member.participant,
                connection=leg.connection,
                negotiation=offer.negotiation,
                sdp=offer.sdp,
                slots=offer.slots,
            )
        )

    # -------------------------------------------------------------- who receives whom

    def _connect_all(self) -> None:
        heard = heard_in_places(self._members.values())
        for member in self._members.values():
            if connect(member, heard):
                self._to_offer[member.participant] = None
        self._listening.settle(self._members.values())
        self._follow()

    def _offer_next(self) -> None:
        """One at a time: in a room of hundreds, describing everything to everybody at once would hold up the packets."""
        if self._to_offer:
            participant, _ = self._to_offer.popitem()
            member = self._members.get(participant)
            if member is not None and member.subscribe is not None and member.subscribe.needs_negotiation:
                self._offer(member)

    def _follow(self) -> None:
        """Recorder and transcriber follow what is published in the recorded place."""
        published = [m for m in self._members.values() if m.grants.publish_to == RECORDED_PLACE]
        self._audience.follow([each for member in published for each in member.publications()])

    def _end_source(self, source: Source) -> None:
        self._connect_all()
        self._tell(track_ended(self._fact(), source))

    def _forget_leg(self, leg: Leg, cause: LegCloseCause, evidence: LegEvidence) -> None:
        member = self._members.get(leg.participant)
        if member is not None:
            if member.publish is leg:
                member.publish = None
            if member.subscribe is leg:
                member.subscribe = None
                member.awaiting_answer = False
        self._tell(media_disconnected(self._fact(), leg, cause, evidence))
        self._connect_all()

    # -------------------------------------------------------------- clockwork

    def request_keyframe(self, track: int) -> None:
        """The recorder wants to cut: ask the sender for a keyframe."""
        for member in self._members.values():
            for source in member.sources():
                if source.track == track:
                    source.request_keyframe()

    def _listen(self) -> None:
        speaking = self._listening.listen(self._members.values(), time.monotonic())
        if speaking is not None:
            self._tell(SpeakingChanged(room=self.room, participants=speaking))

    def _measure_lines(self) -> None:
        now_s = time.monotonic()
        if self._lines.is_due(now_s):
            lines, span_ms = self._lines.measure(self._members.values(), now_s)
            if lines:
                self._tell(
                    LinesMeasured(
                        room=self.room, hearing=self.hearing, at_ms=self.now_ms(), span_ms=span_ms, lines=lines
                    )
                )

    # -------------------------------------------------------------- wording

    def _fact(self) -> dict[str, object]:
        return {"fact": secrets.token_hex(12), "room": self.room, "hearing": self.hearing, "at_ms": self.now_ms()}

    def _refuse(self, participant: str, code: ErrorCode, message: str) -> None:
        self._tell(MediaRefused(room=self.room, participant=participant, code=code, message=message))
