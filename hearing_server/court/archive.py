"""Reading the record of a hearing: recording, transcript, journal. Everything is read by permission, and each viewing of the
archive stands in the journal."""

from collections.abc import Callable
from dataclasses import dataclass

from hearing_server.court.office import Office, staff_actor
from hearing_server.court.ports import SessionClaims
from hearing_server.court.schedule import load_hearing, note_refusal
from hearing_server.domain.archive import Gap, PlacedSegment, Segment, StageMark, Track, codec_of
from hearing_server.domain.case import Case
from hearing_server.domain.errors import NotFound, NotPermitted
from hearing_server.domain.hearing import Hearing
from hearing_server.domain.job import CompositeStanding, RenderedComposite
from hearing_server.domain.journal import ChainCheck, JournalRow
from hearing_server.domain.line_quality import LineMinute
from hearing_server.domain.participant import Participant
from hearing_server.domain.permissions import Act
from hearing_server.domain.record_access import may_read, may_view_lines
from hearing_server.domain.recording import RecordingSpan
from hearing_server.domain.staff import StaffAccount
from hearing_server.domain.transcript import Revision, Utterance
from hearing_server.domain.whereabouts import TELLING, WhereaboutsChange, whereabouts
from hearing_server.storage import archive, cases, journal, line_quality, participants, utterances
from hearing_server.storage.jobs import composite_of

Reader = StaffAccount | SessionClaims
"""Who wants to read: somebody signed in, or the holder of a seat."""


@dataclass(frozen=True, slots=True)
class ArchiveContents:
    """All that playback needs besides the files themselves."""

    hearing: Hearing
    case: Case
    people: list[Participant]
    spans: list[RecordingSpan]
    tracks: list[Track]
    segments: list[PlacedSegment]
    stage_marks: list[StageMark]
    composite: CompositeStanding | None
    transcript_count: int
    gaps: list[Gap]
    whereabouts: list[WhereaboutsChange]
    viewer: str
    """Name of whoever looks."""
    viewed: JournalRow
    """This very look."""


async def view_archive(office: Office, reader: Reader, hearing_id: str) -> ArchiveContents:
    """One viewing of the archive; journalled. Raises ``NotFound``, ``NotPermitted``."""
    hearing = await admit(office, reader, hearing_id)
    async with office.database.transaction() as transaction:
        case = await cases.by_id(transaction, hearing.case_id)
        if case is None:
            raise NotFound("case")
        people = await participants.of_hearing(transaction, hearing_id)
        segments = await archive.placed_segments(transaction, hearing_id)
        viewed = await journal.append(
            transaction,
            hearing_id,
            office.clock.now_ms(),
            "archive_viewed",
            reader_actor(reader),
            {"segments": len(segments)},
        )
        return ArchiveContents(
            hearing,
            case,
            people,
            await archive.spans(transaction, hearing_id),
            await archive.tracks(transaction, hearing_id),
            segments,
            await archive.stage_marks(transaction, hearing_id),
            await composite_of(transaction, hearing_id),
            await utterances.count(transaction, hearing_id),
            await archive.gaps(transaction, hearing_id),
            whereabouts(await journal.of_types(transaction, hearing_id, TELLING)),
            _name(reader, people),
            viewed,
        )


async def find_segment(
    office: Office, reader: Reader, hearing_id: str, sha256: str, start_ms: int | None = None
) -> tuple[Segment, str]:
    """The sealed file of that hash, and the codec in it; empty when unknown. Raises ``NotFound``, ``NotPermitted``."""
    await admit(office, reader, hearing_id)
    async with office.database.reading() as transaction:
        segment = await archive.segment(transaction, hearing_id, sha256, start_ms)
        if segment is None:
            raise NotFound("segment")
        codecs = {
            (track.participant_id, track.id): track.codec for track in await archive.tracks(transaction, hearing_id)
        }
        codec = codec_of(codecs, segment.participant_id, segment.track)
    return segment, codec


async def find_composite(office: Office, reader: Reader, hearing_id: str) -> RenderedComposite:
    """The combined video. Raises ``NotFound`` until it is rendered, ``NotPermitted``."""
    await admit(office, reader, hearing_id)
    async with office.database.reading() as transaction:
        standing = await composite_of(transaction, hearing_id)
    if standing is None or standing.rendered is None:
        raise NotFound("composite")
    return standing.rendered


async def read_transcript(
    office: Office, reader: Reader, hearing_id: str, before_ms: int | None, limit: int
) -> tuple[list[Utterance], int]:
    """The newest ``limit`` utterances that began before ``before_ms``, oldest first, and how many there are in all."""
    await admit(office, reader, hearing_id)
    async with office.database.reading() as transaction:
        return await utterances.page(transaction, hearing_id, before_ms, limit), await utterances.count(
            transaction, hearing_id
        )


async def read_revisions(
    office: Office, reader: Reader, hearing_id: str, utterance_id: str
) -> tuple[list[Revision], dict[str, str]]:
    """Every version, the recogniser's original first, and names by participant id. Raises ``NotFound``."""
    await admit(office, reader, hearing_id)
    async with office.database.reading() as transaction:
        utterance = await utterances.by_id(transaction, utterance_id)
        if utterance is None or utterance.hearing_id != hearing_id:
            raise NotFound("utterance")
        people = await participants.of_hearing(transaction, hearing_id)
        return await utterances.revisions(transaction, utterance_id), {person.id: person.name for person in people}


async def read_journal(
    office: Office, who: StaffAccount, hearing_id: str, after: int, limit: int
) -> tuple[list[JournalRow], ChainCheck]:
    """Rows numbered above ``after``, and whether the whole chain holds. Staff of the hearing only."""
    await admit(office, who, hearing_id)
    async with office.database.reading() as transaction:
        return await journal.page(transaction, hearing_id, after, limit), await journal.check(transaction, hearing_id)


async def read_lines(
    office: Office, reader: Reader, hearing_id: str, after_ms: int | None, limit: int
) -> list[LineMinute]:
    """How well everybody's line was: ``limit`` minutes from ``after_ms`` on, or without it the last ones, oldest first."""
    await admit(office, reader, hearing_id, may_view_lines, Act.VIEW_LINES)
    async with office.database.reading() as transaction:
        return await line_quality.minutes(transaction, hearing_id, after_ms, limit)


async def admit(
    office: Office,
    reader: Reader,
    hearing_id: str,
    may: Callable[[Hearing, Participant | None, str | None], bool] = may_read,
    what: str = "read_record",
) -> Hearing:
    """Asks the permission table. A refusal stands in the hearing's journal."""
    async with office.database.reading() as transaction:
        hearing = await load_hearing(transaction, hearing_id)
        people = await participants.of_hearing(transaction, hearing_id)
    if may(hearing, seat_of(people, reader), reader_staff(reader)):
        return hearing
    refusal = NotPermitted(what)
    await note_refusal(office, hearing_id, reader_actor(reader), refusal)
    raise refusal


def seat_of(people: list[Participant], reader: Reader) -> Participant | None:
    """The reader's among the people of one hearing."""
    if isinstance(reader, StaffAccount):
        return next((person for person in people if person.staff_id == reader.id), None)
    theirs = (person for person in people if (person.id, person.hearing_id) == (reader.participant, reader.hearing))
    return next(theirs, None)


def reader_staff(reader: Reader) -> str | None:
    """Id of the account, when it is one."""
    return reader.id if isinstance(reader, StaffAccount) else None


def reader_actor(reader: Reader) -> str:
    """How the journal names whoever reads."""
    return staff_actor(reader) if isinstance(reader, StaffAccount) else f"participant:{reader.participant}"


def _name(reader: Reader, people: list[Participant]) -> str:
    if isinstance(reader, StaffAccount):
        return reader.name
    return next((person.name for person in people if person.id == reader.participant), "")
