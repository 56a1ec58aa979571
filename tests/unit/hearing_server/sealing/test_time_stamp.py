"""Time stamps of a real authority on this machine: good, of another authority, for something else, and without OpenSSL."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hearing_server.sealing.errors import StampRefused
from hearing_server.sealing.sealed_folder import SealedFolder
from hearing_server.sealing.time_stamp_authority import TimeStampAuthority
from recorder.verification.keys import decoded
from tests.fakes.time_stamp_authority import TimeStampFolder, time_stamp_server
from tests.unit.hearing_server.sealing.harms import put_seal
from tests.unit.recorder.recorder_process import HEARING


def codes(verifier: Path, *arguments: str | Path, path: str = os.environ["PATH"]) -> tuple[set[str], set[str]]:
    """Of findings, and of notices about the stamp."""
    command = [sys.executable, "-I", "-S", verifier, "--json", *arguments]
    answer = subprocess.run(command, env={"PATH": path}, capture_output=True, encoding="utf-8", check=False)
    report = json.loads(answer.stdout)
    notices = {notice["code"] for notice in report["notices"]}
    assert answer.returncode == bool(report["findings"])
    return {finding["code"] for finding in report["findings"]}, {code for code in notices if code.startswith("stamp")}


@pytest.mark.parametrize("rsa_keys", [False, True], ids=["ecdsa", "rsa"])
async def test_stamp_is_checked_against_its_authority(
    sealed_original: Path, verifier: Path, tmp_path: Path, rsa_keys: bool
) -> None:
    shutil.copytree(sealed_original, tmp_path / "data")
    folder = tmp_path / "data" / "recordings" / HEARING
    ours = TimeStampFolder(tmp_path / "ours", "授时中心", rsa_keys=rsa_keys)
    other = TimeStampFolder(tmp_path / "other", "another", rsa_keys=rsa_keys)
    sealed = SealedFolder(folder)
    signature = decoded(sealed.entries()[0]["signature"])
    async with time_stamp_server(ours) as url:
        stamp = await TimeStampAuthority(url, ours.trusted).stamp(signature)
        elsewhere = await TimeStampAuthority(url, ours.trusted).stamp(b"something else" * 5)
        with pytest.raises(StampRefused, match="does not hold"):
            await TimeStampAuthority(url, other.trusted).stamp(signature)
    with sealed.alone():
        sealed.add("stamps", 1, stamp)
        sealed.add("stamps", 1, stamp)
    assert len(sealed.entries()[0]["stamps"]) == 1
    assert codes(verifier, folder, "--authority", ours.trusted) == (set(), {"stamp_good"})
    assert codes(verifier, folder, "--authority", other.trusted) == ({"stamp_of_another_authority"}, set())
    assert codes(verifier, folder) == (set(), {"stamp_without_authority"})
    without = codes(verifier, folder, "--authority", ours.trusted, path=str(tmp_path))
    assert without == (set(), {"stamp_needs_openssl"})

    def replace(response: bytes | str) -> None:
        put_seal(folder, lambda seal: seal["stamps"][0].update(response=response))

    replace(elsewhere["response"])
    for path in (os.environ["PATH"], str(tmp_path)):
        found = codes(verifier, folder, "--authority", ours.trusted, path=path)
        assert found == ({"stamp_of_something_else"}, set())
    replace("AAAA")
    assert codes(verifier, folder, "--authority", ours.trusted) == ({"stamp_unreadable"}, set())


async def test_authority_that_does_not_answer_is_refused(tmp_path: Path) -> None:
    ours = TimeStampFolder(tmp_path / "ours", "ours")
    async with time_stamp_server(ours) as url:
        pass
    with pytest.raises(StampRefused, match="did not answer"):
        await TimeStampAuthority(url, ours.trusted).stamp(b"signature")
