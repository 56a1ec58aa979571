"""One running hearing: its people, their sessions, and how a change becomes what each of them is shown.

Everything that changes it happens under ``lock``: load, decide, save and journal in one transaction, then announce. The law
stands in ``domain``, the acts in the modules beside this one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hearing_server.court.deed import Deed
from hearing_server.court.errors import NoCapacity
from hearing_server.court.live_state import RUNNING, Line, LiveState
from hearing_server.court.media_grants import member_of
from hearing_server.court.outbox import Farewell
from hearing_server.court.resources import Resources, WorkerStanding
from hearing_server.court.session import Session
from hearing_server.court.showing import Showing, show_changes
from hearing_server.court.sight import Sight, sight_of
from hearing_server.court.views import utterance_view
from hearing_server.domain.case import Case
from hearing_server.domain.errors import NotFound
from hearing_server.domain.hearing import LIVE, Hearing, HearingStatus
from hearing_server.domain.participant import Participant
from hearing_server.domain.permissions import Act
from hearing_server.domain.permit import require
from hearing_server.storage import copies, utterances
from hearing_server.storage.jobs import composite_of
from signaling.protocol.court_words import ErrorCode, RecordingState, TranscriptionState
from signaling.protocol.snapshot import CompositeView, Snapshot, UtteranceView
from signaling.protocol.to_client import ServerMessage, SnapshotReplaced, UtteranceChanged
from signaling.protocol.worker import (
    CloseRoom,
    OpenRoom,
    RemoveMember,
    StartRecording,
    StartTranscription,
    StopTranscription,
    WorkerCommand,
)

OPEN_AGAIN_MS = 1000
UTTERANCES_SHOWN = 500
"""Of a snapshot; earlier ones come through the HTTP API."""


class LiveHearing:
    """Held by the ``Courthouse``; one per hearing."""

    def __init__(self, hearing: Hearing, case: Case, people: list[Participant], resources: Resources) -> None:
        self.lock = asyncio.Lock()
        self.state = LiveState()
        self.hearing = hearing
        self.case = case
        self.people = {person.id: person for person in people}
        self.resources = resources
        self.users = 0
        """Who is just doing something with it; the courthouse counts."""
        self._lines: dict[str, Line] = {}

    @property
    def is_done(self) -> bool:
        """Over, sealed, and everybody has hung up: what there is of it stands in the database."""
        busy = self.hearing.status in LIVE | {HearingStatus.SCHEDULED} or self.state.room_open or self.users
        return not busy and all(session.outbox is None for session in self.sessions)

    @property
    def room(self) -> str:
        """A hearing has one room, named after it."""
        return self.hearing.id

    @property
    def standing(self) -> WorkerStanding:
        """How recorder and transcriber of this hearing's worker are doing."""
        return self.resources.standing(self.room)

    @property
    def sessions(self) -> list[Session]:
        return [line.session for line in self._lines.values() if line.session is not None]

    def person(self, participant: str) -> Participant:
        """Raises ``NotFound``."""
        try:
            return self.people[participant]
        except KeyError:
            raise NotFound("participant", (participant,)) from None

    def line(self, participant: str) -> Line:
        return self._lines.setdefault(participant, Line())

    def vocabulary(self) -> list[str]:
        """Names and terms of the case, for the recogniser's suggestions."""
        return [self.case.title, *(person.name for person in self.people.values())]

    # -------------------------------------------------------------- changing

    @asynccontextmanager
    async def act(self, session: Session, act: Act) -> AsyncIterator[Deed]:
        """An act of somebody in the hearing: permitted by the table, then done as a whole or not at all.
        Raises ``NotPermitted`` before anything else is looked at."""
        async with self.lock, self.deed(f"participant:{session.participant}") as deed:
            require(deed.person(session.participant), deed.hearing, act)
            yield deed

    @asynccontextmanager
    async def deed(self, actor: str) -> AsyncIterator[Deed]:
        """A change by ``actor``: one transaction, afterwards everybody is told. The caller holds ``lock``."""
        async with self.resources.database.transaction() as transaction:
            deed = await Deed.load(transaction, self.hearing.id, actor, self.resources.clock.now_ms())
            yield deed
        self.hearing, self.people = deed.hearing, deed.people
        for step in deed.afterwards:
            step()
        for command in deed.commands:
            await self.send(command)
        await self.announce()

    async def send(self, command: WorkerCommand) -> None:
        """To the worker; what the command sets going shows at once."""
        match command:
            case CloseRoom():
                self.state.room_open = False
            case StartRecording():
                self.state.recording, self.state.recording_message = RecordingState.STARTING, ""
            case StartTranscription():
                self.state.transcribing, self.state.transcription = True, self.standing.transcriber
            case StopTranscription():
                self.state.transcribing = False
                off = {"state": TranscriptionState.OFF, "lag_ms": 0}
                self.state.transcription = self.state.transcription.model_copy(update=off)
            case _:
                pass
        await self.resources.rooms.send(command)

    async def reload(self) -> None:
        """Something else changed the database: take it over and show it. The caller holds ``lock``."""
        async with self.resources.database.reading() as transaction:
            deed = await Deed.load(transaction, self.hearing.id, "server", self.resources.clock.now_ms())
        self.hearing, self.people = deed.hearing, deed.people
        for gone in self._lines.keys() - self.people.keys():  # struck from the list by the office
            if session := self._lines.pop(gone).session:
                session.hang_up(Farewell(ErrorCode.TOKEN_REVOKED, retry=False))
        await self.load_composite()
        await self.load_copies()
        await self.announce()

    async def load_composite(self) -> None:
        """How far the combined video has come."""
        async with self.resources.database.reading() as transaction:
            standing = await composite_of(transaction, self.hearing.id)
        if standing is not None:
            self.state.composite = CompositeView(
                state=standing.state, progress=standing.progress, remaining_s=standing.remaining_s
            )

    async def load_copies(self) -> None:
        """Whether the stores take what is recorded."""
        async with self.resources.database.reading() as transaction:
            self.state.copies_failing = bool(await copies.troubles(transaction, self.hearing.id))

    # -------------------------------------------------------------- telling

    async def announce(self) -> None:
        """Bring the room's members and every client up to date. The caller holds ``lock``."""
        await self._settle_room()
        for session in self.sessions:
            if show_changes(self._showing(session), session):
                session.tell(
                    SnapshotReplaced(type="snapshot_replaced", sequence=0, snapshot=await self.snapshot(session))
                )

    async def snapshot(self, session: Session) -> Snapshot:
        """Everything the client may see now; remembered as shown."""
        showing = self._showing(session)
        shown = session.shown = showing.whole()
        latest: list[UtteranceView] = []
        count = 0
        if shown.sight.captions:
            async with self.resources.database.reading() as transaction:
                count = await utterances.count(transaction, self.hearing.id)
                page = await utterances.page(transaction, self.hearing.id, None, UTTERANCES_SHOWN)
                latest = [utterance_view(utterance) for utterance in page]
        return Snapshot(
            hearing=shown.hearing,
            participants=list(shown.people.values()),
            utterances=latest,
            utterance_count=count,
            recording=shown.recording,
            transcription=shown.transcription,
            composite=shown.composite,
        )

    def show_utterance(self, utterance: UtteranceView) -> None:
        """A new utterance or revision, to those who see captions."""
        for session in self.sessions:
            if self.sight(session).captions:
                session.tell(UtteranceChanged(type="utterance_changed", sequence=0, utterance=utterance))

    def mention(self, message: ServerMessage, *, captions: bool) -> None:
        """Something of the moment, to those who see captions, or the proceedings."""
        for session in self.sessions:
            sight = self.sight(session)
            if sight.captions if captions else sight.proceedings:
                session.mention(message)

    def sight(self, session: Session) -> Sight:
        return sight_of(self.people[session.participant], self.hearing)

    def _showing(self, session: Session) -> Showing:
        viewer = self.people[session.participant]
        return Showing(
            self.hearing,
            self.case,
            self.people,
            self._lines,
            self.state,
            self.resources.terms,
            viewer,
            session.language,
            self.resources.clock.now_ms(),
        )

    # -------------------------------------------------------------- the room

    async def open_room(self) -> bool:
        """On some worker. False when none can take it now."""
        if not self.state.room_open:
            opening = OpenRoom(room=self.room, hearing=self.hearing.id)
            self.state.room_open = await self.resources.rooms.open_room(opening)
        return self.state.room_open

    def require_room(self) -> None:
        """Raises ``NoCapacity`` while no worker has it; whoever asked is told when one does."""
        if not self.state.room_open:
            self.state.media_refused = True
            raise NoCapacity

    def _open_room_later(self) -> None:
        async def open_if_wanted() -> None:
            async with self.lock:
                self.state.room_awaited = False
                await self.announce()

        if not self.state.room_awaited:
            self.state.room_awaited = True
            resources = self.resources
            resources.agenda.at(resources.clock.now_ms() + OPEN_AGAIN_MS, "a room on some worker", open_if_wanted)

    async def _settle_room(self) -> None:
        """The room has the members it should have, with the grants the law gives them now."""
        if self.hearing.is_live and not await self.open_room():
            self._open_room_later()
        if self.state.room_open:
            for person in self.people.values():
                await self._settle_member(person)
        if self.state.room_open and not self.hearing.is_live and self.state.recording not in RUNNING:
            await self.send(CloseRoom(room=self.room))

    async def _settle_member(self, person: Participant) -> None:
        line = self.line(person.id)
        if not person.keeps_seat or not self.hearing.is_live:
            if line.grants is not None:
                line.grants = None
                line.switch_off()
                await self.send(RemoveMember(room=self.room, participant=person.id))
            return
        member = member_of(self.room, person, self.hearing)
        if member.grants != line.grants:
            line.grants = member.grants
            await self.send(member)
