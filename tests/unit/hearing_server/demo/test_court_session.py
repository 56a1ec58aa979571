"""The client keeps its place in court: acts are answered, events change the view, a lost socket is taken up again."""

import asyncio

import pytest

from hearing_server.demo.court_session import CourtSession
from hearing_server.demo.failures import Disconnected, Refused
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.from_client import AskToUnmute, RaiseHand
from signaling.protocol.to_client import HearingChanged
from tests.unit.hearing_server.demo.court_twin import GOOD_TOKEN, CourtTwin, court_twin


async def test_hello_fills_the_view() -> None:
    async with court_twin(CourtTwin()) as api, CourtSession(api, GOOD_TOKEN) as session:
        assert session.view.me == "p1"
        assert session.view.status == "lobby_open"
        assert session.view.permissions == {"raise_hand"}


async def test_an_act_ends_accepted_or_refused() -> None:
    async with court_twin(CourtTwin()) as api, CourtSession(api, GOOD_TOKEN) as session:
        await session.act(RaiseHand(request=session.next_request(), raised=True))
        with pytest.raises(Refused) as refused:
            await session.act(AskToUnmute(request=session.next_request(), participant="p2"))
        assert refused.value.code is ErrorCode.NOT_PERMITTED
        await session.barrier()


async def test_a_forged_token_is_refused_at_the_door() -> None:
    twin = CourtTwin()
    async with court_twin(twin) as api:
        with pytest.raises(Refused) as refused:
            async with CourtSession(api, "forged"):
                pass
        assert refused.value.code is ErrorCode.TOKEN_INVALID
        assert len(twin.hellos) == 1


async def test_events_are_waited_for() -> None:
    twin = CourtTwin()
    async with court_twin(twin) as api, CourtSession(api, GOOD_TOKEN) as session:
        expected = asyncio.ensure_future(
            session.expect(HearingChanged, lambda message: message.hearing.status == "in_session")
        )
        await session.barrier()
        await twin.happen("ready")
        await twin.happen("in_session")
        assert (await expected).sequence == 2
        await session.until(lambda view: view.status == "in_session")


async def test_a_lost_socket_is_taken_up_again_with_what_was_missed() -> None:
    twin = CourtTwin()
    async with court_twin(twin) as api, CourtSession(api, GOOD_TOKEN) as session:
        await twin.happen("ready")
        await session.until(lambda view: view.status == "ready")
        await twin.happen("in_session", tell=False)
        session.drop_socket()
        await session.until(lambda view: view.status == "in_session")
        hello = twin.hellos[-1]
        assert (hello.resume, hello.last_sequence) == ("secret", 1)
        await session.barrier()


async def test_without_persistence_a_lost_socket_ends_what_waits() -> None:
    twin = CourtTwin()
    async with court_twin(twin) as api, CourtSession(api, GOOD_TOKEN, persistent=False) as session:
        waiting = asyncio.ensure_future(session.until(lambda view: view.status == "closed"))
        await session.barrier()
        session.drop_socket()
        with pytest.raises(Disconnected):
            await waiting
        assert len(twin.hellos) == 1


async def test_a_goodbye_for_good_ends_the_session() -> None:
    twin = CourtTwin()
    async with court_twin(twin) as api, CourtSession(api, GOOD_TOKEN) as session:
        waiting = asyncio.ensure_future(session.until(lambda view: view.status == "closed"))
        await session.barrier()
        await twin.dismiss()
        with pytest.raises(Disconnected):
            await waiting
        assert session.goodbye is not None and session.goodbye.code == "hearing_ended"
        with pytest.raises(Disconnected):
            await session.barrier()
