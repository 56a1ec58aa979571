"""A whole hearing in real browsers: the server as people start it, Chromium tabs that use the screens as people do, speech of the
sample hearing as their microphones, real Vosk.

async with court_house(folder) as house:
    scheduled = await house.schedule()
    judge = await house.tab(scheduled, "presiding_judge")
    await judge.enter(promises=False)
"""

import asyncio
import json
import wave
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser, BrowserContext, Dialog, Locator, Page, WebSocket, expect

from asr.error_rate import comparable, edit_distance
from hearing_server.demo.clip import RATE_HZ, load_clip
from hearing_server.demo.court_api import CourtApi
from hearing_server.demo.court_session import CourtSession
from hearing_server.demo.courtroom_view import CourtroomView
from hearing_server.demo.schedule import Scheduled, schedule_hearing
from hearing_server.demo.script import Line, sample_hearing
from signaling.protocol.from_client import Admit, ClientMessage, MarkReady, OpenHearing, VerifyIdentity
from tests.browser.screens import SIZES, open_browser
from tests.integration.whole_court import recorder_ready, signed_in_clerk
from tests.integration.whole_server import WholeServer, whole_server

PATIENCE_MS = 45_000
"""A browser, a recogniser and a recorder share few processors with everything else."""
COUNTDOWN_S = 1.5

LINES = {line.number: line for line in sample_hearing()}
SPEECH = {"presiding_judge": (4, 8), "plaintiff": (9, 10, 15), "defendant": (12, 13, 17)}
"""Lines of the sample hearing that a speaking tab says, over and over."""
PAUSE_S = 2.5
"""Between two lines: long enough to be the end of an utterance."""

DEVICES = (
    "--use-fake-device-for-media-stream=fps=8",  # pictures are cheap here; the processors are for what is tested
    "--use-fake-ui-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)

OBSERVE = """
(() => {
  const observed = (window.observed = {connections: [], sockets: [], asked: 0, tracks: [], captions: []});
  const keep = (name, list) => {
    const Native = window[name];
    window[name] = class extends Native {
      constructor(...given) {
        super(...given);
        list.push(this);
      }
    };
  };
  keep('RTCPeerConnection', observed.connections);
  keep('WebSocket', observed.sockets);
  const devices = navigator.mediaDevices;
  const ask = devices?.getUserMedia.bind(devices);
  if (ask) devices.getUserMedia = async (wanted) => {
    observed.asked += 1;
    const stream = await ask(wanted);
    observed.tracks.push(...stream.getTracks());
    return stream;
  };
  const look = () => {
    const line = document.querySelector('[data-test="captions"]')?.innerText.replace(/\\s+/g, ' ').trim();
    if (line && line !== observed.captions.at(-1)) observed.captions.push(line);
  };
  new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true});
})();
"""
"""Keeps what the page makes, so that a test can ask it; changes nothing of what it does."""

RECEIVED = """
async (people) => {
  const owner = new Map();
  for (const person of people) {
    const picture = document.querySelector(`[data-test="seat-${person}"] video`)?.srcObject?.getVideoTracks()[0];
    const voice = document.querySelector(`audio[data-voice="${person}"]`)?.srcObject?.getAudioTracks()[0];
    if (picture) owner.set(picture.id, person);
    if (voice) owner.set(voice.id, person);
  }
  const got = Object.fromEntries(people.map((person) => [person, {frames: 0, energy: 0}]));
  for (const connection of observed.connections) {
    if (connection.connectionState !== 'connected') continue;
    for (const entry of (await connection.getStats()).values()) {
      const person = entry.type === 'inbound-rtp' ? owner.get(entry.trackIdentifier) : undefined;
      if (person === undefined) continue;
      got[person].frames += entry.framesDecoded ?? 0;
      got[person].energy += entry.totalAudioEnergy ?? 0;
    }
  }
  return got;
}
"""
"""Frames decoded and sound energy received from each person, by the tracks their seat and their voice are shown with."""

FRAMES = 10
ENERGY = 0.001
"""A tenth of a second of speech at an ordinary level has more; a silent track has none."""
GROWN = f"""
async ([people, before]) => {{
  const now = await ({RECEIVED})(people);
  return people.every((person) =>
    now[person].frames >= before[person].frames + {FRAMES} && now[person].energy > before[person].energy + {ENERGY});
}}
"""


# ---------------------------------------------------------------------- a tab


@dataclass
class Tab:
    """One person's window. ``told`` is every message of the court's socket, in order."""

    page: Page
    participant: str
    told: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def the(self, name: str) -> Locator:
        """The element that carries ``data-test="name"``."""
        return self.page.locator(f'[data-test="{name}"]')

    async def shows(self, name: str) -> None:
        await expect(self.the(name)).to_be_visible(timeout=PATIENCE_MS)

    async def says(self, name: str, words: str) -> None:
        await expect(self.the(name)).to_contain_text(words, timeout=PATIENCE_MS)

    # ------------------------------------------------------------------ the lobby

    async def enter(self, *, devices: bool = True, promises: bool = True, speaks: bool = False) -> None:
        """Who you are, the device check, the rules: all that is asked before the waiting room or the courtroom."""
        await self.the("start").click(timeout=PATIENCE_MS)
        if devices:
            await self.says("camera-result", "看到您的画面了")
            if speaks:
                await self.says("microphone-result", "听到您的声音了")
        if promises:
            if devices:
                await self.the("next").click()
            await self.the("pledge").check()
        await self.the("enter").click()
        await expect(self.the("lobby")).to_have_count(0)

    # ------------------------------------------------------------------ bench and desk

    async def pane(self, name: str) -> None:
        """``people``, ``proceedings`` or ``transcript`` beside the stage."""
        button = self.the(f"show-{name}")
        await expect(button).to_be_visible(timeout=PATIENCE_MS)
        if await button.get_attribute("aria-pressed") != "true":
            await button.click()
        await self.shows(name)

    async def admit(self, participant: str) -> None:
        """Identity checked, then into the courtroom."""
        await self.pane("people")
        row = self.the(f"person-{participant}")
        verify, admit = (row.locator(f'[data-test="{name}"]') for name in ("verify", "admit"))
        await verify.click(timeout=PATIENCE_MS)
        await self.the("verify-document").click()
        await expect(verify).to_have_count(0, timeout=PATIENCE_MS)
        await admit.click()
        await expect(admit).to_have_count(0, timeout=PATIENCE_MS)

    async def open_hearing(self) -> None:
        """Ready, with the reason for the empty seats; announced; counted down; in session."""
        await self.pane("proceedings")
        await self.the("mark-ready").click()
        await self.page.get_by_label("理由").fill("书记员稍后到庭")
        await self.the("ready-confirm").click()
        await self.the("open-hearing").click()
        await expect(self.page.get_by_text("语音识别不可用")).to_have_count(0, timeout=PATIENCE_MS)
        await self.the("open-confirm").click(timeout=PATIENCE_MS)
        await self.shows("countdown")
        await self.says("hearing-status", "庭审中")
        await self.says("recording", "正在录音录像")

    async def close_hearing(self) -> None:
        """Asked twice."""
        await self.pane("proceedings")
        await self.the("close-hearing").click()
        await self.the("close-asked").check()
        await self.the("close-next").click()
        await self.the("close-sure").click()

    # ------------------------------------------------------------------ media

    async def sees_and_hears(self, people: Iterable[str]) -> None:
        """Returns when more pictures and more sound of every one of them were decoded than when asked."""
        wanted = list(people)
        nothing = {person: {"frames": 0, "energy": 0} for person in wanted}
        await self._receives_more(wanted, nothing)
        await self._receives_more(wanted, await self.page.evaluate(RECEIVED, wanted))

    async def _receives_more(self, wanted: list[str], before: dict[str, Any]) -> None:
        try:
            await self.page.wait_for_function(GROWN, arg=[wanted, before], timeout=PATIENCE_MS)
        except Exception as error:
            raise AssertionError(f"{before} -> {await self.page.evaluate(RECEIVED, wanted)}") from error

    async def captions(self) -> list[str]:
        """Everything the caption row has shown, in order."""
        shown: list[str] = await self.page.evaluate("observed.captions")
        return shown

    # ------------------------------------------------------------------ the socket

    def listen(self, socket: WebSocket) -> None:
        def hear(frame: str | bytes) -> None:
            self.told.append(json.loads(frame))
            self._news.set()

        socket.on("framereceived", hear)

    async def until_told(self, kind: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The first message of a kind that fits, once it has come."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while True:
                self._news.clear()
                for message in self.told:
                    if message["type"] == kind and fits(message):
                        return message
                await self._news.wait()


# ---------------------------------------------------------------------- a bench without a window


@dataclass
class Bench:
    """The presiding judge by socket alone, for hearings in which nobody looks at the judge's screen."""

    session: CourtSession
    participant: str

    async def admit(self, participant: str) -> None:
        """As soon as they wait with the device check behind them."""
        await self.session.until(lambda view: _waits(view, participant), PATIENCE_MS / 1000)
        await self._act(VerifyIdentity(request=self.session.next_request(), participant=participant))
        await self._act(Admit(request=self.session.next_request(), participant=participant))

    async def open(self) -> None:
        await self.session.until(_can_be_opened, PATIENCE_MS / 1000)
        await self._act(MarkReady(request=self.session.next_request(), gap_reason="其他人稍后到庭"))
        await self._act(OpenHearing(request=self.session.next_request()))
        await self.session.until(lambda view: view.status == "in_session", PATIENCE_MS / 1000)

    async def _act(self, act: ClientMessage) -> None:
        await self.session.act(act, PATIENCE_MS / 1000)


def _waits(view: CourtroomView, participant: str) -> bool:
    person = view.participants.get(participant)
    return person is not None and person.place in {"lobby", "witness_room"} and person.presence == "identity_pending"


def _can_be_opened(view: CourtroomView) -> bool:
    return view.transcription is not None and view.transcription.model != ""


# ---------------------------------------------------------------------- the house


@dataclass
class CourtHouse:
    """A running server, and browsers by what their microphones pick up. ``api`` is signed in as the clerk."""

    server: WholeServer
    api: CourtApi
    folder: Path
    stack: AsyncExitStack
    browsers: dict[str, Browser] = field(default_factory=dict)
    contexts: list[BrowserContext] = field(default_factory=list)
    switches: tuple[str, ...] = ()
    """Further ones for every browser."""
    complaints: list[str] = field(default_factory=list)
    """What any page said on its console of errors, and every exception that nobody caught."""

    async def clear(self) -> None:
        """Everybody closes their window."""
        for context in self.contexts:
            await context.close()
        self.contexts.clear()

    async def schedule(self) -> Scheduled:
        return await schedule_hearing(self.api, 1)

    async def browser(self, voice: str, camera: Path | None = None) -> Browser:
        """The one whose microphone says the lines of ``voice``, silent for anybody without lines, and whose camera shows the
        pictures of a file, or else a pattern."""
        key = f"{voice} {camera}"
        if key not in self.browsers:
            file = microphone_file(self.folder, voice)
            switches = [*DEVICES, *self.switches, f"--use-file-for-fake-audio-capture={file}"]
            switches += [f"--use-file-for-fake-video-capture={camera}"] if camera else []
            self.browsers[key] = await self.stack.enter_async_context(open_browser(*switches))
        return self.browsers[key]

    async def page(self, voice: str = "", camera: Path | None = None) -> Page:
        """An empty window with storage of its own, of a desk's size."""
        width, height = SIZES["desk"]
        context = await (await self.browser(voice, camera)).new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": width, "height": height}
        )
        await context.add_init_script(OBSERVE)
        self.contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", _unexpected)
        return page

    async def tab(self, scheduled: Scheduled, part: str, voice: str = "", camera: Path | None = None) -> Tab:
        """Somebody opens the link they were sent."""
        tab = Tab(await self.page(voice, camera), scheduled.participants[part])
        tab.page.on("websocket", tab.listen)
        await tab.page.goto(scheduled.links[part])
        return tab

    @asynccontextmanager
    async def bench(self, scheduled: Scheduled) -> AsyncIterator[Bench]:
        async with CourtApi(self.server.base_url) as own:
            seat = await own.join(scheduled.tokens["presiding_judge"])
            async with CourtSession(own, seat.session_token) as session:
                yield Bench(session, seat.participant)


async def _unexpected(dialog: Dialog) -> None:
    raise AssertionError(f"the page asks with a window of the browser's own: {dialog.message}")


@asynccontextmanager
async def court_house(folder: Path) -> AsyncIterator[CourtHouse]:
    """Everything of it runs while inside; no page may have thrown anything."""
    async with (
        whole_server(folder, HEARING_OPENING_COUNTDOWN_S=str(COUNTDOWN_S)) as server,
        signed_in_clerk(server) as api,
    ):
        await recorder_ready(api)
        async with AsyncExitStack() as browsers:
            house = CourtHouse(server, api, folder, browsers)
            yield house
        assert house.complaints == []


# ---------------------------------------------------------------------- speech


def microphone_file(folder: Path, voice: str) -> Path:
    """48 kHz mono of somebody's lines with pauses, which Chromium plays from its start again and again."""
    file = folder / f"microphone-{voice or 'silent'}.wav"
    pause = np.zeros(int(PAUSE_S * RATE_HZ), np.int16)
    pieces = [piece for number in SPEECH.get(voice, ()) for piece in (load_clip(LINES[number].path).samples, pause)]
    with wave.open(str(file), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE_HZ)
        wav.writeframes(np.concatenate(pieces or [pause]).tobytes())
    return file


def spoken_lines(voice: str) -> list[Line]:
    return [LINES[number] for number in SPEECH[voice]]


def likeness(said: str, heard: str) -> float:
    """1 when the characters are the same, 0 when nothing agrees."""
    reference = comparable(said)
    return 1 - edit_distance(reference, comparable(heard)) / max(1, len(reference))
