"""Everybody sees and hears everybody, and what is said is read by all: four tabs, real media, real Vosk."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from hearing_server.demo.schedule import Scheduled
from hearing_server.demo.script import Line
from hearing_server.web.models import UtterancePage
from signaling.protocol.snapshot import UtteranceView, WordView
from tests.browser.whole_court import CourtHouse, Tab, court_house, likeness, spoken_lines

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]

SPEAKERS = ("presiding_judge", "plaintiff", "defendant")
LIKE = 0.9
"""A line of thirty characters with two wrong ones; a whole hearing is measured elsewhere."""

HAND_MADE_OFFER = """
async () => {
  const connection = new RTCPeerConnection();
  connection.addTransceiver('audio', {direction: 'sendonly'});
  await connection.setLocalDescription(await connection.createOffer());
  observed.sockets.at(-1).send(JSON.stringify({
    type: 'publish_offer',
    connection: 'up-by-hand',
    sdp: connection.localDescription.sdp,
    sources: [{mid: connection.getTransceivers()[0].mid, source: 'microphone'}],
  }));
}
"""


@dataclass
class InSession:
    """Judge, plaintiff and defendant speak, each in a tab with lines of their own; an observer watches."""

    house: CourtHouse
    scheduled: Scheduled
    tabs: dict[str, Tab]

    def others(self, part: str) -> list[str]:
        return [self.tabs[other].participant for other in SPEAKERS if other != part]

    async def record(self) -> list[UtteranceView]:
        """The case record as the clerk reads it."""
        path = f"/api/hearings/{self.scheduled.hearing}/transcript"
        return (await self.house.api.get(path, UtterancePage)).utterances


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InSession]:
    """Entered and opened with nothing but the screens: join links, device checks, rules, waiting rooms, the judge's buttons."""
    async with court_house(tmp_path_factory.mktemp("court")) as house:
        scheduled = await house.schedule()
        tabs = {part: await house.tab(scheduled, part, voice=part) for part in SPEAKERS}
        judge = tabs["presiding_judge"]
        await judge.enter(promises=False)
        for part in ("plaintiff", "defendant"):
            await tabs[part].enter(speaks=True)
            await tabs[part].says("waiting-sentence", "还没有开庭")
        for part in ("plaintiff", "defendant"):
            await judge.admit(tabs[part].participant)
            await tabs[part].shows("courtroom")
        tabs["observer"] = await house.tab(scheduled, "observer")
        await tabs["observer"].enter(devices=False)
        await tabs["observer"].shows("waiting")
        await judge.open_hearing()
        await judge.pane("transcript")
        yield InSession(house, scheduled, tabs)


async def test_every_tab_decodes_the_pictures_and_voices_of_all_others(court: InSession) -> None:
    for part in SPEAKERS:
        await court.tabs[part].sees_and_hears(court.others(part))
        assert await court.tabs[part].page.evaluate("observed.asked") == 1, "one question of the browser"


async def test_an_observer_receives_everybody_and_can_send_nothing(court: InSession) -> None:
    observer = court.tabs["observer"]
    await observer.shows("courtroom")
    await observer.sees_and_hears(court.tabs[part].participant for part in SPEAKERS)
    assert await observer.page.evaluate("observed.asked") == 0, "asked for a device"
    for button in ("mic", "camera", "hand", "toggle-captions"):
        await expect(observer.the(button)).to_have_count(0)
    await observer.page.evaluate(HAND_MADE_OFFER)
    await observer.until_told("error", lambda message: message["code"] == "not_permitted")
    assert not any(message["type"] == "publish_answer" for message in observer.told)
    await observer.sees_and_hears(court.tabs[part].participant for part in SPEAKERS)


async def test_speech_is_captioned_in_the_other_tabs_and_stands_under_its_speaker(court: InSession) -> None:
    for part in SPEAKERS:
        for line in spoken_lines(part):
            await _captioned_elsewhere(court, part, line)
    record = await court.record()
    for part in SPEAKERS:
        for line in spoken_lines(part):
            speakers = {entry.participant for entry in record if _is_heard_in(line, entry.words)}
            assert speakers == {court.tabs[part].participant}, line.text


async def _captioned_elsewhere(court: InSession, part: str, line: Line) -> None:
    """The line grew in the caption row of another tab while it was spoken, and then stood in its transcript."""
    reader = court.tabs["defendant" if part == "plaintiff" else "plaintiff"]
    await reader.pane("transcript")

    def has_ended(message: dict[str, Any]) -> bool:
        entry = UtteranceView.model_validate(message["utterance"])
        return entry.participant == court.tabs[part].participant and _is_heard_in(line, entry.words)

    final = await reader.until_told("utterance_changed", has_ended)
    before = [message for message in reader.told[: reader.told.index(final)] if message["type"] == "caption_partial"]
    partials = [message["text"] for message in before if message["utterance"] == final["utterance"]["utterance"]]
    assert len(partials) >= 2 and len(partials[0]) < len(partials[-1]), partials
    captions = await reader.captions()
    assert any(partial in caption for caption in captions for partial in partials[:-1]), (partials, captions)
    await reader.says("transcript", final["utterance"]["text"])


def _is_heard_in(line: Line, words: Sequence[WordView]) -> bool:
    """By the recogniser's own words, before court style wrote numbers as figures."""
    return likeness(line.text, "".join(word.text for word in words)) >= LIKE
