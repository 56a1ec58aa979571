"""The small media room with one receiver behind a link that can be spoilt, and a watch over what that receiver sees and hears.

async with distant_receiver(link, folder, "judge") as distant:
    await distant.watch()
    async with link.spoilt("rate=300 queue=300", upwards=CLEAR):
        await passed(20)
    seen = await distant.seen()
    assert seen["judge"].longest_gap_ms() < 500
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from signaling.media.subscribe_leg import SubscribeLeg
from tests.browser.media_room import PATIENCE_MS, Room, join, media_browser, open_room, sees_and_hears
from tests.browser.whole_court import microphone_file
from tests.network.broken_network import COURT, COURT_ADDRESS, HOME, Link
from web_client.build import Npm

RECEIVER = "clerk"
WIDTH, HEIGHT = 960, 540
LOW_HEIGHT = HEIGHT // 4

WATCH = """
(other) => {
  const [camera, voice] = [`${other}-camera`, `${other}-microphone`];
  const mid = Object.keys(slots).find((each) => slots[each] === camera);
  const {track} = down.getTransceivers().find((each) => each.mid === mid).receiver;
  const element = [...document.querySelectorAll('video')].find((each) => each.srcObject.getTracks().includes(track));
  const watch = {began: performance.now(), shown: [], stats: [], over: false};
  const look = (now) => {
    if (watch.over) return;
    watch.shown.push([now - watch.began, element.videoHeight]);
    element.requestVideoFrameCallback(look);
  };
  element.requestVideoFrameCallback(look);
  const measured = async () => {
    await measure();
    const [picture, sound] = [inbound[camera], inbound[voice]];
    watch.stats.push({
      at_ms: performance.now() - watch.began,
      freezes: picture.freezeCount,
      freeze_s: picture.totalFreezesDuration,
      samples: sound.totalSamplesReceived,
      concealed: sound.concealedSamples,
      silently: sound.silentConcealedSamples,
      sound_lost: sound.packetsLost,
      sound_received: sound.packetsReceived,
      delay_s: sound.jitterBufferDelay,
      emitted: sound.jitterBufferEmittedCount,
    });
  };
  const timer = setInterval(measured, 500);
  watch.end = async () => {
    clearInterval(timer);
    await measured();
    watch.over = true;
    return {shown: watch.shown, stats: watch.stats};
  };
  window.watches = {...window.watches, [other]: watch};
  return measured();
}
"""
"""Each picture as it was put on the screen, and every half second what the browser counted."""


PATIENCE = """
async (source) => {
  const {Patiences} = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
  const patiences = new Patiences();
  setInterval(async () => {
    const lines = new Map();
    let roundTripMs = 0;
    for (const each of (await down.getStats()).values()) {
      if (each.type === 'inbound-rtp') {
        lines.set(each.mid, {asked: each.nackCount ?? 0, received: each.packetsReceived, freezes: each.freezeCount ?? 0});
      }
      if (each.type === 'candidate-pair' && each.nominated) roundTripMs = 1000 * (each.currentRoundTripTime ?? 0);
    }
    patiences.heed(down, lines, roundTripMs);
  }, 1000);
}
"""
"""What the court's own client does every second, with its own module."""


def _client_module(name: str, folder: Path) -> str:
    """A module of the browser client that imports nothing but types, as JavaScript."""
    options = f"--target es2022 --lib es2022,dom --skipLibCheck --outDir {folder}"
    Npm().run("exec", f"--call=tsc {options} src/media/{name}.ts")
    return (folder / f"{name}.js").read_text()


@dataclass(frozen=True)
class Seen:
    """What came of one speaker. ``shown``: (ms since the watch began, height) of each picture put on the screen."""

    shown: list[tuple[float, int]]
    stats: list[dict[str, float]]

    @property
    def end_ms(self) -> float:
        return self.stats[-1]["at_ms"]

    def gaps(self, from_ms: float = 0.0, to_ms: float = float("inf")) -> list[float]:
        """Milliseconds between pictures, the ends of the time included."""
        to_ms = min(to_ms, self.end_ms)
        moments = [from_ms, *(at for at, _ in self.shown if from_ms < at < to_ms), to_ms]
        return [after - before for before, after in pairwise(moments)]

    def longest_gap_ms(self, from_ms: float = 0.0, to_ms: float = float("inf")) -> float:
        return max(self.gaps(from_ms, to_ms))

    def pictures_per_s(self, from_ms: float = 0.0, to_ms: float = float("inf")) -> float:
        to_ms = min(to_ms, self.end_ms)
        return 1000 * sum(from_ms < at < to_ms for at, _ in self.shown) / (to_ms - from_ms)

    def concealed(self, from_ms: float = 0.0, to_ms: float = float("inf")) -> float:
        """Share of the sound that the receiver had to make up, silence included."""
        return self._grown("concealed", from_ms, to_ms) / max(1.0, self._grown("samples", from_ms, to_ms))

    @property
    def freezes(self) -> float:
        """As the browser counts them: a picture that stays for 150 ms more than usual and three times as long."""
        return self._grown("freezes", 0, self.end_ms)

    @property
    def frozen_s(self) -> float:
        return self._grown("freeze_s", 0, self.end_ms)

    @property
    def heights(self) -> list[tuple[float, int]]:
        """(when, height) of each change of the picture's height, the first picture included."""
        changes: list[tuple[float, int]] = []
        for at, height in self.shown:
            if not changes or changes[-1][1] != height:
                changes.append((at, height))
        return changes

    def first_ms(self, height: int, after_ms: float = 0.0) -> float | None:
        """When a picture of that height was first shown after a moment."""
        return next((at for at, shown in self.shown if at >= after_ms and shown == height), None)

    def _grown(self, name: str, from_ms: float, to_ms: float) -> float:
        """From the last count before ``from_ms`` to the last before ``to_ms``."""
        counted = [(each["at_ms"], each[name]) for each in self.stats if each["at_ms"] <= to_ms]
        before = [count for at_ms, count in counted if at_ms <= from_ms]
        return counted[-1][1] - (before[-1] if before else counted[0][1])

    def __str__(self) -> str:
        return (
            f"longest gap {self.longest_gap_ms():.0f} ms, {self.freezes:.0f} freezes ({self.frozen_s:.2f} s), "
            f"{self.pictures_per_s():.1f} pictures/s, concealed {100 * self.concealed():.2f} %, "
            f"heights {[(round(at / 1000, 1), height) for at, height in self.heights]}"
        )


@dataclass(frozen=True)
class DistantReceiver:
    """``speakers`` sit in the court's network."""

    room: Room
    page: Page
    speakers: dict[str, Page]

    @property
    def leg(self) -> SubscribeLeg:
        return self.room.members[RECEIVER].subscribe

    async def show(self, **sizes: tuple[int, int]) -> None:
        """Speaker → (width, height) of the picture."""
        shown = [
            {"participant": name, "source": "camera", "width": width, "height": height}
            for name, (width, height) in sizes.items()
        ]
        await self.page.evaluate("shown => show(shown)", shown)

    async def sees_height(self, speaker: str, height: int) -> None:
        await self.page.wait_for_function(f"height('{speaker}-camera') === {height}", timeout=PATIENCE_MS)

    async def watch(self) -> None:
        """Over every speaker here, and over this one at the first speaker's."""
        for name in self.speakers:
            await self.page.evaluate(WATCH, name)
        await next(iter(self.speakers.values())).evaluate(WATCH, RECEIVER)

    async def since_watch_ms(self) -> float:
        """The present on the clock of `Seen`."""
        now_ms: float = await self.page.evaluate("performance.now() - Object.values(watches)[0].began")
        return now_ms

    async def seen(self) -> dict[str, Seen]:
        """Ends the watch; by speaker, and what was seen of this one under its own name."""
        first = next(iter(self.speakers.values()))
        return {
            **{name: await _seen(self.page, name) for name in self.speakers},
            RECEIVER: await _seen(first, RECEIVER),
        }


async def _seen(page: Page, other: str) -> Seen:
    told: dict[str, Any] = await page.evaluate(f"watches['{other}'].end()")
    return Seen([(at, height) for at, height in told["shown"]], told["stats"])


@asynccontextmanager
async def distant_receiver(link: Link, folder: Path, *speakers: str) -> AsyncIterator[DistantReceiver]:
    """All layers of every speaker flow and the receiver sees and hears each well; the link is clear."""
    voice = f"--use-file-for-fake-audio-capture={microphone_file(folder, 'plaintiff')}"
    async with AsyncExitStack() as stack:
        with link.entered(COURT):
            room, address = await stack.enter_async_context(open_room(COURT_ADDRESS, COURT_ADDRESS))
            switches = (voice, f"--unsafely-treat-insecure-origin-as-secure={address}")
            court = await stack.enter_async_context(media_browser(*switches))
        with link.entered(HOME):
            home = await stack.enter_async_context(media_browser(*switches))
        size = {"width": str(WIDTH), "height": str(HEIGHT)}
        pages = {name: await join(court, address, name, layers="all", **size) for name in speakers}
        distant = DistantReceiver(room, await join(home, address, RECEIVER), pages)
        for name, speaker in pages.items():
            await sees_and_hears(distant.page, name)
            await sees_and_hears(speaker, RECEIVER)
            await speaker.wait_for_function("layersSent.size === 3", timeout=PATIENCE_MS)
        module = await asyncio.to_thread(_client_module, "patience", folder)
        for each in (distant.page, *pages.values()):
            await each.evaluate(PATIENCE, module)
        yield distant
