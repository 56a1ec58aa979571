"""Which act each message of a client is. Declared once; an act refused by the permission table is journalled here."""

from typing import assert_never

from hearing_server.court import attendance, bench, decorum, door, media_lines, preparation, record
from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.session import Session
from hearing_server.domain.errors import NotPermitted
from signaling.protocol import from_client

CourtMessage = (
    from_client.PublishOffer
    | from_client.Subscribe
    | from_client.SubscribeAnswer
    | from_client.ShowParticipants
    | from_client.SetMedia
    | from_client.RaiseHand
    | from_client.ReportDevices
    | from_client.AcknowledgeDiscipline
    | from_client.OpenLobby
    | from_client.MarkReady
    | from_client.OpenHearing
    | from_client.CallRecess
    | from_client.ResumeHearing
    | from_client.CloseHearing
    | from_client.AdvanceStage
    | from_client.VerifyIdentity
    | from_client.Admit
    | from_client.SendToWaiting
    | from_client.MuteParticipant
    | from_client.MuteEveryone
    | from_client.AllowShare
    | from_client.AskToUnmute
    | from_client.EditUtterance
    | from_client.EditingUtterance
    | from_client.ReportQuality
    | from_client.Leave
)
"""Everything a client says that is an act in the hearing; hello and ping concern only the socket."""


async def carry_out(live: LiveHearing, session: Session, message: CourtMessage) -> None:
    """Raises a ``Refused``; nothing has changed then."""
    try:
        await _act(live, session, message)
    except NotPermitted as refusal:
        async with live.lock, live.deed(f"participant:{session.participant}") as deed:
            await deed.note("act_refused", {"act": refusal.because, "message": message.type})
        raise


async def _act(live: LiveHearing, session: Session, message: CourtMessage) -> None:
    match message:
        case from_client.PublishOffer():
            await media_lines.publish_offer(live, session, message)
        case from_client.Subscribe():
            await media_lines.subscribe(live, session, message)
        case from_client.SubscribeAnswer():
            await media_lines.subscribe_answer(live, session, message)
        case from_client.ShowParticipants():
            await media_lines.show_participants(live, session, message)
        case from_client.SetMedia():
            await decorum.set_media(live, session, message)
        case from_client.RaiseHand():
            await decorum.raise_hand(live, session, message)
        case from_client.ReportDevices():
            await preparation.report_devices(live, session, message)
        case from_client.AcknowledgeDiscipline():
            await preparation.acknowledge_discipline(live, session, message)
        case from_client.OpenLobby():
            await door.open_lobby(live, session, message)
        case from_client.MarkReady():
            await door.mark_ready(live, session, message)
        case from_client.OpenHearing():
            await bench.open_hearing(live, session, message)
        case from_client.CallRecess():
            await bench.call_recess(live, session, message)
        case from_client.ResumeHearing():
            await bench.resume_hearing(live, session, message)
        case from_client.CloseHearing():
            await bench.close_hearing(live, session, message)
        case from_client.AdvanceStage():
            await bench.advance_stage(live, session, message)
        case from_client.VerifyIdentity():
            await door.verify_identity(live, session, message)
        case from_client.Admit():
            await door.admit(live, session, message)
        case from_client.SendToWaiting():
            await door.send_to_waiting(live, session, message)
        case from_client.MuteParticipant():
            await decorum.mute_participant(live, session, message)
        case from_client.MuteEveryone():
            await decorum.mute_everyone(live, session, message)
        case from_client.AllowShare():
            await decorum.allow_share(live, session, message)
        case from_client.AskToUnmute():
            await decorum.ask_to_unmute(live, session, message)
        case from_client.EditUtterance():
            await record.edit_utterance(live, session, message)
        case from_client.EditingUtterance():
            await record.editing_utterance(live, session, message)
        case from_client.ReportQuality():
            await preparation.report_quality(live, session, message)
        case from_client.Leave():
            await attendance.leave(live, session, message)
        case _:
            assert_never(message)
