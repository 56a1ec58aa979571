"""Files what was recorded as a closed hearing, as often one behind the other as a long hearing needs: hard links to the sealed files, with
their places on the hearing clock, and everything else that playback reads."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from hearing_server.domain.archive import Gap, Segment, Track
from hearing_server.domain.hearing import HearingStatus
from hearing_server.domain.transcript import Utterance, Word
from hearing_server.storage import archive, utterances
from tests.archived_hearing.recording import Recorded, tracks_of
from tests.archived_hearing.scenes import SpokenLine
from tests.integration.http_court import HttpCourt

RECESS_MS = 600_000
STAGES = (
    ("attendance_check", 0.0),
    ("opening", 0.03),
    ("claims", 0.1),
    ("issues", 0.25),
    ("investigation", 0.32),
    ("evidence", 0.45),
    ("debate", 0.7),
    ("final_statement", 0.86),
    ("closing", 0.95),
)
"""When each begins, as a share of the whole."""

Left = Callable[[str, str, int], bool]


@dataclass(frozen=True, slots=True)
class Plan:
    """``repeats`` times the recorded piece; after ``recess_after`` of them there is a recess (never when 0). ``left_out`` says of a
    participant, source and repeat that nothing came of it."""

    repeats: int
    recess_after: int = 0
    left_out: Left = lambda participant, source, repeat: False

    def begin_ms(self, recorded: Recorded, repeat: int) -> int:
        pause_ms = RECESS_MS if self.recess_after and repeat >= self.recess_after else 0
        return recorded.began_ms + round(recorded.seconds * 1000) * repeat + pause_ms


async def file_hearing(
    court: HttpCourt,
    hearing: str,
    people: Sequence[str],
    recorded: Recorded,
    spoken: Sequence[SpokenLine],
    plan: Plan,
) -> None:
    """``people``: participant ids, in the order of the scene's parts."""
    for participant, track, source in tracks_of(recorded):
        await _file_track(court, hearing, recorded, plan, participant, track, source)
    await _file_spans(court, hearing, recorded, plan)
    await _file_lines(court, hearing, people, recorded, spoken, plan)
    async with court.office.database.transaction() as transaction:
        change = text("UPDATE hearings SET status = :status WHERE id = :id")
        await transaction.execute(change, {"status": HearingStatus.CLOSED.value, "id": hearing})


async def _file_track(
    court: HttpCourt, hearing: str, recorded: Recorded, plan: Plan, participant: str, track: str, source: str
) -> None:
    codec = "VP8" if source == "camera" else "opus"
    folder = court.recordings / hearing / "tracks" / participant / track
    folder.mkdir(parents=True)
    own = [fact for fact in recorded.facts if (fact["participant"], fact["track"]) == (participant, track)]
    async with court.office.database.transaction() as transaction:
        await archive.begin_track(transaction, Track(track, hearing, participant, source, codec, recorded.began_ms))
        number = 0
        for repeat in range(plan.repeats):
            if plan.left_out(participant, source, repeat):
                continue
            shift_ms = plan.begin_ms(recorded, repeat) - recorded.began_ms
            for fact in own:
                file = folder / f"{number:05d}.mkv"
                os.link(recorded.folder / fact["path"], file)
                await archive.add_segment(transaction, _segment(hearing, fact, number, shift_ms))
                number += 1


def _segment(hearing: str, fact: dict[str, object], number: int, shift_ms: int) -> Segment:
    path = f"{str(fact['path']).rpartition('/')[0]}/{number:05d}.mkv"
    return Segment(
        fact=f"{hearing}:{path}",
        hearing_id=hearing,
        participant_id=str(fact["participant"]),
        track=str(fact["track"]),
        source=str(fact["source"]),
        path=path,
        start_ms=int(str(fact["start_ms"])) + shift_ms,
        end_ms=int(str(fact["end_ms"])) + shift_ms,
        size_bytes=int(str(fact["size_bytes"])),
        sha256=str(fact["sha256"]),
        packets_received=int(str(fact["packets_received"])),
        packets_written=int(str(fact["packets_written"])),
        packets_read_back=int(str(fact["packets_read_back"])),
        recovered=False,
    )


async def _file_spans(court: HttpCourt, hearing: str, recorded: Recorded, plan: Plan) -> None:
    long_ms = round(recorded.seconds * 1000)
    first, end_ms = recorded.began_ms, plan.begin_ms(recorded, plan.repeats - 1) + long_ms
    async with court.office.database.transaction() as transaction:
        await archive.begin_span(transaction, f"{hearing}:started", hearing, first, "opened")
        if plan.recess_after:
            pause_ms = plan.begin_ms(recorded, plan.recess_after)
            await archive.end_span(transaction, hearing, pause_ms - RECESS_MS, "recess")
            await archive.begin_span(transaction, f"{hearing}:resumed", hearing, pause_ms, "resumed")
        await archive.end_span(transaction, hearing, end_ms, "closed")
        for number, (stage, share) in enumerate(STAGES):
            await archive.mark_stage(transaction, hearing, number, stage, first + round((end_ms - first) * share))


async def _file_lines(
    court: HttpCourt,
    hearing: str,
    people: Sequence[str],
    recorded: Recorded,
    spoken: Sequence[SpokenLine],
    plan: Plan,
) -> None:
    async with court.office.database.transaction() as transaction:
        for repeat in range(plan.repeats):
            for number, said in enumerate(spoken):
                if plan.left_out(people[said.part], "microphone", repeat):
                    continue
                at_ms = plan.begin_ms(recorded, repeat) + round(said.at_s * 1000)
                words = tuple(
                    Word(word.text, at_ms + round(word.start_s * 1000), at_ms + round(word.end_s * 1000), 0.95)
                    for word in said.line.words
                )
                utterance = Utterance(
                    id=f"{hearing}-{repeat}-{number}",
                    hearing_id=hearing,
                    participant_id=people[said.part],
                    text=said.line.text,
                    words=words,
                    raw_text=said.line.text,
                    start_ms=words[0].start_ms,
                    end_ms=words[-1].end_ms,
                    model="court-demo-zh",
                )
                await utterances.add(transaction, utterance, utterance.end_ms)


async def file_gap(
    court: HttpCourt, hearing: str, participant: str, track: str, start_ms: int, end_ms: int, cause: str
) -> None:
    gap = Gap(f"gap:{track}:{start_ms}", hearing, participant, track, start_ms, end_ms, 100, cause)
    async with court.office.database.transaction() as transaction:
        await archive.add_gap(transaction, gap)
