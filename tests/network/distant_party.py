"""A hearing whose plaintiff sits behind a link that can be spoilt: the real server, real Chromium, the court's own screens.

async with distant_party(link, folder) as court:
    async with link.spoilt("down=1"):
        await passed(10)
    assert (await court.media_is_back()).all_s < 5
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from hearing_server.demo.schedule import Scheduled
from hearing_server.demo.summary import read_journal
from hearing_server.web.models import JournalRow
from tests.browser.whole_court import COUNTDOWN_S, Bench, CourtHouse, Tab
from tests.integration.whole_court import recorder_ready, signed_in_clerk
from tests.integration.whole_server import whole_server
from tests.network.broken_network import COURT, COURT_ADDRESS, HOME, Link, passed

PATIENCE_S = 60.0
STEADY_S = 3.0
LOOK_S = 0.25
"""Each look at whether something flows takes so long."""

Beside = Callable[[], AbstractAsyncContextManager[object]]
"""Something else that runs in the court's network."""

FLOWS = """
async (patienceMs) => {
  const began = performance.now();
  const received = async () => {
    const counts = new Map();
    for (const [at, connection] of observed.connections.entries()) {
      if (connection.connectionState !== 'connected') continue;
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type !== 'inbound-rtp') continue;
        const count = entry.kind === 'video' ? entry.framesDecoded ?? 0 : entry.packetsReceived ?? 0;
        counts.set(`${at}-${entry.id}`, {kind: entry.kind, count});
      }
    }
    return counts;
  };
  const took = {};
  let before = await received();
  while (performance.now() - began < patienceMs) {
    await new Promise((later) => setTimeout(later, 250));
    const now = await received();
    const grown = (kind) => [...now].some(([id, entry]) =>
      entry.kind === kind && entry.count > (before.get(id)?.count ?? entry.count));
    for (const kind of ['audio', 'video']) if (!(kind in took) && grown(kind)) took[kind] = (performance.now() - began) / 1000;
    if ('audio' in took && 'video' in took) return took;
    before = now;
  }
  return null;
}
"""
"""Seconds until sound and until pictures of the other one are received and decoded here, in looks of `LOOK_S`."""

PATHS = """
async () => {
  const paths = [];
  for (const connection of observed.connections) {
    if (connection.connectionState !== 'connected') continue;
    const report = await connection.getStats();
    for (const entry of report.values()) {
      if (entry.type !== 'candidate-pair' || !entry.nominated || entry.state !== 'succeeded') continue;
      const local = report.get(entry.localCandidateId);
      paths.push({kind: local.candidateType, protocol: local.protocol, relay: local.relayProtocol ?? ''});
    }
  }
  return paths;
}
"""


@dataclass(frozen=True)
class Back:
    """Seconds until each of the two hears and sees the other again."""

    sound_s: float
    pictures_s: float

    @property
    def all_s(self) -> float:
        return max(self.sound_s, self.pictures_s)

    def later(self, seconds: float) -> "Back":
        """Counted from an earlier moment."""
        return Back(self.sound_s + seconds, self.pictures_s + seconds)


@dataclass(frozen=True)
class DistantParty:
    link: Link
    plaintiff: Tab
    """Behind the link."""
    defendant: Tab
    """In the court's own network."""
    bench: Bench
    house: CourtHouse
    scheduled: Scheduled

    async def in_mid_hearing(self) -> None:
        """Everything flows, and what went before is over: the socket is open again and media has run for a while."""
        await self.media_is_back()
        trouble = self.plaintiff.page.locator('[data-test="net-banner"] [data-trouble]')
        await expect(trouble).to_have_count(0, timeout=PATIENCE_S * 1000)
        await passed(STEADY_S)
        await self.media_is_back()

    async def plaintiff_is_told(self, *troubles: str) -> float:
        """Seconds until the plaintiff's screen says that one of these is wrong."""
        began = time.monotonic()
        banner = ", ".join(f'[data-test="net-banner"] [data-trouble="{trouble}"]' for trouble in troubles)
        await self.plaintiff.page.locator(banner).wait_for(timeout=PATIENCE_S * 1000)
        return time.monotonic() - began

    async def media_is_back(self) -> Back:
        """Until both see and hear each other again."""
        both = await asyncio.gather(*(self._flows(tab) for tab in (self.plaintiff, self.defendant)))
        return Back(max(each.sound_s for each in both), max(each.pictures_s for each in both))

    async def _flows(self, tab: Tab) -> Back:
        took: dict[str, float] | None = await tab.page.evaluate(FLOWS, PATIENCE_S * 1000)
        assert took is not None, f"nothing within {PATIENCE_S} s: {await tab.page.evaluate(PATHS)}"
        return Back(took["audio"], took["video"])

    async def journal(self, after: int = 0) -> list[JournalRow]:
        """Rows of the hearing with a greater number; the chain holds."""
        with self.link.entered(COURT):
            rows, check = await read_journal(self.house.api, self.scheduled.hearing)
        assert check.valid
        return [row for row in rows if row.number > after]

    async def plaintiff_again(self) -> Tab:
        """Their link opened in a new window, up to where they were."""
        with self.link.entered(HOME):
            tab = await self.house.tab(self.scheduled, "plaintiff", voice="plaintiff")
        await tab.enter()
        await tab.shows("courtroom")
        return tab

    async def paths(self) -> list[dict[str, Any]]:
        """How the plaintiff's media travels: what kind of candidate was chosen for each connection."""
        found: list[dict[str, Any]] = await self.plaintiff.page.evaluate(PATHS)
        return found


@asynccontextmanager
async def distant_party(
    link: Link,
    folder: Path,
    *,
    spoilt: str = "",
    port: int = 0,
    beside: Beside | None = None,
    switches: tuple[str, ...] = (),
    **settings: str,
) -> AsyncIterator[DistantParty]:
    """In session. ``spoilt``: how the link is from the moment the plaintiff comes. ``port`` and ``settings`` of the server."""
    async with AsyncExitStack() as stack:
        with contextlib.ExitStack() as in_court:
            in_court.enter_context(link.entered(COURT))
            settings = {"HEARING_OPENING_COUNTDOWN_S": str(COUNTDOWN_S), **settings}
            server = await stack.enter_async_context(whole_server(folder, COURT_ADDRESS, port, **settings))
            if beside is not None:
                await stack.enter_async_context(beside())
            api = await stack.enter_async_context(signed_in_clerk(server))
            await recorder_ready(api)
            secure = f"--unsafely-treat-insecure-origin-as-secure={server.base_url}"
            browsers = await stack.enter_async_context(AsyncExitStack())
            house = CourtHouse(server, api, folder, browsers, switches=(secure, *switches))
            scheduled = await house.schedule()
            bench = await stack.enter_async_context(house.bench(scheduled))
            defendant = await house.tab(scheduled, "defendant", voice="defendant")
            await _seated(defendant, bench)
        if spoilt:
            link.spoil(spoilt)
        with link.entered(HOME):
            plaintiff = await house.tab(scheduled, "plaintiff", voice="plaintiff")
        await _seated(plaintiff, bench)
        await bench.open()
        yield DistantParty(link, plaintiff, defendant, bench, house, scheduled)


async def _seated(tab: Tab, bench: Bench) -> None:
    await tab.enter()
    await bench.admit(tab.participant)
    await tab.shows("courtroom")
