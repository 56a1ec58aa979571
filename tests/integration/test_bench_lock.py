"""The bench locks a microphone or a camera of somebody whose client goes on sending: the server sends it on to nobody."""

import asyncio
import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
import structlog

from hearing_server.demo.court_api import CourtApi
from hearing_server.demo.court_session import CourtSession
from recorder.verify import verify_folder
from signaling.protocol.from_client import (
    AcknowledgeDiscipline,
    Admit,
    MuteParticipant,
    Subscribe,
    SubscribeAnswer,
    VerifyIdentity,
)
from signaling.protocol.grants import SourceLabel
from signaling.protocol.to_client import ServerMessage, SubscribeOffer
from tests.integration.whole_court import WholeCourt, hearing_in_session
from tests.integration.whole_server import whole_server
from tests.webrtc_client import FlashCamera, Participant, participant
from tests.wire_ear import WireEar

CYCLES = 8
STRAY_PACKETS = 5
"""On the way, in buffers or in this process when the lock was confirmed: 100 ms of a voice."""


@asynccontextmanager
async def listening(session: CourtSession) -> AsyncIterator[WireEar]:
    """Everything that the holder of ``session`` is sent."""
    connection = "wire"

    async def answer(negotiation: int, sdp: str) -> None:
        await session.send(SubscribeAnswer(connection=connection, negotiation=negotiation, sdp=sdp))

    ear = await WireEar(answer).open()
    offers: asyncio.Queue[SubscribeOffer] = asyncio.Queue()

    def look(_at_ms: float, message: ServerMessage) -> None:
        if isinstance(message, SubscribeOffer) and message.connection == connection:
            offers.put_nowait(message)

    async def take() -> None:
        while True:
            offer = await offers.get()
            await ear.take_offer(offer.negotiation, offer.sdp)

    stop, taking = session.listen(look), asyncio.create_task(take())
    try:
        await session.send(Subscribe(connection=connection))
        yield ear
    finally:
        stop()
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
        await ear.peer.close()


@asynccontextmanager
async def witness_in_court(court: WholeCourt, base_url: str) -> AsyncIterator[Participant]:
    """Called in, and sending: this client obeys no lock."""
    clerk, judge = court.session("clerk"), court.session("presiding_judge")
    async with CourtApi(base_url) as api:
        seat = await api.join(court.scheduled.tokens["witness"])
        async with participant(api, seat) as witness:
            request = witness.session.next_request
            await witness.session.act(AcknowledgeDiscipline(request=request(), text_sha256=seat.discipline_sha256))
            await clerk.act(VerifyIdentity(request=clerk.next_request(), participant=witness.id))
            await judge.act(Admit(request=judge.next_request(), participant=witness.id))
            await witness.session.until(lambda view: SourceLabel.CAMERA in view.may_publish, 20)
            await witness.publish(FlashCamera)
            yield witness


async def lock(
    judge: CourtSession, who: str, source: Literal["microphone", "camera"], muted: bool
) -> tuple[float, float]:
    """When the act was sent and when it was accepted, on the event loop's clock."""
    loop = asyncio.get_running_loop()
    sent_s = loop.time()
    await judge.act(MuteParticipant(request=judge.next_request(), participant=who, source=source, muted=muted))
    return sent_s, loop.time()


@pytest.mark.parametrize("source", ["microphone", "camera"])
async def test_after_the_lock_nothing_of_a_defiant_client_is_forwarded(
    tmp_path: Path, source: Literal["microphone", "camera"], record_property: Callable[[str, object], None]
) -> None:
    other: SourceLabel = SourceLabel.CAMERA if source == "microphone" else SourceLabel.MICROPHONE
    async with (
        whole_server(tmp_path) as server,
        hearing_in_session(server) as court,
        witness_in_court(court, server.base_url) as witness,
        listening(court.session("clerk")) as ear,
    ):
        judge, locked, free = court.session("presiding_judge"), (witness.id, SourceLabel(source)), (witness.id, other)
        out_of_step = (court.scheduled.participants["defendant"], SourceLabel.CAMERA)
        cut_ms: list[float] = []
        for _ in range(CYCLES):
            await ear.more(locked, 5)
            await ear.more(out_of_step, 1)  # so that the lock falls anywhere between two packets
            sent_s, accepted_s = await lock(judge, witness.id, source, True)
            await ear.more(free, 25)  # meanwhile the defiant client has sent as much of the locked source
            stray = [at for at in ear.arrivals[locked] if at > accepted_s]
            assert len(stray) <= STRAY_PACKETS
            ended = len(ear.arrivals[locked])
            await ear.more(free, 25)
            assert len(ear.arrivals[locked]) == ended
            cut_ms.append(max(0.0, ear.arrivals[locked][-1] - sent_s) * 1000)
            await lock(judge, witness.id, source, False)
        sent = await witness.publication.sent_packets()
        assert sent["audio"] > 50 * CYCLES
        await court.close()
        rows = await court.journal()
        journal = [row.type for row in rows]
        assert journal.count(f"{source}_locked") == journal.count(f"{source}_unlocked") == CYCLES
        kind = SourceLabel(source).kind
        gaps = [row.data for row in rows if row.type == "recording_gap" and row.data["participant"] == witness.id]
        causes = {gap["cause"] for gap in gaps if str(gap["track"]).startswith(kind)}
        assert causes <= {"undecodable"}, (
            "a lock is no loss; pictures before the first whole one say why they are missing"
        )
        sealed = [row.data for row in rows if row.type == "segment_sealed" and row.data["participant"] == witness.id]
        assert len([row for row in sealed if row["source"] == source]) >= CYCLES, "cut at each lock"
        assert verify_folder(server.recordings(court.hearing), court.hearing) == []
    measured = {"median": round(statistics.median(cut_ms)), "worst": round(max(cut_ms))}
    record_property("act_to_last_packet_ms", measured)
    structlog.get_logger().info("lock_measured", source=source, act_to_last_packet_ms=measured)
