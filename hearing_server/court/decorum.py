"""Order in the courtroom: hands, muting, asking to unmute, what each has switched on."""

from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.session import Session
from hearing_server.domain.errors import WrongState
from hearing_server.domain.media_rights import Source, media_rights
from hearing_server.domain.permissions import Act
from signaling.protocol.from_client import AskToUnmute, MuteParticipant, RaiseHand, SetMedia
from signaling.protocol.to_client import UnmuteAsked


async def raise_hand(live: LiveHearing, session: Session, message: RaiseHand) -> None:
    async with live.act(session, Act.TAKE_PART) as deed:
        person = deed.person(session.participant)
        if message.raised and not (person.is_in_courtroom and media_rights(person, deed.hearing).publish_to):
            raise WrongState("not_in_courtroom")
        await deed.change_person(person.raise_hand(message.raised, deed.now_ms))
        await deed.note("hand_raised" if message.raised else "hand_lowered")


async def mute_participant(live: LiveHearing, session: Session, message: MuteParticipant) -> None:
    """The room stops taking the microphone; unlocking only lets the participant unmute by themself."""
    async with live.act(session, Act.MUTE_PARTICIPANT) as deed:
        muted = deed.person(message.participant).mute(message.muted)
        await deed.change_person(muted)
        deed.afterwards.append(live.line(muted.id).silence)
        await deed.note("microphone_locked" if message.muted else "microphone_unlocked", {"participant": muted.id})


async def ask_to_unmute(live: LiveHearing, session: Session, message: AskToUnmute) -> None:
    async with live.act(session, Act.ASK_TO_UNMUTE) as deed:
        asked = live.line(deed.person(message.participant).id).session
        if asked is None or not deed.person(message.participant).is_here:
            raise WrongState("not_here")
        await deed.note("unmute_asked", {"participant": message.participant})
        deed.afterwards.append(lambda: asked.tell(UnmuteAsked(type="unmute_asked", sequence=0)))


async def set_media(live: LiveHearing, session: Session, message: SetMedia) -> None:
    """For others to see; nobody shows as switched on what they may not send."""
    async with live.lock:
        may_send = media_rights(live.person(session.participant), live.hearing).publish
        line = live.line(session.participant)
        line.microphone = message.microphone and Source.MICROPHONE in may_send
        line.camera = message.camera and Source.CAMERA in may_send
        line.screen = message.screen and Source.SCREEN in may_send
        await live.announce()
