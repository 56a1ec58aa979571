"""Order in the courtroom over the socket: what the bench locks and allows, as grants, as events and in the journal."""

from pathlib import Path

from signaling.protocol.court_words import ErrorCode
from signaling.protocol.grants import SourceLabel
from signaling.protocol.to_client import Error, ParticipantChanged, PermissionsChanged
from tests.integration.acts import open_session
from tests.integration.small_court import SmallCourt, held


def may_send(court: SmallCourt, participant: str) -> tuple[SourceLabel, ...]:
    """As the room was told last."""
    member = court.worker.grants_of(participant)
    assert member is not None
    return member.grants.publish


async def test_a_locked_camera_leaves_the_voice_and_shows_as_locked(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        parties = await open_session(court, judge, clerk)
        await parties["plaintiff"].say("set_media", microphone=True, camera=True)
        await judge.until(ParticipantChanged, lambda said: said.participant.camera)
        await clerk.does("mute_participant", participant="plaintiff", source="camera", muted=True)
        assert may_send(court, "plaintiff") == (SourceLabel.MICROPHONE,)
        shown = await parties["defendant"].until(ParticipantChanged, lambda said: said.participant.camera_locked)
        assert shown.participant.microphone and not shown.participant.camera
        again = await clerk.act("mute_participant", participant="plaintiff", source="camera", muted=True)
        assert isinstance(again, Error) and again.code is ErrorCode.WRONG_STATE
        await clerk.does("mute_participant", participant="plaintiff", source="camera", muted=False)
        assert SourceLabel.CAMERA in may_send(court, "plaintiff")
        assert len(await court.rows("camera_locked")) == len(await court.rows("camera_unlocked")) == 1


async def test_everyone_but_the_court_is_muted_and_one_alone_may_speak(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        parties = await open_session(court, judge, clerk)

        def may_speak() -> set[str]:
            return {name for name in ("judge", "clerk", *parties) if SourceLabel.MICROPHONE in may_send(court, name)}

        await judge.does("mute_everyone", muted=True)
        assert may_speak() == {"judge", "clerk"}
        await judge.does("mute_everyone", muted=True, speaker="defendant")
        assert may_speak() == {"judge", "clerk", "defendant"}
        await judge.does("mute_everyone", muted=False)
        assert may_speak() == {"judge", "clerk", "plaintiff", "defendant"}
        assert len(await court.rows("microphone_locked")) == len(await court.rows("microphone_unlocked")) == 2
        refused = await parties["plaintiff"].act("mute_everyone", muted=True)
        assert isinstance(refused, Error) and refused.code is ErrorCode.NOT_PERMITTED


async def test_a_party_shares_a_screen_only_with_leave_and_loses_it_at_once(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        parties = await open_session(court, judge, clerk)
        plaintiff = parties["plaintiff"]
        assert SourceLabel.SCREEN not in may_send(court, "plaintiff")
        self_service = await plaintiff.act("allow_share", participant="plaintiff", allowed=True)
        assert isinstance(self_service, Error) and self_service.code is ErrorCode.NOT_PERMITTED
        await clerk.does("allow_share", participant="plaintiff", allowed=True)
        allowed = await plaintiff.until(PermissionsChanged, lambda said: SourceLabel.SCREEN in said.may_publish)
        assert "show_exhibit" in allowed.permissions
        assert SourceLabel.SCREEN in may_send(court, "plaintiff")
        await plaintiff.say("set_media", microphone=True, camera=True, screen=True)
        await judge.until(ParticipantChanged, lambda said: said.participant.screen)
        await judge.does("allow_share", participant="plaintiff", allowed=False)
        assert SourceLabel.SCREEN not in may_send(court, "plaintiff")
        await parties["defendant"].until(ParticipantChanged, lambda said: said.participant.screen)
        await parties["defendant"].until(ParticipantChanged, lambda said: not said.participant.screen)
        assert len(await court.rows("share_allowed")) == len(await court.rows("share_withdrawn")) == 1
        needless = await judge.act("allow_share", participant="clerk", allowed=True)
        assert isinstance(needless, Error) and needless.code is ErrorCode.INVALID_VALUE
