"""What the archive reads: tracks, segments, gaps, recording spans and stage marks. Written along with the journal."""

from dataclasses import asdict

from sqlalchemy import ColumnElement, func, insert, select, update

from hearing_server.domain.archive import Gap, PlacedSegment, Segment, StageMark, Track
from hearing_server.domain.copies import StoredFile
from hearing_server.domain.recording import RecordingSpan
from hearing_server.storage import copies
from hearing_server.storage.database import Transaction
from hearing_server.storage.schema import recording_gaps, recording_spans
from hearing_server.storage.schema import segments as segment_table
from hearing_server.storage.schema import stage_marks as stage_mark_table
from hearing_server.storage.schema import tracks as track_table


async def mark_stage(transaction: Transaction, hearing: str, number: int, stage: str, at_ms: int) -> None:
    """``number`` is the journal row that tells of it."""
    await transaction.execute(
        insert(stage_mark_table).values(hearing_id=hearing, number=number, stage=stage, at_ms=at_ms)
    )


async def stage_marks(transaction: Transaction, hearing: str) -> list[StageMark]:
    query = select(stage_mark_table).where(stage_mark_table.c.hearing_id == hearing).order_by(stage_mark_table.c.number)
    return [StageMark(row.stage, row.at_ms) for row in await transaction.execute(query)]


async def begin_span(transaction: Transaction, fact: str, hearing: str, start_ms: int, cause: str) -> None:
    """``fact`` is the one that tells of it."""
    await transaction.execute(
        insert(recording_spans).values(fact=fact, hearing_id=hearing, start_ms=start_ms, start_cause=cause)
    )


async def end_span(transaction: Transaction, hearing: str, end_ms: int, cause: str) -> None:
    """End the span that runs, if one does."""
    running = (recording_spans.c.hearing_id == hearing) & recording_spans.c.end_ms.is_(None)
    await transaction.execute(update(recording_spans).where(running).values(end_ms=end_ms, end_cause=cause))


async def spans(transaction: Transaction, hearing: str) -> list[RecordingSpan]:
    query = select(recording_spans).where(recording_spans.c.hearing_id == hearing)
    return [
        RecordingSpan(row.start_ms, row.start_cause, row.end_ms, row.end_cause)
        for row in await transaction.execute(query.order_by(recording_spans.c.start_ms))
    ]


async def with_open_span(transaction: Transaction) -> set[str]:
    """Hearings whose recording began and of whose end nothing was heard."""
    query = select(recording_spans.c.hearing_id).where(recording_spans.c.end_ms.is_(None))
    return set((await transaction.execute(query)).scalars())


async def begin_track(transaction: Transaction, track: Track) -> None:
    values = asdict(track)
    known = select(track_table.c.id).where(*_is(track.hearing_id, track.participant_id, track.id))
    if (await transaction.execute(known)).first() is None:
        await transaction.execute(insert(track_table).values(**values))


async def end_track(
    transaction: Transaction,
    hearing: str,
    participant: str,
    track: str,
    ended_at_ms: int,
    packets_received: int,
    packets_lost: int,
) -> None:
    await transaction.execute(
        update(track_table)
        .where(*_is(hearing, participant, track))
        .values(ended_at_ms=ended_at_ms, packets_received=packets_received, packets_lost=packets_lost)
    )


async def tracks(transaction: Transaction, hearing: str) -> list[Track]:
    query = (
        select(track_table)
        .where(track_table.c.hearing_id == hearing)
        .order_by(track_table.c.published_at_ms, track_table.c.id)
    )
    return [Track(**row._mapping) for row in await transaction.execute(query)]


async def add_segment(transaction: Transaction, segment: Segment) -> None:
    """And ask for copies of it."""
    await transaction.execute(insert(segment_table).values(**asdict(segment)))
    file = StoredFile(segment.hearing_id, segment.path, segment.size_bytes, segment.sha256)
    await copies.want(transaction, file)


async def segments(transaction: Transaction, hearing: str) -> list[Segment]:
    query = (
        select(segment_table)
        .where(segment_table.c.hearing_id == hearing)
        .order_by(segment_table.c.start_ms, segment_table.c.path)
    )
    return [Segment(**row._mapping) for row in await transaction.execute(query)]


async def placed_segments(transaction: Transaction, hearing: str) -> list[PlacedSegment]:
    """In order of time. Only what a player needs: there are thousands, and somebody waits for the first picture."""
    columns = (segment_table.c[name] for name in PlacedSegment._fields)
    query = select(*columns).where(segment_table.c.hearing_id == hearing)
    ordered = query.order_by(segment_table.c.start_ms, segment_table.c.path)
    return [PlacedSegment._make(row) for row in await transaction.execute(ordered)]


async def segment(transaction: Transaction, hearing: str, sha256: str, start_ms: int | None = None) -> Segment | None:
    """The sealed file of that hash; with ``start_ms``, which is indexed, without looking through the whole hearing."""
    query = select(segment_table).where(segment_table.c.hearing_id == hearing, segment_table.c.sha256 == sha256)
    if start_ms is not None:
        query = query.where(segment_table.c.start_ms == start_ms)
    row = (await transaction.execute(query.limit(1))).first()
    return Segment(**row._mapping) if row else None


async def segments_end_ms(transaction: Transaction, hearing: str) -> int | None:
    """End of the latest sealed segment."""
    query = select(func.max(segment_table.c.end_ms)).where(segment_table.c.hearing_id == hearing)
    end_ms: int | None = (await transaction.execute(query)).scalar_one()
    return end_ms


async def add_gap(transaction: Transaction, gap: Gap) -> None:
    await transaction.execute(insert(recording_gaps).values(**asdict(gap)))


async def gaps(transaction: Transaction, hearing: str) -> list[Gap]:
    query = select(recording_gaps).where(recording_gaps.c.hearing_id == hearing)
    return [Gap(**row._mapping) for row in await transaction.execute(query.order_by(recording_gaps.c.start_ms))]


def _is(hearing: str, participant: str, track: str) -> tuple[ColumnElement[bool], ...]:
    """A track's name is unique for its participant only."""
    return (
        track_table.c.hearing_id == hearing,
        track_table.c.participant_id == participant,
        track_table.c.id == track,
    )
