"""A hearing's room on workers that come, go, and are full."""

import json
from pathlib import Path

from hearing_server.domain.hearing import HearingStatus
from signaling.bus.port import WorkerLoad
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.facts import RecordingStarted, UtteranceRecognised
from signaling.protocol.to_client import Error, MediaLost, RecordingChanged
from signaling.protocol.worker import OpenRoom, SetMember, StartRecording
from tests.integration.acts import open_session
from tests.integration.small_court import HEARING, SmallCourt, held

ABLE = WorkerLoad("twin", 0.0, 0)


async def lose_room(court: SmallCourt) -> None:
    """As when its worker renews the lease no more."""
    lease = (await court.leases.held([HEARING]))[HEARING]
    await court.leases.release(HEARING, lease.token)


async def test_a_full_cluster_refuses_a_lobby_and_takes_it_later(tmp_path: Path) -> None:
    async with held(tmp_path, status=HearingStatus.SCHEDULED, capable=False) as court:
        await court.leases.report(WorkerLoad("twin", 0.99, 50))
        clerk = await court.enter("clerk")
        refused = await clerk.act("open_lobby")
        assert isinstance(refused, Error)
        assert (refused.code, refused.message) == (
            ErrorCode.NO_CAPACITY,
            "服务器目前没有余力承载更多庭审，请稍后再试，或联系技术人员。",
        )
        assert (await court.hearing()).status is HearingStatus.SCHEDULED
        assert await court.rows("lobby_opened") == []
        await court.leases.report(ABLE)
        await clerk.does("open_lobby")
        await court.worker.obeyed(OpenRoom)


async def test_no_timer_opens_a_lobby_for_which_there_is_no_room(tmp_path: Path) -> None:
    async with held(tmp_path, status=HearingStatus.SCHEDULED, capable=False, due=True) as court:
        clerk = await court.enter("clerk")
        await clerk.barrier()
        assert (await court.hearing()).status is HearingStatus.SCHEDULED


async def test_who_found_no_room_is_called_when_there_is_one(tmp_path: Path) -> None:
    async with held(tmp_path, capable=False) as court:
        judge = await court.enter("judge")
        await judge.say("subscribe", connection="c")
        assert (await judge.until(Error)).code is ErrorCode.NO_CAPACITY
        await court.leases.report(ABLE)
        await judge.until(MediaLost)
        assert len(await court.rows("room_opened")) == 1
        assert court.worker.grants_of("judge") is not None


async def test_a_lost_room_is_opened_again_filled_and_recorded(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await open_session(court, judge, clerk)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        members = len(court.worker.said(SetMember))
        await lose_room(court)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "failed")
        await judge.until(MediaLost)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        first, second = court.worker.said(OpenRoom)
        assert second.lease > first.lease
        assert len(court.worker.said(SetMember)) > members, "the new room knew nobody"
        assert [said.cause for said in court.worker.said(StartRecording)] == ["opened", "worker_lost"]
        (row,) = await court.rows("room_lost")
        assert json.loads(row.data) == {"worker": "twin", "cause": "worker_lost"}
        assert (await court.hearing()).status is HearingStatus.IN_SESSION


async def test_late_words_are_filed_and_a_late_start_changes_nothing(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await open_session(court, judge, clerk)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        (first,) = court.worker.said(OpenRoom)
        await lose_room(court)
        await judge.until(MediaLost)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        where = {"room": HEARING, "hearing": HEARING, "lease": first.lease}
        words = UtteranceRecognised(
            fact="late words",
            at_ms=first.lease,
            utterance="u",
            participant="judge",
            text="现在开庭",
            raw_text="现在 开庭",
            words=[],
            start_ms=1,
            end_ms=2,
            model="twin",
            **where,
        )
        await court.worker.tell(words)
        await court.worker.tell(RecordingStarted(fact="late start", at_ms=first.lease, cause="late", **where))
        await court.worker.acknowledged("late words")
        await court.worker.acknowledged("late start")
        assert [row.fact for row in await court.rows("utterance_recognised")] == ["late words"]
        assert "late start" in [row.fact for row in await court.rows("recording_started")]
        present = await (await court.connect("observer")).hello()
        assert present.snapshot is not None
        assert [span.start_cause for span in (await court.courthouse.live(HEARING)).state.spans] == [
            "opened",
            "worker_lost",
        ]
        assert (await court.chain()).valid
