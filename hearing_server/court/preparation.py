"""What people do before and beside the hearing, each a fact in the journal: device check, court rules, quality of the line."""

import secrets

from hearing_server.court.lines import hear_own_figures
from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.session import Session
from hearing_server.domain.discipline import is_known
from hearing_server.domain.errors import InvalidValue
from hearing_server.domain.permissions import Act
from hearing_server.storage import participants
from signaling.protocol.from_client import AcknowledgeDiscipline, ReportDevices, ReportQuality

QUALITY_EACH_MS = 4_000
"""Between two changes of the word in the journal."""


async def report_devices(live: LiveHearing, session: Session, message: ReportDevices) -> None:
    async with live.act(session, Act.TAKE_PART) as deed:
        data = {"camera": message.camera, "microphone": message.microphone, "speaker": message.speaker}
        await deed.note("devices_reported", data)


async def acknowledge_discipline(live: LiveHearing, session: Session, message: AcknowledgeDiscipline) -> None:
    """OPN-2: time and hash of the wording are kept. Only a wording this court shows counts."""
    if not is_known(message.text_sha256):
        raise InvalidValue("unknown_rules")
    async with live.act(session, Act.TAKE_PART) as deed:
        await participants.acknowledge_discipline(
            deed.transaction,
            secrets.token_hex(10),
            deed.hearing.id,
            session.participant,
            message.text_sha256,
            deed.now_ms,
        )
        await deed.note("discipline_acknowledged", {"text_sha256": message.text_sha256})


async def report_quality(live: LiveHearing, session: Session, message: ReportQuality) -> None:
    """The figures are kept with the lines; the word is journalled when it changes, as evidence of why somebody vanished later
    (ABS-1). Devices report each five seconds, and one that reports more often is not heard more often."""
    hear_own_figures(live, session.participant, message)
    async with live.lock:
        line, now_ms = live.line(session.participant), live.resources.clock.now_ms()
        if line.quality == message.quality or now_ms - line.quality_at_ms < QUALITY_EACH_MS:
            return
        async with live.deed(f"participant:{session.participant}") as deed:
            await deed.note(
                "quality_changed",
                {
                    "quality": message.quality,
                    "round_trip_ms": round(message.round_trip_ms),
                    "loss_per_mille": round(message.loss * 1000),
                    "received_kbps": round(message.received_kbps),
                    "sent_kbps": round(message.sent_kbps),
                    "freezes": message.freezes,
                },
            )
        line.quality, line.quality_at_ms = message.quality, now_ms
