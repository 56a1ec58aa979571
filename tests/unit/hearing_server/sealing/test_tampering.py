"""Whatever is done to a sealed folder, ``verify.py`` alone, with plain Python in an empty environment, says what and where."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from hearing_server.sealing.court_keys import CourtKeys
from recorder.verification.findings import Finding
from recorder.verification.folder import verify
from recorder.verification.wording import LANGUAGES, SENTENCES, sentence
from tests.unit.hearing_server.sealing.harms import (
    HARMS,
    LINK,
    Harm,
    exchange_names,
    flip,
    holds,
    random_flips,
    remove_segment,
)
from tests.unit.recorder.recorder_process import HEARING


@pytest.fixture
def data(sealed_original: Path, tmp_path: Path) -> Path:
    shutil.copytree(sealed_original, tmp_path / "data")
    return tmp_path / "data"


def run(verifier: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """In an empty environment: no project, no packages, no variables."""
    command = [sys.executable, "-I", "-S", verifier, *arguments]
    return subprocess.run(command, cwd=verifier.parent, env={}, capture_output=True, encoding="utf-8", check=False)


def as_json(verifier: Path, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    answer = run(verifier, "--json", *arguments)
    assert not answer.stderr, answer.stderr
    return answer.returncode, json.loads(answer.stdout)


def test_an_untouched_folder_verifies_without_the_project(data: Path, verifier: Path) -> None:
    key = CourtKeys(data / "keys").current()
    status, report = as_json(verifier, data / "recordings" / HEARING, "--key", key.id)
    assert (status, report["findings"]) == (0, [])
    assert {notice["code"] for notice in report["notices"]} == {"key_trusted", "stamp_none"}
    assert report["files"] == 6 and report["lines"] == 32
    answer = run(verifier, data / "recordings" / HEARING)
    assert answer.returncode == 0
    assert (
        "Seal 1: 示范人民法院, （2029）示01民初1号, 32 lines sealed at 2030-03-17 17:48:20.000 UTC, root"
        in answer.stdout
    )
    assert "Everything agrees with its seal: 6 files and 32 lines" in answer.stdout
    trusting = run(verifier, data / "recordings" / HEARING, "--key", key.id)
    assert "All of it is there and unchanged: 6 files and 32 lines" in trusting.stdout
    assert f"Seal 1 is signed with key {key.id}" in answer.stdout


@pytest.mark.parametrize("harm", [*HARMS, LINK], ids=lambda harm: harm.name)
def test_every_harm_is_named_with_its_place(data: Path, foreign: Path, verifier: Path, harm: Harm) -> None:
    folder = data / "recordings" / HEARING
    harm.act(folder, foreign)
    status, report = as_json(verifier, folder, "--key", data / "keys" / "seal-0001.pub.pem")
    assert status == 1 and holds(harm, report["findings"]), json.dumps(report["findings"], indent=1)
    assert len(report["findings"]) <= len(harm.said) + 4
    for language in LANGUAGES:
        for finding in report["findings"]:
            assert finding["file"] in sentence(Finding(**finding), language)


def test_any_bit_of_any_file_that_is_flipped_is_found_in_that_file(data: Path) -> None:
    folder = data / "recordings" / HEARING
    keys = [CourtKeys(data / "keys").current().id]
    for name, offset, bit in random_flips(folder, each=40, seed=6962):
        flip(folder / name, offset, bit)
        found = {finding.file for finding in verify(folder, keys=keys).findings}
        assert name in found, (name, offset, bit, found)
        flip(folder / name, offset, bit)
    assert verify(folder, keys=keys).findings == []


def test_findings_are_told_in_both_languages(data: Path, verifier: Path) -> None:
    folder = data / "recordings" / HEARING
    text = (folder / "transcript.jsonl").read_text(encoding="utf-8")
    (folder / "transcript.jsonl").write_text(text.replace("三万元", "一万元"), encoding="utf-8")
    english = run(verifier, folder, "--lang", "en").stdout
    chinese = run(verifier, folder, "--lang", "zh-CN").stdout
    assert "transcript.jsonl, line 3 (field text) was altered: it is not the line that was sealed." in english
    assert "transcript.jsonl 第 3 行（字段 text）被改动，与封存时不同。" in chinese
    assert "没有通过：发现 2 处问题。" in chinese


def test_findings_about_a_recording_say_whose_it_is(data: Path, verifier: Path) -> None:
    folder = data / "recordings" / HEARING
    remove_segment(folder, folder)
    assert "00001.mkv (王法官) is missing." in run(verifier, folder).stdout
    exchange_names(folder, folder)
    assert "00001.mkv is missing." in run(verifier, folder).stdout, "names that were changed name nobody"


def test_every_sentence_can_be_made() -> None:
    wanted = {name for both in SENTENCES.values() for text in both for _, name, _, _ in Formatter().parse(text) if name}
    values = dict.fromkeys(wanted - {"where"}, "x")
    for code in SENTENCES:
        for language in LANGUAGES:
            assert sentence(Finding(code, "seal.json", values=values), language)


def test_wrong_calls_are_refused(verifier: Path, tmp_path: Path) -> None:
    for arguments in (["nowhere"], [tmp_path, "--key", "no key"], [tmp_path, "--authority", "nowhere.pem"]):
        assert run(verifier, *arguments).returncode == 2
