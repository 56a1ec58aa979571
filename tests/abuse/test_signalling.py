"""Abuse of the WebSocket and of HTTP (check 20): the offender is closed, and another's pings are answered meanwhile."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from hearing_server import front as front_module
from hearing_server.demo.court_api import CourtApi
from hearing_server.demo.schedule import schedule_hearing
from hearing_server.settings import Settings
from signaling.bus.memory import MemoryBus, MemoryLeases
from tests.abuse.attacker import HALF_OPEN
from tests.abuse.what_is_left import resident_bytes
from tests.integration.court_client import CourtClient
from tests.integration.whole_court import assert_discreet, signed_in_clerk
from tests.integration.whole_server import WholeServer, whole_server

ALLOWED_S = 0.2
BETWEEN_S = 0.02
ROOT = Path(__file__).parents[2]


class Pings:
    """Somebody in the same hearing, who only wants an answer to each ping."""

    def __init__(self, client: CourtClient) -> None:
        self._client = client

    async def p99_s(self, seconds: float) -> float:
        loop = asyncio.get_running_loop()
        until_s, took_s = loop.time() + seconds, list[float]()
        while loop.time() < until_s:
            began_s = loop.time()
            await self._client.barrier()
            took_s.append(loop.time() - began_s)
            await asyncio.sleep(BETWEEN_S)
        return sorted(took_s)[int(len(took_s) * 0.99)]


@asynccontextmanager
async def seated(server: WholeServer, token: str) -> AsyncIterator[CourtClient]:
    async with CourtApi(server.base_url) as api, aiohttp.ClientSession() as http:
        seat = await api.join(token)
        async with http.ws_connect(f"{server.base_url}/ws", max_msg_size=0) as socket:
            client = CourtClient(socket, seat.session_token)
            await client.hello()
            yield client


async def attack(server: WholeServer, kind: str, token: str, seconds: float) -> "asyncio.subprocess.Process":
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.abuse.attacker", kind, server.base_url, token, str(seconds)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )


async def test_whoever_abuses_the_signalling_is_closed_and_others_do_not_notice(tmp_path: Path) -> None:
    await abused(tmp_path, 2.0)


@pytest.mark.soak
async def test_the_same_for_longer(tmp_path: Path) -> None:
    await abused(tmp_path, 30.0)


async def abused(folder: Path, seconds: float) -> None:
    figures: dict[str, float] = {}
    seen: dict[str, dict[str, int]] = {}
    async with whole_server(folder) as server, signed_in_clerk(server) as api:
        scheduled = await schedule_hearing(api, 1)
        async with CourtApi(server.base_url) as own, seated(server, scheduled.tokens["presiding_judge"]) as judge:
            token = (await own.join(scheduled.tokens["plaintiff"])).session_token
            pings = Pings(judge)
            figures["idle"] = await pings.p99_s(2.0)
            memory = resident_bytes(server.pid)
            for kind in ("flood", "huge", "bomb", "nonsense", "half_open", "foreign"):
                attacker = await attack(server, kind, token, seconds)
                ended = asyncio.create_task(attacker.communicate())
                figures[kind] = await pings.p99_s(seconds + 0.7)  # it takes a moment to start
                said, _ = await ended
                seen[kind] = json.loads(said)
            grown = resident_bytes(server.pid) - memory
    print({kind: f"{p99_s * 1000:.0f} ms" for kind, p99_s in figures.items()}, seen, f"memory +{grown >> 20} MB")  # noqa: T201
    assert seen["flood"]["goodbye too_many"] >= 1
    assert seen["huge"]["closed"] >= seen["huge"]["sockets"] - 1
    assert seen["bomb"]["error too_large"] >= 1
    assert seen["nonsense"]["messages"] > 20 * seconds and "error internal" not in seen["nonsense"]
    assert seconds < 2 * front_module.IDLE_S or seen["half_open"]["closed"] == HALF_OPEN
    assert set(seen["foreign"]) == {"refused 403"}
    assert grown < 80 << 20
    for kind, p99_s in figures.items():
        assert p99_s <= ALLOWED_S + figures["idle"], (kind, figures)
    assert_discreet(server.log(), [token])


async def test_a_request_that_never_ends_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "IDLE_S", 0.2)
    monkeypatch.setattr(front_module, "LINGER_S", 0.2)
    monkeypatch.setattr("hearing_server.web.answering.BODY_WITHIN_S", 0.2)
    settings = Settings(data_dir=tmp_path, port=0)
    settings.data_dir.mkdir(exist_ok=True)
    heads = {
        "nothing": b"",
        "half a head": b"GET /ws HTTP/1.1\r\nHost: x\r\n",
        "half a body": b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
    }
    async with (
        front_module.running_front(settings, MemoryBus(), MemoryLeases(), full_at=1.0) as front,
        front_module.admitting(settings, front) as port,
    ):
        for name, head in heads.items():
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head)
            try:
                answer = await asyncio.wait_for(reader.read(), 10)
            finally:
                writer.close()
                await writer.wait_closed()
            assert (b"400" in answer.split(b"\r\n")[0]) == (name == "half a body"), (name, answer)
