"""The page that verifies, opened out of a bundle that was unpacked, finds word for word what ``verify.py`` beside it finds."""

import asyncio
import random
from pathlib import Path

import pytest

from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.web.application import CLIENT_DIST
from tests.browser.screens import open_browser
from tests.browser.test_verifier_page import Verifiers, sealed
from tests.unit.hearing_server.exports.packed_hearing import packed
from tests.unit.hearing_server.sealing.harms import flip

pytestmark = pytest.mark.browser


async def unpacked(folder: Path) -> tuple[Path, str]:
    """The bag, with the real page in it, and the id of the court's key."""
    await asyncio.to_thread(sealed, folder / "original")
    hearing = await asyncio.to_thread(packed, folder / "original", folder / "data", CLIENT_DIST / "verify.html")
    key = CourtKeys(folder / "data" / "keys").current().id
    return await asyncio.to_thread(hearing.unpack, folder / "unpacked"), key


async def test_page_and_script_of_a_bag_find_the_same(tmp_path: Path) -> None:
    bag, key = await unpacked(tmp_path)
    chosen = random.Random(5102)
    async with open_browser() as browser:
        page = await browser.new_page(locale="en-US")
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto((bag / "verify.html").as_uri())
        both = Verifiers(page, bag / "verify.py")
        await page.fill("#key", key)
        whole = await both.choose("#folder", bag)
        assert whole["findings"] == [] and whole == await both.script("--key", key)
        assert "unchanged: 6 files and 32 lines" in (await page.text_content("#verdict") or "")
        inner = await both.choose("#folder", bag / "data" / "recording")
        assert inner["findings"] == []
        for path in sorted(path for path in bag.rglob("*") if path.is_file() and path.name != "verify.py"):
            offset, bit = chosen.randrange(path.stat().st_size), chosen.randrange(8)
            flip(path, offset, bit)
            found = await both.choose("#folder", bag)
            assert found["findings"] and found == await both.script("--key", key), (path.name, offset, bit)
            flip(path, offset, bit)
        (bag / "data" / "composite.mp4").rename(bag / "data" / "other.mp4")
        moved = await both.choose("#folder", bag)
        assert [finding["code"] for finding in moved["findings"]] == ["bag_file_missing", "bag_file_unlisted"]
        assert moved == await both.script("--key", key)
        assert not faults
