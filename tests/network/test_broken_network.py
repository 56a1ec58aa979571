"""What a participant's network may do without ending their part in the hearing: real Chromium, a real link, the court's own screens."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from socket import SOCK_STREAM

import pytest
import pytest_asyncio
import structlog

from hearing_server.settings import Settings
from hearing_server.turn import turn_urls
from hearing_server.web.models import JournalRow
from signaling.media.leg import EXPIRES_AFTER_S
from tests.integration.whole_server import free_port
from tests.network.broken_network import (
    CLEAR,
    COURT_ADDRESS,
    HOME_ADDRESS,
    POSSIBLE,
    SECOND_COURT_ADDRESS,
    SECOND_HOME_ADDRESS,
    Link,
    passed,
    two_networks,
)
from tests.network.coturn import INSTALLED, coturn
from tests.network.distant_party import Back, DistantParty, distant_party

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(400),
    pytest.mark.skipif(not POSSIBLE, reason="needs root, iproute2, gcc and /dev/net/tun"),
]

BACK_WITHIN_S = 5.0
SAID_WITHIN_S = 2.5
"""The screen looks twice a second whether anything comes in, and a second without anything is suspicious."""
SPEECH_PAUSE_S = 0.5
"""In which a voice sends next to nothing."""
PING_EVERY_S, CHECK_EVERY_S = 4.0, 3.0
LEFTOVERS_S = 1.0
"""What came before the break is played out, and would look like media."""

_log = structlog.get_logger(__name__)


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Link]:
    with two_networks(tmp_path_factory.mktemp("link")) as link:
        yield link


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(link: Link, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DistantParty]:
    async with distant_party(link, tmp_path_factory.mktemp("court")) as court:
        yield court


@pytest.mark.parametrize(
    "outage_s", [3, pytest.param(10, marks=pytest.mark.soak), pytest.param(30, marks=pytest.mark.soak)]
)
async def test_media_is_back_soon_after_the_network_is(court: DistantParty, outage_s: int) -> None:
    await court.in_mid_hearing()
    before = (await court.journal())[-1].number
    async with court.link.spoilt("down=1"):
        said_s = await court.plaintiff_is_told("checking", "lost")
        await passed(outage_s - said_s)
    _soon_enough(await court.media_is_back(), f"outage of {outage_s} s")
    assert said_s <= SAID_WITHIN_S
    await court.in_mid_hearing()
    _same_seat_and_on_record(court, await court.journal(before), outage_s)


@pytest.mark.soak
async def test_media_follows_a_device_to_another_network(court: DistantParty) -> None:
    await court.in_mid_hearing()
    async with _elsewhere(court):
        await passed(LEFTOVERS_S)
        _soon_enough((await court.media_is_back()).later(LEFTOVERS_S), "change of address")


@pytest.mark.soak
@pytest.mark.parametrize("outage_s", [3, 10])
async def test_media_follows_a_device_that_comes_out_of_a_tunnel_into_another_network(
    court: DistantParty, outage_s: int
) -> None:
    """No network at all, then another one: nothing of the time in between may be waited out."""
    await court.in_mid_hearing()
    court.link.spoil("down=1")
    await passed(outage_s)
    async with _elsewhere(court):
        court.link.spoil(CLEAR)
        _soon_enough(await court.media_is_back(), f"outage of {outage_s} s and change of address")


@pytest.mark.soak
@pytest.mark.parametrize("between_s", [0.3, 2.0])
async def test_media_follows_a_device_that_has_only_just_recovered(court: DistantParty, between_s: float) -> None:
    await court.in_mid_hearing()
    async with court.link.spoilt("down=1"):
        await passed(10)
    await passed(between_s)
    async with _elsewhere(court):
        await passed(LEFTOVERS_S)
        took = (await court.media_is_back()).later(LEFTOVERS_S)
        _soon_enough(took, f"change of address {between_s} s after an outage")


@pytest.mark.soak
async def test_udp_may_be_cut_off_in_mid_hearing(court: DistantParty) -> None:
    await court.in_mid_hearing()
    assert {path["protocol"] for path in await court.paths()} == {"udp"}
    async with court.link.spoilt("udpdown=1"):
        said_s = await court.plaintiff_is_told("checking")
        took = (await court.media_is_back()).later(said_s)
        assert said_s <= SAID_WITHIN_S
        assert {path["protocol"] for path in await court.paths()} == {"tcp"}
        _soon_enough(took, "UDP cut off")


async def test_media_goes_by_tcp_where_udp_never_passes(link: Link, tmp_path: Path) -> None:
    async with distant_party(link, tmp_path, spoilt="udpdown=1") as court:
        _soon_enough(await court.media_is_back(), "UDP blocked from the start")
        assert {path["protocol"] for path in await court.paths()} == {"tcp"}
    link.spoil(CLEAR)


@pytest.mark.soak
@pytest.mark.skipif(not INSTALLED, reason="coturn is not installed")
async def test_media_goes_by_the_relay_where_nothing_but_the_web_passes(link: Link, tmp_path: Path) -> None:
    """Everything but TCP port 443 is blocked; the court's web server and the relay have it on addresses of their own."""
    relay = Settings(
        data_dir=tmp_path / "data", host=COURT_ADDRESS, turn_host=SECOND_COURT_ADDRESS, turn_port=free_port(SOCK_STREAM)
    )
    urls = [url for url in turn_urls(relay, SECOND_COURT_ADDRESS) if url.startswith("turns:")]
    async with distant_party(
        link,
        tmp_path,
        spoilt="only=443",
        port=443,
        switches=("--ignore-certificate-errors",),
        beside=lambda: coturn(relay),
        HEARING_TURN_URLS=json.dumps(urls),
    ) as court:
        _soon_enough(await court.media_is_back(), "everything but port 443 blocked")
        paths = await court.paths()
        assert {(path["kind"], path["relay"]) for path in paths} == {("relay", "tls")}
    link.spoil(CLEAR)


@asynccontextmanager
async def _elsewhere(court: DistantParty) -> AsyncIterator[None]:
    """The plaintiff's device has another address, and its own again afterwards."""
    court.link.move(HOME_ADDRESS, SECOND_HOME_ADDRESS)
    try:
        yield
    finally:
        court.link.move(SECOND_HOME_ADDRESS, HOME_ADDRESS)
        await court.media_is_back()


def _soon_enough(back: Back, after: str) -> None:
    _log.info("media_back", after=after, sound_s=round(back.sound_s, 2), pictures_s=round(back.pictures_s, 2))
    assert back.all_s <= BACK_WITHIN_S
    assert back.sound_s <= back.pictures_s + SPEECH_PAUSE_S, "speech comes first"


def _same_seat_and_on_record(court: DistantParty, rows: list[JournalRow], outage_s: int) -> None:
    """Check 7 of the quality list: one person, one session, one timeline, and the cause can be told from the journal."""
    who = court.plaintiff.participant
    person = court.bench.session.view.participants[who]
    assert (person.place, person.presence) == ("courtroom", "present")
    opened = [row for row in rows if row.type == "session_opened"]
    assert {row.actor for row in opened} == {f"participant:{who}"} and all(row.data["resumed"] for row in opened)
    lost = [row.data for row in rows if row.type == "line_lost"]
    assert {data["ended_by"] for data in lost} <= {"silent"}, "the network was cut, nobody closed anything"
    away_ms = max(int(str(row.data.get("silent_ms", 0))) for row in rows if row.type in {"session_opened", "line_lost"})
    assert away_ms >= (outage_s - PING_EVERY_S) * 1000
    ended = [row.data for row in rows if row.type == "media_disconnected" and row.data["participant"] == who]
    begun = [row.data for row in rows if row.type == "media_connected" and row.data["participant"] == who]
    assert {data["cause"] for data in ended} <= {"expired", "replaced"}
    noticed_s = min(outage_s, EXPIRES_AFTER_S) - CHECK_EVERY_S
    assert all(int(str(data["last_stun_age_ms"])) >= noticed_s * 1000 for data in ended)
    assert len({data["connection"] for data in begun}) == len(begun) == len(ended), (
        "each connection that ended has a successor"
    )
