"""What is stored comes back as it was: hearings, participants, utterances, archive."""

from dataclasses import replace
from pathlib import Path

from hearing_server.domain.archive import Gap, Segment, StageMark, Track
from hearing_server.domain.hearing import HearingStatus
from hearing_server.domain.participant import Identity, IdentityMethod, Presence, WitnessStatus
from hearing_server.domain.recording import RecordingSpan
from hearing_server.domain.transcript import Utterance, Word
from hearing_server.storage import archive, hearings, participants, utterances
from tests.unit.hearing_server.storage.court_database import HEARING, JUDGE, PLAINTIFF, court_database


async def test_a_hearing_comes_back_whole(tmp_path: Path) -> None:
    changed = replace(
        HEARING,
        status=HearingStatus.RECESS,
        stage="debate",
        reason="午休",
        gap_reason="同意",
        opens_at_ms=1,
        opened_at_ms=2,
        resumes_at_ms=3,
        closed_at_ms=4,
    )
    async with court_database(tmp_path) as database, database.transaction() as transaction:
        await hearings.save(transaction, changed)
        assert await hearings.by_id(transaction, "h1") == changed
        assert await hearings.by_id(transaction, "h2") is None
        assert await hearings.of_case(transaction, "c1") == [changed]
        assert await hearings.between(transaction, 1_000, 1_001) == [changed]
        assert await hearings.between(transaction, 0, 1_000) == []
        assert await hearings.with_status(transaction, {HearingStatus.RECESS}) == [changed]
        assert await hearings.with_status(transaction, {HearingStatus.CLOSED}) == []


async def test_a_participant_comes_back_whole(tmp_path: Path) -> None:
    changed = replace(
        PLAINTIFF,
        place="consult:1",
        presence=Presence.PRESENT,
        witness_status=WitnessStatus.CALLED,
        identity=Identity(IdentityMethod.DOCUMENT_SHOWN, "judge", 7),
        muted_by_court=True,
        camera_locked=True,
        share_allowed=True,
        hand_raised_at_ms=8,
        link_generation=2,
        link_issued_at_ms=9,
        link_revoked_at_ms=10,
    )
    async with court_database(tmp_path) as database, database.transaction() as transaction:
        await participants.save(transaction, changed)
        assert await participants.of_hearing(transaction, "h1") == [JUDGE, changed]
        await participants.acknowledge_discipline(transaction, "a1", "h1", "plaintiff", "0" * 64, 5)
        assert await participants.acknowledged(transaction, "h1") == {"plaintiff"}
        await participants.remove(transaction, "judge")
        assert await participants.by_id(transaction, "judge") is None


async def test_pages_of_utterances_go_back_in_time(tmp_path: Path) -> None:
    def said(number: int) -> Utterance:
        words = (Word("好", number * 10, number * 10 + 5, 0.5),)
        return Utterance(f"u{number}", "h1", "judge", f"第{number}句", words, "好", number * 10, number * 10 + 9, "m")

    async with court_database(tmp_path) as database, database.transaction() as transaction:
        for number in range(5):
            await utterances.add(transaction, said(number), at_ms=number)
        assert await utterances.page(transaction, "h1", None, 2) == [said(3), said(4)]
        assert await utterances.page(transaction, "h1", 30, 2) == [said(1), said(2)]
        revised = said(4).revise(0, "第四句", "plaintiff", "judge")
        await utterances.revise(transaction, revised, at_ms=9)
        assert await utterances.by_id(transaction, "u4") == revised
        assert [each.text for each in await utterances.revisions(transaction, "u4")] == ["第4句", "第四句"]


async def test_the_archive_comes_back_whole(tmp_path: Path) -> None:
    track = Track("audio-1", "h1", "judge", "microphone", "opus", 1)
    segment = Segment("s1", "h1", "judge", "audio-1", "microphone", "a/1.mkv", 1, 2, 3, "0" * 64, 4, 4, 4, False)
    gap = Gap("g1", "h1", "judge", "audio-1", 5, 6, 7, "network_loss")
    async with court_database(tmp_path) as database, database.transaction() as transaction:
        await archive.begin_track(transaction, track)
        await archive.begin_track(transaction, track)
        await archive.end_track(
            transaction, "h1", "judge", "audio-1", ended_at_ms=8, packets_received=9, packets_lost=1
        )
        assert await archive.tracks(transaction, "h1") == [
            replace(track, ended_at_ms=8, packets_received=9, packets_lost=1)
        ]
        await archive.add_segment(transaction, segment)
        assert await archive.segments(transaction, "h1") == [segment]
        assert await archive.segments_end_ms(transaction, "h1") == 2
        await archive.add_gap(transaction, gap)
        assert await archive.gaps(transaction, "h1") == [gap]
        await archive.mark_stage(transaction, "h1", 3, "debate", 4)
        assert await archive.stage_marks(transaction, "h1") == [StageMark("debate", 4)]
        await archive.begin_span(transaction, "f1", "h1", 10, "opened")
        await archive.end_span(transaction, "h1", 20, "recess")
        await archive.begin_span(transaction, "f2", "h1", 30, "resumed")
        assert await archive.spans(transaction, "h1") == [
            RecordingSpan(10, "opened", 20, "recess"),
            RecordingSpan(30, "resumed"),
        ]
