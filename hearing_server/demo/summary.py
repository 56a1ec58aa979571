"""After a demonstration: the record is read back through the HTTP API and compared with what was said."""

import asyncio
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import av

from hearing_server.demo.caption_log import CaptionLog
from hearing_server.demo.comparison import Spoken, caption_delays, character_error_rate, percentile, word_times
from hearing_server.demo.court_api import CourtApi
from hearing_server.demo.result import (
    CaptionDelays,
    CompositeFile,
    HearingResult,
    JournalCheck,
    TrackCount,
    WordTimeErrors,
)
from hearing_server.web.archive_models import Archive
from hearing_server.web.models import HearingDetail, JournalPage, JournalRow, UtterancePage
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import UtteranceView

PAGE = 200
POLL_S = 1.0
FINISHED = {"done", "failed"}
ARRIVED = {"paused", "undecodable"}
"""Causes of gaps whose packets the recorder did receive."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the robots know of the hearing they held."""

    hearing: str
    names: Mapping[str, str]
    """Part in the script by participant id, such as ``plaintiff``."""
    spoken: Sequence[Spoken]
    captions: CaptionLog


async def summarise(api: CourtApi, held: Held, composite_timeout_s: float) -> HearingResult:
    """Wait for the composite and read everything back. ``api`` is signed in as the hearing's clerk."""
    state = await _composite(api, held.hearing, composite_timeout_s)
    utterances = await read_transcript(api, held.hearing)
    rows, journal = await read_journal(api, held.hearing)
    archive = await api.get(f"/api/hearings/{held.hearing}/archive", Archive)
    tracks = track_counts(rows, held.names)
    times = word_times(held.spoken, utterances)
    first, final = caption_delays(held.spoken, held.captions)
    composite = await _composite_file(api, archive)
    segments = sum(len(track.times_ms) // 2 for track in archive.tracks)
    problems = [
        *_missing(held, utterances, archive),
        *([] if journal.valid else ["The journal's chain is broken."]),
        *([] if composite is not None else [f"There is no composite video; its state is {state}."]),
    ]
    return HearingResult(
        participants=len(held.names),
        utterances=len(utterances),
        character_error_rate=round(character_error_rate(held.spoken, utterances), 4),
        caption_ms=CaptionDelays(
            first_partial_p50=_rounded(percentile(first, 0.5)), final_p95=_rounded(percentile(final, 0.95))
        ),
        word_time_ms=WordTimeErrors(
            compared=times.compared,
            spoken=times.spoken,
            median=round(times.median_ms, 1),
            max=round(times.largest_ms, 1),
            worst_line=times.worst_line,
        ),
        tracks=tracks,
        segments=segments,
        composite=composite,
        journal=journal,
        lost=lost_packets(rows, tracks),
        problems=problems,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


# ------------------------------------------------------------------ reading


async def read_transcript(api: CourtApi, hearing: str) -> list[UtteranceView]:
    """The whole record, oldest first."""
    found: dict[str, UtteranceView] = {}
    before_ms: int | None = None
    while True:
        earlier = {} if before_ms is None else {"before_ms": before_ms}
        page = await api.get(f"/api/hearings/{hearing}/transcript", UtterancePage, bearer="", limit=PAGE, **earlier)
        fresh = [view for view in page.utterances if view.utterance not in found]
        found |= {view.utterance: view for view in fresh}
        if not fresh or len(found) >= page.total:
            return sorted(found.values(), key=lambda view: view.start_ms)
        before_ms = min(view.start_ms for view in fresh)


async def read_journal(api: CourtApi, hearing: str) -> tuple[list[JournalRow], JournalCheck]:
    rows: list[JournalRow] = []
    while True:
        after = rows[-1].number if rows else 0
        page = await api.get(f"/api/hearings/{hearing}/journal", JournalPage, after=after, limit=PAGE)
        rows += page.rows
        if not page.rows or len(rows) >= page.total:
            return rows, JournalCheck(rows=len(rows), valid=page.valid)


async def _composite(api: CourtApi, hearing: str, timeout_s: float) -> str:
    """The composite's state once it is finished, or when patience is."""
    state = "none"
    try:
        async with asyncio.timeout(timeout_s):
            while state not in FINISHED:
                detail = await api.get(f"/api/hearings/{hearing}", HearingDetail)
                state = detail.composite.state
                if state not in FINISHED:
                    await asyncio.sleep(POLL_S)
    except TimeoutError:
        pass
    return state


async def _composite_file(api: CourtApi, archive: Archive) -> CompositeFile | None:
    if archive.composite_url is None:
        return None
    with av.open(io.BytesIO(await api.read(archive.composite_url)), "r") as container:
        duration = container.duration or 0
    return CompositeFile(path=archive.composite_url, duration_s=round(duration / 1_000_000, 3))


# ------------------------------------------------------------------ counting


def track_counts(rows: Iterable[JournalRow], names: Mapping[str, str]) -> list[TrackCount]:
    """Packets by participant and kind, from the journal's sealed segments."""
    counts: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        if row.type == "segment_sealed":
            participant = str(row.data["participant"])
            key = (names.get(participant, participant), SourceLabel(str(row.data["source"])).kind)
            numbers = [_number(row, f"packets_{what}") for what in ("received", "written", "read_back")]
            counts[key] = [a + b for a, b in zip(counts.get(key, [0, 0, 0]), numbers, strict=True)]
    return [
        TrackCount(participant=who, kind=kind, received=received, written=written, read_back=read_back)
        for (who, kind), (received, written, read_back) in sorted(counts.items())
    ]


def lost_packets(rows: Sequence[JournalRow], tracks: Iterable[TrackCount]) -> int:
    """Packets that should be in the archive and are not: the journal's gaps, and what was received, is not read back and no
    gap accounts for. A frame of which the recording began or ended in the middle was never to be in it."""
    gaps = [row for row in rows if row.type == "recording_gap"]
    arrived = sum(_number(row, "packets") for row in gaps if row.data["cause"] in ARRIVED)
    missing = sum(track.received - min(track.written, track.read_back) for track in tracks)
    begins_ms = _beginnings(rows)
    inside = sum(_number(row, "packets") for row in gaps if not _at_an_edge(row, begins_ms))
    return inside + max(0, missing - arrived)


def _beginnings(rows: Iterable[JournalRow]) -> dict[object, int]:
    """When the first segment of each track begins."""
    begins_ms: dict[object, int] = {}
    for row in rows:
        if row.type == "segment_sealed":
            start_ms = _number(row, "start_ms")
            begins_ms[row.data["track"]] = min(start_ms, begins_ms.get(row.data["track"], start_ms))
    return begins_ms


def _at_an_edge(gap: JournalRow, begins_ms: Mapping[object, int]) -> bool:
    if gap.data["cause"] == "paused":
        return True
    begin_ms = begins_ms.get(gap.data["track"])
    return gap.data["cause"] == "undecodable" and begin_ms is not None and _number(gap, "start_ms") < begin_ms


def _number(row: JournalRow, name: str) -> int:
    value = row.data[name]
    if not isinstance(value, int):
        raise TypeError(f"journal row {row.number}: {name} is not a number")
    return value


def _missing(held: Held, utterances: Sequence[UtteranceView], archive: Archive) -> list[str]:
    """What was said or shown and is not in the record."""
    problems = []
    stored = {view.utterance for view in utterances}
    gone = len(held.captions.originals.keys() - stored)
    if gone:
        problems.append(f"{gone} captions were shown that the record does not hold.")
    archived = {(track.participant, track.source) for track in archive.tracks}
    wanted = {
        (entry.participant, source) for entry in held.spoken for source in (SourceLabel.MICROPHONE, SourceLabel.CAMERA)
    }
    problems += [
        f"The archive has no {source} of the {held.names.get(participant, participant)}."
        for participant, source in wanted - archived
    ]
    return sorted(problems)
