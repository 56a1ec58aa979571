"""A hearing over real sockets, from the lobby to closing, and what the journal keeps of it."""

from pathlib import Path

from hearing_server.domain.hearing import HearingStatus
from signaling.protocol.from_client import ShownPicture
from signaling.protocol.grants import SourceLabel
from signaling.protocol.to_client import (
    RecordingChanged,
)
from signaling.protocol.worker import SetShown, StartRecording, StopRecording
from tests.integration.acts import open_session
from tests.integration.small_court import HEARING, held


async def test_a_hearing_goes_from_lobby_to_closing_and_every_act_is_journalled(tmp_path: Path) -> None:
    async with held(tmp_path, status=HearingStatus.SCHEDULED) as court:
        clerk = await court.enter("clerk")
        await clerk.does("open_lobby")
        judge = await court.enter("judge")
        await open_session(court, judge, clerk)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        await judge.does("call_recess", reason="午休", resumes_at_ms=5)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "suspended")
        await judge.does("resume_hearing")
        await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        await judge.does("advance_stage", stage="final_statement")
        await judge.does("close_hearing")
        await court.jobs.asked.wait()
        await judge.until(RecordingChanged, lambda said: said.recording.state == "finalised")
        types = [row.type for row in await court.rows()]
        for expected in (
            "lobby_opened",
            "identity_verified",
            "participant_admitted",
            "marked_ready",
            "opening_announced",
            "hearing_opened",
            "stage_advanced",
            "recording_started",
            "recess_called",
            "recording_stopped",
            "hearing_resumed",
            "hearing_closed",
        ):
            assert expected in types, types
        assert (await court.chain()).valid
        assert court.jobs.composites == [HEARING]
        assert [command.cause for command in court.worker.said(StartRecording)] == ["opened", "resumed"]
        assert [command.cause for command in court.worker.said(StopRecording)] == ["recess", "closed"]
        assert (await court.hearing()).status is HearingStatus.CLOSED


async def test_the_room_is_told_what_a_client_displays(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk = await court.enter("clerk")
        picture = {"participant": "judge", "source": "camera", "width": 640, "height": 360}
        await clerk.say("show_participants", shown=[picture])
        await clerk.say("show_participants", shown=[])
        await clerk.barrier()
        (first, second) = court.worker.said(SetShown)
        assert first.participant == "clerk"
        assert first.shown == [ShownPicture(participant="judge", source=SourceLabel.CAMERA, width=640, height=360)]
        assert second.shown == []
