"""What a participant's network may do without ending their part in the hearing: real Chromium, a real link, the court's own screens."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from tests.network.broken_network import CLEAR, HOME_ADDRESS, POSSIBLE, SECOND_HOME_ADDRESS, Link, passed, two_networks
from tests.network.distant_party import DistantParty, distant_party

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(400),
    pytest.mark.skipif(not POSSIBLE, reason="needs root, iproute2, gcc and /dev/net/tun"),
]

BACK_WITHIN_S = 5.0

_log = structlog.get_logger(__name__)


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Link]:
    with two_networks(tmp_path_factory.mktemp("link")) as link:
        yield link


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(link: Link, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DistantParty]:
    async with distant_party(link, tmp_path_factory.mktemp("court")) as court:
        yield court


@pytest.mark.parametrize("outage_s", [3, 10, 30])
async def test_media_is_back_soon_after_the_network_is(court: DistantParty, outage_s: int) -> None:
    await court.media_is_back()
    async with court.link.spoilt("down=1"):
        await passed(outage_s)
    took_s = await court.media_is_back()
    _log.info("media_back", after=f"outage of {outage_s} s", took_s=round(took_s, 2))
    assert took_s <= BACK_WITHIN_S


async def test_media_follows_a_device_to_another_network(court: DistantParty) -> None:
    await court.media_is_back()
    court.link.move(HOME_ADDRESS, SECOND_HOME_ADDRESS)
    try:
        took_s = await court.media_is_back()
        _log.info("media_back", after="address change", took_s=round(took_s, 2))
        assert took_s <= BACK_WITHIN_S
    finally:
        court.link.move(SECOND_HOME_ADDRESS, HOME_ADDRESS)
        await court.media_is_back()


async def test_udp_may_be_cut_off_in_mid_hearing(court: DistantParty) -> None:
    assert {path["protocol"] for path in await court.paths()} == {"udp"}
    async with court.link.spoilt("udpdown=1"):
        took_s = await court.media_is_back()
        _log.info("media_back", after="UDP cut off", took_s=round(took_s, 2))
        assert {path["protocol"] for path in await court.paths()} == {"tcp"}
    court.link.spoil(CLEAR)


async def test_media_goes_by_tcp_where_udp_never_passes(link: Link, tmp_path: Path) -> None:
    async with distant_party(link, tmp_path, spoilt="udpdown=1") as court:
        took_s = await court.media_is_back()
        _log.info("media_back", after="UDP blocked from the start", took_s=round(took_s, 2))
        assert {path["protocol"] for path in await court.paths()} == {"tcp"}
    link.spoil(CLEAR)
