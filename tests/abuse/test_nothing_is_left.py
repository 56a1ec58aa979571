"""Who came and went leaves nothing behind (check 15): legs over real DTLS, and sessions over real WebSockets."""

import asyncio
import gc
from pathlib import Path

import pytest

from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.session import Session
from hearing_server.domain.hearing import HearingStatus
from hearing_server.web.socket import SocketLimits
from signaling.media.leg import Leg
from signaling.media.leg_transport import LegTransport
from signaling.media.outlet import Outlet
from signaling.media.publication import Publication
from signaling.media.source import Source
from signaling.protocol.facts import MediaConnected, MediaDisconnected, TrackPublished
from signaling.protocol.worker import AcknowledgeFacts, OpenRoom, RemoveMember, RoomOpened
from signaling.room.member import Member
from tests.abuse.recorded_court import RecordedCourt, recorded_court
from tests.abuse.what_is_left import holding, resident_bytes, settles
from tests.integration.acts import open_session
from tests.integration.small_court import HEARING, SmallCourt, held
from tests.unit.signaling.media.rtp_peer import opus, vp8, vp8_payload

OF_MEDIA = (Leg, LegTransport, Source, Publication, Outlet, Member)


async def come_and_go(court: RecordedCourt, name: str) -> None:
    """Joins, speaks and shows, receives the judge, and leaves."""
    await court.enter(name, court.in_court)
    up = await court.peer()
    await up.connect(await court.offer(name, up))
    await court.next(MediaConnected, participant=name, direction="publish")
    up.send_rtp(opus(1, 11), vp8(1, 21, vp8_payload(1, 1, key=True, height=180)))
    for _ in range(2):
        await court.next(TrackPublished, participant=name)
    down = await court.subscribe(name)
    await court.follow_offers()
    while down.rtp.empty():
        await court.talk()
    await court.bus.send(RemoveMember(room="r", participant=name))
    for _ in range(2):
        await court.next(MediaDisconnected, participant=name)
    await court.follow_offers()
    for peer in (up, down):
        await peer.close()
        court.peers.remove(peer)
    facts = [each.fact for each in court.spool.outstanding()]
    await court.bus.send(AcknowledgeFacts(facts=facts))
    court.heard.clear()


async def all_gone(court: RecordedCourt) -> None:
    """The room has come to the end of what it was told, and the clerk of what it was offered."""
    await court.hall.recorder.barrier()
    await court.bus.send(OpenRoom(room="r", hearing="h"))
    await court.next(RoomOpened)
    await court.follow_offers()
    await court.talk(2)
    court.heard.clear()


async def test_forty_joins_and_leaves_leave_no_leg_no_task_and_no_descriptor(tmp_path: Path) -> None:
    async with recorded_court(tmp_path) as court:
        await come_and_go(court, "first")  # what is made once is made
        await all_gone(court)
        idle = holding(*OF_MEDIA)
        for number in range(40):
            await come_and_go(court, f"p{number}")
        await all_gone(court)
        assert await settles(lambda: holding(*OF_MEDIA) == idle), (idle, holding(*OF_MEDIA))
        assert len(court.endpoint._legs) == 2 == len(court.endpoint._by_ufrag)
        assert court.hall.recorder.kept_bytes < 100_000 and len(court.hall.recorder._backlog._tracks) == 2
        assert court.spool.outstanding() == [] or len(court.spool.outstanding()) < 5


@pytest.mark.soak
async def test_five_hundred_joins_and_leaves_are_within_five_per_cent_of_idle(tmp_path: Path) -> None:
    async with recorded_court(tmp_path) as court:
        for number in range(50):
            await come_and_go(court, f"warm{number}")
        await all_gone(court)
        idle, memory = holding(*OF_MEDIA), resident_bytes()
        for number in range(500):
            await come_and_go(court, f"p{number}")
        await all_gone(court)
        assert await settles(lambda: holding(*OF_MEDIA) == idle), (idle, holding(*OF_MEDIA))
        after = resident_bytes()
        print(f"500 joins and leaves: {idle} before and after; memory {memory >> 10} kB, then {after >> 10} kB")  # noqa: T201
        assert after <= memory * 1.05


# -------------------------------------------------------------------- sessions


async def visit(court: SmallCourt, participant: str) -> None:
    client = await court.enter(participant)
    await client.say("subscribe", connection="c")
    await client.barrier()
    await client.drop()


@pytest.mark.parametrize("times", [40, pytest.param(500, marks=pytest.mark.soak)])
async def test_sessions_that_come_and_go_leave_one_appointment_each(tmp_path: Path, times: int) -> None:
    async with held(tmp_path, limits=SocketLimits(messages_per_s=1e6, burst=1_000_000)) as court:
        judge = await court.enter("judge")
        for participant in ("clerk2", "observer"):
            await visit(court, participant)
        assert await settles(lambda: len(court.server.runner.server.connections) == 1)  # type: ignore[union-attr]
        await judge.barrier()
        idle, memory = holding(LiveHearing, Session), resident_bytes()
        for number in range(times):
            await visit(court, ("clerk2", "observer")[number % 2])
            if number % 20 == 0:
                await judge.barrier()
        await judge.barrier()
        assert await settles(lambda: holding(LiveHearing, Session) == idle), (idle, holding(LiveHearing, Session))
        if times >= 500:
            assert resident_bytes() <= memory * 1.05


async def test_a_closed_hearing_that_everybody_left_is_put_away(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        judge, clerk = await court.enter("judge"), await court.enter("clerk")
        parties = await open_session(court, judge, clerk)
        await judge.does("close_hearing", reason="测试结束")
        await court.synchronised()
        for client in (judge, clerk, *parties.values()):
            await client.drop()
        assert await settles(lambda: not court.courthouse._hearings)
        gc.collect()
        back = await court.enter("clerk")  # it is only out of memory
        assert back.hearing_status == HearingStatus.CLOSED
        assert list(court.courthouse._hearings) == [HEARING]


async def test_two_who_come_back_to_a_hearing_that_was_put_away_meet(tmp_path: Path) -> None:
    async with held(tmp_path, status=HearingStatus.CLOSED) as court:
        for _ in range(10):
            one, other = await asyncio.gather(court.enter("clerk"), court.enter("judge"))
            assert len((await court.courthouse.live(HEARING)).sessions) == 2
            await asyncio.gather(one.drop(), other.drop())
            assert await settles(lambda: not court.courthouse._hearings)
