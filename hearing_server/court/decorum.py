"""Order in the courtroom: hands, locks, leave to show a screen, asking to unmute, what each has switched on."""

from functools import partial

from hearing_server.court.deed import Deed
from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.session import Session
from hearing_server.domain.errors import InvalidValue, WrongState
from hearing_server.domain.media_rights import Source, media_rights
from hearing_server.domain.participant import Participant
from hearing_server.domain.permissions import Act, Extent, extent
from hearing_server.domain.role import COURT_STAFF
from signaling.protocol.from_client import AllowShare, AskToUnmute, MuteEveryone, MuteParticipant, RaiseHand, SetMedia
from signaling.protocol.to_client import UnmuteAsked


async def raise_hand(live: LiveHearing, session: Session, message: RaiseHand) -> None:
    async with live.act(session, Act.TAKE_PART) as deed:
        person = deed.person(session.participant)
        if message.raised and not (person.is_in_courtroom and media_rights(person, deed.hearing).publish_to):
            raise WrongState("not_in_courtroom")
        await deed.change_person(person.raise_hand(message.raised, deed.now_ms))
        await deed.note("hand_raised" if message.raised else "hand_lowered")


async def mute_participant(live: LiveHearing, session: Session, message: MuteParticipant) -> None:
    """The room stops taking the microphone or camera; unlocking only lets the participant switch it on by themself."""
    async with live.act(session, Act.MUTE_PARTICIPANT) as deed:
        await _lock(live, deed, deed.person(message.participant), Source(message.source), message.muted)


async def mute_everyone(live: LiveHearing, session: Session, message: MuteEveryone) -> None:
    """Who leads the hearing or writes it down stays heard, and so does the one speaker. Whoever is locked already stays so."""
    async with live.act(session, Act.MUTE_PARTICIPANT) as deed:
        if message.speaker is not None:
            deed.person(message.speaker)
        for person in list(deed.people.values()):
            muted = message.muted and person.id != message.speaker
            if person.is_in_courtroom and person.role not in COURT_STAFF and person.muted_by_court is not muted:
                await _lock(live, deed, person, Source.MICROPHONE, muted)


async def _lock(live: LiveHearing, deed: Deed, person: Participant, source: Source, locked: bool) -> None:
    await deed.change_person(person.mute(locked) if source is Source.MICROPHONE else person.lock_camera(locked))
    deed.afterwards.append(partial(live.line(person.id).lock, source))
    await deed.note(f"{source}_locked" if locked else f"{source}_unlocked", {"participant": person.id})


async def allow_share(live: LiveHearing, session: Session, message: AllowShare) -> None:
    """Only somebody whom the permission table lets show something *if granted* can be let."""
    async with live.act(session, Act.ALLOW_SHARE) as deed:
        person = deed.person(message.participant)
        if extent(person.role, Act.SHOW_EXHIBIT) is not Extent.IF_GRANTED:
            raise InvalidValue("shares_by_role_or_never")
        await deed.change_person(person.allow_share(message.allowed))
        if not message.allowed:
            deed.afterwards.append(partial(live.line(person.id).lock, Source.SCREEN))
        await deed.note("share_allowed" if message.allowed else "share_withdrawn", {"participant": person.id})


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
