"""Who is told what (WIT-1, PUB-1, PUB-2): proven by everything that crossed the wire and by what the room was told."""

from pathlib import Path

from hearing_server.domain.hearing import Openness
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.grants import Grants, SourceLabel
from signaling.protocol.to_client import Error, ParticipantChanged, SnapshotReplaced, UtteranceChanged
from signaling.protocol.worker import CaptionHeard, SetMember, SpeakingChanged
from tests.integration.acts import admit, hear_utterance, open_session
from tests.integration.court_client import CourtClient
from tests.integration.small_court import HEARING, SmallCourt, held

SECRETS = ("货款三十万", "utterance1", "investigation", "法庭调查", "人-plaintiff", "人-judge", "speaking", "午休")
"""Words, ids and names of the proceedings that no outsider may be sent."""


async def _proceed(court: SmallCourt, judge: CourtClient, clerk: CourtClient) -> None:
    """Everything that would leak: a stage, levels, a partial and a final caption, an edit, a recess with a reason."""
    await judge.does("advance_stage", stage="investigation")
    await court.worker.tell(SpeakingChanged(room=HEARING, participants=["plaintiff"]))
    await court.worker.tell(
        CaptionHeard(room=HEARING, hearing=HEARING, utterance="utterance1", participant="plaintiff", text="货款三十万")
    )
    await hear_utterance(court, "utterance1", "plaintiff", "货款三十万")
    await clerk.does(
        "edit_utterance", utterance="utterance1", base_revision=0, text="货款三十万元。", participant="plaintiff"
    )
    await judge.does("call_recess", reason="午休")


async def test_a_witness_is_told_nothing_before_being_called_and_after_dismissal(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        witness = await court.enter("witness")
        await open_session(court, judge, clerk)
        await clerk.does("verify_identity", participant="witness")
        await judge.does("admit", participant="witness")
        called = await witness.until(SnapshotReplaced)
        assert called.snapshot.hearing.stage == "attendance_check"
        member = await court.worker.obeyed(
            SetMember, lambda said: said.participant == "witness" and bool(said.grants.publish)
        )
        assert member.grants.receive_from == ("courtroom",)
        await judge.does("send_to_waiting", participant="witness")
        dismissed = await witness.until(SnapshotReplaced)
        assert [view.participant for view in dismissed.snapshot.participants] == ["witness"]
        assert dismissed.snapshot.hearing.stage is None
        await witness.barrier()
        heard_until_dismissed = len(witness.raw)
        await _proceed(court, judge, clerk)
        await witness.barrier()
        after = "".join(witness.raw[heard_until_dismissed:])
        assert "recess" in after
        assert not [secret for secret in SECRETS if secret in after]
        last = court.worker.grants_of("witness")
        assert last is not None
        assert last.grants == Grants()


async def test_nobody_outside_the_courtroom_is_told_of_the_proceedings(tmp_path: Path) -> None:
    async with held(tmp_path, openness=Openness.CLOSED_BY_LAW) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        outsiders = {name: await court.enter(name) for name in ("witness", "observer")}
        await open_session(court, judge, clerk)
        await _proceed(court, judge, clerk)
        for name, outsider in outsiders.items():
            await outsider.barrier()
            assert outsider.hearing_status == "recess"
            told = "".join(outsider.raw)
            assert not [secret for secret in SECRETS if secret in told], name
            member = court.worker.grants_of(name)
            assert member is not None
            assert member.grants == Grants()


async def test_an_observer_receives_a_public_session_and_nothing_else(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        observer = await court.enter("observer")
        before = court.worker.grants_of("observer")
        assert before is None or before.grants == Grants()
        await open_session(court, judge, clerk)
        member = await court.worker.obeyed(
            SetMember, lambda said: said.participant == "observer" and said.grants != Grants()
        )
        assert member.grants == Grants(receive_from=("courtroom",))
        opened = await observer.until(SnapshotReplaced)
        assert opened.snapshot.hearing.stage == "attendance_check"
        assert {view.participant for view in opened.snapshot.participants} == {
            "judge",
            "clerk",
            "plaintiff",
            "defendant",
            "observer",
        }
        await hear_utterance(court, "utterance1", "plaintiff", "货款三十万")
        await judge.does("call_recess", reason="午休")
        await observer.until(SnapshotReplaced)
        await observer.barrier()
        assert "货款三十万" not in "".join(observer.raw)
        assert "午休" not in "".join(observer.raw)
        last = court.worker.grants_of("observer")
        assert last is not None
        assert last.grants == Grants()


async def test_an_observer_who_publishes_is_refused_and_journalled(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        observer = await court.enter("observer")
        await open_session(court, judge, clerk)
        await observer.say("publish_offer", connection="c", sdp="v=0", sources=[])
        refused = await observer.until(Error)
        assert refused.code is ErrorCode.NOT_PERMITTED
        assert not [command for command in court.worker.commands if command.type == "offer_publish"]
        assert len(await court.rows("act_refused")) == 1


async def test_only_one_witness_is_in_court_and_only_the_judge_calls(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        for name in ("witness", "witness2"):
            await court.enter(name)
        await open_session(court, judge, clerk)
        for name in ("witness", "witness2"):
            await clerk.does("verify_identity", participant=name)
        refused = await clerk.act("admit", participant="witness")
        assert isinstance(refused, Error)
        assert refused.code is ErrorCode.NOT_PERMITTED
        await judge.does("admit", participant="witness")
        second = await judge.act("admit", participant="witness2")
        assert isinstance(second, Error)
        assert second.code is ErrorCode.WRONG_STATE


async def test_a_locked_microphone_is_taken_from_the_grants(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        parties = await open_session(court, judge, clerk)
        await parties["plaintiff"].say("set_media", microphone=True, camera=True)
        await judge.until(ParticipantChanged, lambda said: said.participant.microphone)
        await judge.does("mute_participant", participant="plaintiff", muted=True)
        muted = court.worker.grants_of("plaintiff")
        assert muted is not None
        assert muted.grants.publish == (SourceLabel.CAMERA,)
        shown = await parties["defendant"].until(ParticipantChanged, lambda said: said.participant.muted_by_court)
        assert not shown.participant.microphone
        await parties["plaintiff"].say("set_media", microphone=True, camera=True)
        await parties["plaintiff"].barrier()
        await judge.does("mute_participant", participant="plaintiff", muted=False)
        unlocked = court.worker.grants_of("plaintiff")
        assert unlocked is not None
        assert SourceLabel.MICROPHONE in unlocked.grants.publish


async def test_parties_in_the_lobby_see_themselves_alone_until_admitted(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk = await court.enter("clerk")
        plaintiff = await court.connect("plaintiff")
        welcome = await plaintiff.hello()
        assert welcome.snapshot is not None
        assert [view.participant for view in welcome.snapshot.participants] == ["plaintiff"]
        assert welcome.may_publish == []
        await clerk.until(ParticipantChanged, lambda said: said.participant.participant == "plaintiff")
        await admit(clerk, "plaintiff")
        inside = await plaintiff.until(SnapshotReplaced)
        assert {view.participant for view in inside.snapshot.participants} == {"clerk", "plaintiff"}
        assert not plaintiff.all_heard(UtteranceChanged)
