"""What the journal says of a line that ended: enough to tell how (ABS-1, OLR 25)."""

import json
import socket
from pathlib import Path
from typing import Any

from hearing_server.domain.participant import Presence
from hearing_server.web.socket import SocketLimits
from tests.integration.court_client import CourtClient
from tests.integration.small_court import HEARING, SmallCourt, held

SILENT_AFTER_S = 0.2


async def _ended(court: SmallCourt, type: str = "line_lost") -> dict[str, Any]:
    """What the one row of that kind says, once it is there."""
    while not (rows := await court.rows(type)):
        await court.synchronised()
    (row,) = rows
    data: dict[str, Any] = json.loads(row.data)
    return data


def _tear(client: CourtClient) -> None:
    """As the kernel does for a process that dies: the connection ends, and nobody says a word."""
    client.socket.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


async def test_a_closed_page_is_told_by_its_close_frame(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        client = await court.enter("judge")
        await client.socket.close(code=1001)
        lost = await _ended(court)
        assert (lost["ended_by"], lost["close_code"]) == ("closed", 1001)
        assert lost["proposed_cause"] == "connection_lost", "that is for the judge to say"


async def test_a_crashed_browser_is_told_by_the_lack_of_one(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        client = await court.enter("judge")
        _tear(client)
        lost = await _ended(court)
        assert (lost["ended_by"], lost["close_code"]) == ("broken", None)


async def test_a_cut_network_is_told_by_silence(tmp_path: Path) -> None:
    async with held(tmp_path, limits=SocketLimits(silent_after_s=SILENT_AFTER_S)) as court:
        await court.enter("judge")
        lost = await _ended(court)
        assert (lost["ended_by"], lost["close_code"]) == ("silent", None)
        assert lost["silent_ms"] >= SILENT_AFTER_S * 1000


async def test_a_removal_is_no_loss(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        client = await court.enter("plaintiff")
        await court.courthouse.link_withdrawn(HEARING, "plaintiff")
        await client.goodbye()
        assert (await _ended(court, "session_withdrawn"))["participant"] == "plaintiff"
        assert await court.rows("line_lost") == []


async def test_a_server_that_stops_is_nobodys_absence(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        await court.enter("judge")
        starts = len(await court.rows("server_restarted"))
    async with held(tmp_path) as court:
        assert (await court.person("judge")).presence is Presence.RECONNECTING
        assert len(await court.rows("server_restarted")) == starts + 1
        assert await court.rows("line_lost") == []
