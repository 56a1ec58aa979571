"""What a receiver sees and hears through a bad network: real Chromium, a real link."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.network.broken_network import CLEAR, POSSIBLE, Link, passed, two_networks
from tests.network.distant_receiver import HEIGHT, LOW_HEIGHT, WIDTH, distant_receiver

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not POSSIBLE, reason="needs root, iproute2, gcc and /dev/net/tun"),
]

_log = structlog.get_logger(__name__)


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Link]:
    with two_networks(tmp_path) as link:
        yield link


@pytest.mark.soak
async def test_losses_delay_and_jitter_freeze_no_picture_and_leave_speech_understandable(
    link: Link, tmp_path: Path
) -> None:
    async with distant_receiver(link, tmp_path, "judge") as distant:
        await distant.show(judge=(WIDTH, HEIGHT))
        await distant.sees_height("judge", HEIGHT)
        link.spoil("loss=5 delay=100 jitter=30")
        await passed(5)
        await distant.watch()
        await passed(60)
        seen = (await distant.seen())["judge"]
    _log.info("seen", seen=str(seen))


@pytest.mark.soak
async def test_narrow(link: Link, tmp_path: Path) -> None:
    async with distant_receiver(link, tmp_path, "judge") as distant:
        await distant.show(judge=(WIDTH, HEIGHT))
        await distant.sees_height("judge", HEIGHT)
        await passed(5)
        await distant.watch()
        await passed(1)
        leg = distant.leg
        sent = leg.packets_sent, leg.packets_repeated
        capped = await distant.since_watch_ms()
        link.spoil("rate=300 queue=300", CLEAR)
        await passed(75)
        print(
            "sent",
            leg.packets_sent - sent[0],
            "repeated",
            leg.packets_repeated - sent[1],
            "probes",
            leg.downlink.probes_sent,
        )
        freed = await distant.since_watch_ms()
        link.spoil(CLEAR)
        await passed(20)
        seen = (await distant.seen())["judge"]
        print(capped, freed)
        print(str(seen))
        print("first 5s concealed", seen.concealed(capped, capped + 5000), "rest", seen.concealed(capped + 5000, freed))
        print("gaps", seen.longest_gap_ms(capped, freed))


@pytest.mark.soak
async def test_400(link: Link, tmp_path: Path) -> None:
    async with distant_receiver(link, tmp_path, "judge", "party") as distant:
        await distant.show(judge=(WIDTH, HEIGHT), party=(WIDTH, HEIGHT))
        await distant.sees_height("judge", HEIGHT)
        await passed(5)
        await distant.watch()
        await passed(1)
        leg = distant.leg
        sent = leg.packets_sent, leg.packets_repeated
        capped = await distant.since_watch_ms()
        link.spoil("rate=400 queue=300", CLEAR)
        await passed(20)
        print(
            "sent",
            leg.packets_sent - sent[0],
            "repeated",
            leg.packets_repeated - sent[1],
            "probes",
            leg.downlink.probes_sent,
        )
        freed = await distant.since_watch_ms()
        link.spoil(CLEAR)
        await passed(10)
        for name, seen in (await distant.seen()).items():
            print(name, str(seen))
            print("first 5s concealed", seen.concealed(capped, capped + 5000), "all", seen.concealed(capped, freed))
            print("gaps", seen.longest_gap_ms(capped, freed))
