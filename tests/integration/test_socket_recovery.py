"""What breaks in the middle of a hearing: the server, the recorder, the judge's line."""

import json
import time
from dataclasses import replace
from pathlib import Path

from hearing_server.domain.hearing import HearingStatus
from hearing_server.domain.participant import Presence
from hearing_server.storage import archive, hearings
from signaling.protocol.facts import MediaConnected, MediaDisconnected, RecorderLost, RecorderRestored, SegmentSealed
from signaling.protocol.to_client import HearingChanged, ParticipantChanged, RecordingChanged
from signaling.protocol.worker import OpenRoom, RoomOpened, StartRecording, StartTranscription, StopRecording
from tests.integration.acts import admit_parties, open_session
from tests.integration.small_court import HEARING, TERMS, SmallCourt, held


async def test_a_restart_brings_a_session_back_and_records_again(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await open_session(court, judge, clerk)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        await judge.does("advance_stage", stage="debate")
    async with held(tmp_path) as court:
        await court.worker.obeyed(OpenRoom)
        started = await court.worker.obeyed(StartRecording)
        assert started.cause == "server_restarted"
        await court.worker.obeyed(StartTranscription)
        assert (await court.person("plaintiff")).presence is Presence.RECONNECTING
        judge = await court.connect("judge")
        welcome = await judge.hello(resume="lost with the server", last_sequence=7)
        assert welcome.snapshot is not None
        assert (welcome.snapshot.hearing.status, welcome.snapshot.hearing.stage) == ("in_session", "debate")
        plaintiff = await court.enter("plaintiff")
        assert plaintiff.hearing_status == "in_session"
        assert (await court.person("plaintiff")).place == "courtroom"
        async with court.database.reading() as transaction:
            causes = [span.start_cause for span in await archive.spans(transaction, HEARING)]
        assert causes == ["opened", "server_restarted"]
        assert (await court.chain()).valid


async def test_a_countdown_that_a_restart_broke_off_still_ends(tmp_path: Path) -> None:
    async with held(tmp_path, terms=replace(TERMS, opening_countdown_ms=100)) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await admit_parties(court, clerk)
        await clerk.does("mark_ready")
        await judge.does("open_hearing")
        assert (await court.hearing()).opens_at_ms is not None
    async with held(tmp_path) as court:
        judge = await court.enter("judge")
        while judge.hearing_status != "in_session":
            await judge.next()


async def test_a_recorder_that_comes_back_in_time_only_shows(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        parties = await open_session(court, judge, clerk)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        await _lose_recorder(court)
        warned = await judge.until(RecordingChanged, lambda said: said.recording.state == "failed")
        assert warned.recording.message
        told = await parties["plaintiff"].until(RecordingChanged, lambda said: said.recording.state == "failed")
        assert told.recording.message == ""
        await court.worker.tell(RecorderRestored(fact="restored", room=HEARING, hearing=HEARING, at_ms=2, away_ms=900))
        back = await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        assert back.recording.message == ""
        assert [row.type for row in await court.rows()][-2:] == ["recorder_lost", "recorder_restored"]


async def test_a_recorder_that_stays_away_interrupts_the_hearing(tmp_path: Path) -> None:
    async with held(tmp_path, terms=replace(TERMS, judge_lost_ms=20)) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await open_session(court, judge, clerk)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        await _lose_recorder(court)
        interrupted = await judge.until(HearingChanged, lambda said: said.hearing.status == "interrupted")
        assert interrupted.hearing.reason == "录音录像发生故障"


async def test_a_session_without_its_judge_is_interrupted_and_goes_on_when_the_judge_says_so(tmp_path: Path) -> None:
    async with held(tmp_path, terms=replace(TERMS, judge_lost_ms=20)) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await open_session(court, judge, clerk)
        await judge.drop()
        await clerk.until(HearingChanged, lambda said: said.hearing.status == "interrupted")
        row = (await court.rows("hearing_interrupted"))[0]
        assert json.loads(row.data)["cause"] == "judge_lost"
        judge = await court.enter("judge")
        await judge.does("resume_hearing")
        assert (await court.hearing()).status is HearingStatus.IN_SESSION
        assert [command.cause for command in court.worker.said(StartRecording)] == ["opened"]


async def test_two_short_absences_are_not_one_long_one(tmp_path: Path) -> None:
    async with held(tmp_path, terms=replace(TERMS, judge_lost_ms=3_000)) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await open_session(court, judge, clerk)
        await judge.drop()
        judge = await court.enter("judge")
        second_ms = time.time_ns() // 1_000_000
        await judge.drop()
        await clerk.until(HearingChanged, lambda said: said.hearing.status == "interrupted")
        (row,) = await court.rows("hearing_interrupted")
        assert json.loads(row.data)["lost_at_ms"] >= second_ms, "the wait begins anew with each absence"


async def test_a_room_made_anew_is_filled_again_and_clients_connect_again(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await open_session(court, judge, clerk)
        await court.worker.obeyed(StartRecording)
        await court.worker.tell(RoomOpened(room=HEARING, hearing=HEARING, anchor_utc_ms=2, anchor_monotonic_us=7))
        await court.worker.obeyed(StartRecording, lambda said: said.cause == "server_restarted")
        while "media_lost" not in [message.type for message in judge.heard]:
            await judge.next()


async def test_media_states_are_shown_and_a_lost_leg_is_told_from_a_closed_one(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        judge, clerk = await court.enter("judge"), await court.enter("clerk")
        where = {
            "room": HEARING,
            "hearing": HEARING,
            "participant": "clerk",
            "direction": "publish",
            "connection": "up",
        }
        await court.worker.tell(MediaConnected(fact="c1", at_ms=1, path="udp", setup_ms=30, **where))
        await judge.until(ParticipantChanged, lambda said: said.participant.connection == "connected")
        gone = {
            "path": "udp",
            "moves": 0,
            "connected_ms": 60_000,
            "last_stun_age_ms": 21_000,
            "last_packet_age_ms": 20_990,
        }
        gone |= {"round_trip_ms": None, "jitter_ms": 3, "packets": 10, "octets": 900, "lost": 1}
        await court.worker.tell(MediaDisconnected(fact="d1", at_ms=2, cause="expired", **where, **gone))
        await judge.until(ParticipantChanged, lambda said: said.participant.connection == "lost")
        row = json.loads((await court.rows("media_disconnected"))[0].data)
        assert row == {"participant": "clerk", "direction": "publish", "connection": "up", "cause": "expired", **gone}
        await clerk.barrier()


async def test_sealed_segments_are_on_record_for_the_archive(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        fact = SegmentSealed(
            fact="s1",
            room=HEARING,
            hearing=HEARING,
            at_ms=1,
            participant="judge",
            track="audio-1",
            source="microphone",
            path="judge/audio-1/0001.mkv",
            start_ms=1,
            end_ms=10_001,
            size_bytes=4,
            sha256="0" * 64,
            packets_received=500,
            packets_written=500,
            packets_read_back=500,
            recovered=False,
        )
        await court.worker.tell(fact)
        await court.worker.acknowledged("s1")
        async with court.database.reading() as transaction:
            segments = await archive.segments(transaction, HEARING)
        assert [(segment.path, segment.packets_read_back) for segment in segments] == [("judge/audio-1/0001.mkv", 500)]
        assert json.loads((await court.rows("segment_sealed"))[0].data)["sha256"] == "0" * 64


async def test_a_closed_hearing_nobody_asked_to_render_is_asked_for_at_the_next_start(tmp_path: Path) -> None:
    async with held(tmp_path, status=HearingStatus.CLOSED) as court:
        assert court.jobs.composites == [HEARING]


async def test_a_recording_whose_end_the_server_did_not_hear_is_finished_at_the_next_start(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await open_session(court, judge, clerk)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        async with court.database.transaction() as transaction:
            hearing = await hearings.by_id(transaction, HEARING)
            assert hearing is not None
            await hearings.save(transaction, replace(hearing, status=HearingStatus.CLOSED))
    async with held(tmp_path) as court:
        assert (await court.worker.obeyed(StopRecording)).cause == "closed"
        await court.jobs.asked.wait()
        assert court.jobs.composites == [HEARING]


async def test_the_lobby_opens_by_itself_when_it_is_time(tmp_path: Path) -> None:
    async with held(tmp_path, status=HearingStatus.SCHEDULED, due=True) as court:
        clerk = await court.connect("clerk")
        welcome = await clerk.hello()
        if welcome.snapshot is not None and welcome.snapshot.hearing.status == "scheduled":
            await clerk.until(HearingChanged, lambda said: said.hearing.status == "lobby_open")
        assert (await court.rows("lobby_opened"))[0].actor == "server"


async def _lose_recorder(court: SmallCourt) -> None:
    lost = RecorderLost(fact=court.worker.next_fact(), room=HEARING, hearing=HEARING, at_ms=1, message="killed")
    await court.worker.tell(lost)
    await court.worker.acknowledged(lost.fact)
