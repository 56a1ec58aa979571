"""Five ways to vanish from a hearing, each told apart by the journal alone (ABS-1, OLR 25): real Chromium, a real link."""

from collections.abc import AsyncIterator, Iterator

import psutil
import pytest
import pytest_asyncio

from hearing_server.web.models import JournalRow
from tests.browser.whole_court import Tab
from tests.network.broken_network import CLEAR, COURT, POSSIBLE, Link, passed, two_networks
from tests.network.distant_party import DistantParty, distant_party

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(400),
    pytest.mark.skipif(not POSSIBLE, reason="needs root, iproute2, gcc and /dev/net/tun"),
]

EXPIRED_S = 25.0
"""Within which a leg without checks has expired, and the front has heard of it."""
SILENT_S = 35.0
"""The same of a socket without messages."""
POLL_S = 0.5


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Link]:
    with two_networks(tmp_path_factory.mktemp("link")) as link:
        yield link


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(link: Link, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DistantParty]:
    async with distant_party(link, tmp_path_factory.mktemp("court")) as court:
        yield court


async def test_every_departure_is_told_apart(court: DistantParty) -> None:
    """In one hearing, one after the other; in between the plaintiff comes back by the same link."""
    await court.in_mid_hearing()
    seen = await _last(court)
    await court.plaintiff.page.close()
    assert await _departure(court, seen, EXPIRED_S) == ("line_lost closed", "media dtls_closed")

    tab, seen = await _back(court)
    _kill_browser_of("plaintiff")
    court.house.browsers = {key: each for key, each in court.house.browsers.items() if "plaintiff" not in key}
    socket, media = await _departure(court, seen, EXPIRED_S)
    assert socket in {"line_lost broken", "line_lost closed"}, "its network process may outlive it by a moment"
    assert media == "media expired"

    tab, seen = await _back(court)
    court.link.spoil("down=1")
    assert await _departure(court, seen, SILENT_S) == ("line_lost silent", "media expired")
    court.link.spoil(CLEAR)
    await tab.page.close()

    tab, seen = await _back(court)
    with court.link.entered(COURT):
        hearing, who = court.scheduled.hearing, court.plaintiff.participant
        url = f"{court.house.server.base_url}/api/hearings/{hearing}/participants/{who}/link"
        async with court.house.api.http.delete(url) as answer:
            assert answer.status == 204
    assert await _departure(court, seen, EXPIRED_S) == ("session_withdrawn", "media removed")

    seen = await _last(court)
    with court.link.entered(COURT):
        await court.house.server.kill()
        await court.house.server.start()
    rows = await court.journal(seen)
    assert "server_restarted" in {row.type for row in rows}
    assert not {"line_lost", "media_disconnected"} & {row.type for row in rows}, "nobody left"


async def _back(court: DistantParty) -> tuple[Tab, int]:
    tab = await court.plaintiff_again()
    await tab.sees_and_hears([court.defendant.participant])
    return tab, await _last(court)


async def _last(court: DistantParty) -> int:
    return (await court.journal())[-1].number


async def _departure(court: DistantParty, seen: int, within_s: float) -> tuple[str, str]:
    """How the plaintiff's session ended, and both their legs, once all of it is on record."""
    for _ in range(int(within_s / POLL_S)):
        rows = [row for row in await court.journal(seen) if court.plaintiff.participant in f"{row.actor} {row.data}"]
        sessions = [_session(row) for row in rows if row.type in {"line_lost", "session_withdrawn"}]
        legs = [f"media {row.data['cause']}" for row in rows if row.type == "media_disconnected"]
        if sessions and len(legs) == 2:
            assert len(sessions) == 1 and len(set(legs)) == 1
            return sessions[0], legs[0]
        await passed(POLL_S)
    raise AssertionError([(row.type, row.data) for row in rows])


def _session(row: JournalRow) -> str:
    return f"line_lost {row.data['ended_by']}" if row.type == "line_lost" else row.type


def _kill_browser_of(voice: str) -> None:
    """All processes of one browser at once, as the kernel does when memory runs out."""
    microphone = f"microphone-{voice}.wav"
    ours = psutil.Process().children(recursive=True)
    (browser,) = [
        each
        for each in ours
        if any(microphone in word for word in each.cmdline())
        and not any(w.startswith("--type=") for w in each.cmdline())
    ]
    for process in (browser, *browser.children(recursive=True)):
        process.suspend()
    for process in (*browser.children(recursive=True), browser):
        process.kill()
