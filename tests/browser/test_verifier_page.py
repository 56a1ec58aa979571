"""The page that verifies in a browser, opened from a disk as a party would, finds word for word what ``verify.py`` finds."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.sealing.proofs import SealedRecordings
from hearing_server.sealing.sealed_folder import SealedFolder
from hearing_server.sealing.time_stamp_authority import TimeStampAuthority
from hearing_server.sealing.transparency_log import TransparencyLog
from hearing_server.web.application import CLIENT_DIST
from recorder.verification.keys import decoded
from recorder.verification.single_file import single_file
from tests.browser.screens import assert_accessible, open_browser, picture, resize
from tests.fakes.time_stamp_authority import TimeStampFolder, time_stamp_server
from tests.unit.hearing_server.sealing.harms import HARMS, edit_transcript, flip, random_flips
from tests.unit.hearing_server.sealing.sealed_hearing import record, record_lines, seal_folder
from tests.unit.recorder.recorder_process import HEARING

pytestmark = pytest.mark.browser


class Verifiers:
    """The page, and ``verify.py`` beside it."""

    def __init__(self, page: Page, script: Path) -> None:
        self.page = page
        self._script = script

    async def read(self) -> dict[str, Any]:
        """The page's report, once it is done."""
        await self.page.wait_for_selector("#report:not(:empty)", state="attached")
        report: dict[str, Any] = json.loads(await self.page.text_content("#report") or "")
        return report

    async def choose(self, field: str, path: Path) -> dict[str, Any]:
        clear = (
            "field => { document.querySelector(field).value = ''; document.querySelector('#report').textContent = ''; }"
        )
        await self.page.evaluate(clear, field)
        await self.page.set_input_files(field, str(path))
        return await self.read()

    async def script(self, *arguments: str | Path) -> dict[str, Any]:
        command = [sys.executable, "-I", "-S", self._script, "--json", *arguments]
        answer = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
        report: dict[str, Any] = json.loads(answer.stdout)
        return report


@asynccontextmanager
async def verifiers(folder: Path) -> AsyncIterator[Verifiers]:
    script = folder / "verify.py"
    script.write_text(single_file(), encoding="utf-8")
    copied = folder / "verify.html"
    shutil.copy(CLIENT_DIST / "verify.html", copied)
    async with open_browser() as browser:
        page = await browser.new_page(locale="en-US")
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(copied.as_uri())
        yield Verifiers(page, script)
        assert not faults


def sealed(data: Path) -> str:
    """Key id of a new sealed folder in ``data``."""
    keys = CourtKeys(data / "keys")
    seal_folder(data / "recordings", keys, record_lines(record(data / "recordings"))[0])
    return keys.current().id


async def test_page_and_script_find_the_same_in_every_harmed_folder(tmp_path: Path) -> None:
    key = await asyncio.to_thread(sealed, tmp_path / "original")
    await asyncio.to_thread(record, tmp_path / "foreign", 7)
    async with verifiers(tmp_path) as both:
        await both.page.fill("#key", key)
        folder = tmp_path / "original" / "recordings" / HEARING
        whole = await both.choose("#folder", folder)
        assert whole["findings"] == [] and whole == await both.script(folder, "--key", key)
        assert "unchanged: 6 files and 32 lines" in (await both.page.text_content("#verdict") or "")
        for number, harm in enumerate(HARMS):
            harmed = tmp_path / f"harmed-{number}" / HEARING
            shutil.copytree(folder, harmed)
            harm.act(harmed, tmp_path / "foreign" / HEARING)
            found = await both.choose("#folder", harmed)
            assert found["findings"], harm.name
            assert found == await both.script(harmed, "--key", key), harm.name


async def test_page_and_script_find_the_same_where_a_bit_is_flipped(tmp_path: Path) -> None:
    key = await asyncio.to_thread(sealed, tmp_path)
    folder = tmp_path / "recordings" / HEARING
    async with verifiers(tmp_path) as both:
        await both.page.fill("#key", key)
        for name, offset, bit in random_flips(folder, each=4, seed=8032):
            flip(folder / name, offset, bit)
            found = await both.choose("#folder", folder)
            assert name in {finding["file"] for finding in found["findings"]}, (name, offset, bit)
            assert found == await both.script(folder, "--key", key), (name, offset, bit)
            flip(folder / name, offset, bit)


async def test_page_is_told_in_both_languages_and_is_accessible(tmp_path: Path) -> None:
    await asyncio.to_thread(sealed, tmp_path)
    folder = tmp_path / "recordings" / HEARING
    edit_transcript(folder, folder)
    async with verifiers(tmp_path) as both:
        await both.choose("#folder", folder)
        english = await both.page.text_content("#findings") or ""
        await both.page.click("#language")
        chinese = await both.page.text_content("#findings") or ""
        assert "transcript.jsonl, line 3 (field text) was altered" in english
        assert "transcript.jsonl 第 3 行（字段 text）被改动，与封存时不同。" in chinese
        assert "没有通过：发现 2 处问题。" in (await both.page.text_content("#verdict") or "")
        for size in ("desk", "phone"):
            await resize(both.page, size)
            await assert_accessible(both.page, f"verifier page, {size}")
            await picture(both.page, f"verifier-{size}")
            assert await both.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        await both.page.fill("#key", "no key at all")
        await both.page.click("#again")
        await both.page.wait_for_selector("#verdict:has-text('没有看懂')")
        await both.page.fill("#key", "")
        await both.page.click("h1")
        await both.page.wait_for_selector("#verdict.bad")


async def test_page_says_whether_the_key_was_checked(tmp_path: Path) -> None:
    key = await asyncio.to_thread(sealed, tmp_path)
    async with verifiers(tmp_path) as both:
        await both.choose("#folder", tmp_path / "recordings" / HEARING)
        assert "Whose key sealed it was not checked" in (await both.page.text_content("#verdict.open") or "")
        assert "示范人民法院" in (await both.page.text_content("#seals") or "")
        await both.page.fill("#key", key)
        await both.page.click("h1")
        await both.page.wait_for_selector("#verdict.good")


@pytest.mark.parametrize("rsa_keys", [False, True], ids=["ecdsa", "rsa"])
async def test_page_checks_stamps_and_proofs_without_openssl(tmp_path: Path, rsa_keys: bool) -> None:
    await asyncio.to_thread(sealed, tmp_path)
    folder = tmp_path / "recordings" / HEARING
    ours = TimeStampFolder(tmp_path / "ours", "授时中心", rsa_keys=rsa_keys)
    other = TimeStampFolder(tmp_path / "other", "another", rsa_keys=rsa_keys)
    sealing = SealedFolder(folder)
    async with time_stamp_server(ours) as url:
        stamp = await TimeStampAuthority(url, ours.trusted).stamp(decoded(sealing.entries()[0]["signature"]))
    sealing.add("stamps", 1, stamp)
    keys = CourtKeys(tmp_path / "keys")
    proof = SealedRecordings(tmp_path / "recordings", keys, TransparencyLog(tmp_path, keys)).prove_utterance(
        HEARING, "u2", None
    )
    assert proof is not None
    (tmp_path / "proof.json").write_text(json.dumps(proof))
    (tmp_path / "forged.json").write_text(json.dumps({**proof, "text": proof["text"].replace("三万元", "一万元")}))
    async with verifiers(tmp_path) as both:
        for trusted in (ours.trusted, other.trusted):
            await both.page.set_input_files("#authority", str(trusted))
            for field, what in (
                ("#folder", folder),
                ("#proof", tmp_path / "proof.json"),
                ("#proof", tmp_path / "forged.json"),
            ):
                assert await both.choose(field, what) == await both.script(what, "--authority", trusted)
        await both.page.set_input_files("#authority", str(ours.trusted))
        good = await both.choose("#folder", folder)
        assert good["findings"] == [] and good["seals"][0]["stamp"]["state"] == "good"
        await both.page.set_input_files("#authority", str(other.trusted))
        wrong = await both.choose("#folder", folder)
        assert [finding["code"] for finding in wrong["findings"]] == ["stamp_of_another_authority"]
