"""A sealed hearing that was packed, and its bag unpacked beside it."""

import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from hearing_server.exports.bundle import BundleTerms, Packed, pack
from hearing_server.sealing.court_keys import CourtKeys
from tests.unit.hearing_server.sealing.sealed_hearing import SUBJECT
from tests.unit.recorder.recorder_process import HEARING

PAGE = "<!doctype html><title>verify</title>"


@dataclass(frozen=True, slots=True)
class PackedHearing:
    data: Path
    packed: Packed
    said: list[dict[str, object]]

    @property
    def archive(self) -> Path:
        return self.data / "recordings" / HEARING / "exports" / "bundle.zip"

    def unpack(self, folder: Path) -> Path:
        """The bag's folder."""
        with zipfile.ZipFile(self.archive) as archive:
            archive.extractall(folder)
        return folder / f"hearing-{HEARING}"


def terms(data: Path, page: Path | None = None) -> BundleTerms:
    keys = CourtKeys(data / "keys")
    if page is None:
        page = data / "verify.html"
        page.write_text(PAGE, encoding="utf-8")
    folder = data / "recordings" / HEARING
    return BundleTerms(
        folder=str(folder),
        output=str(folder / "exports" / "bundle.zip"),
        hearing=HEARING,
        court=SUBJECT.court,
        case_number=SUBJECT.case_number,
        case_title="买卖合同纠纷",
        keys=[str(keys.public_file(key)) for key in keys.published()],
        authority="",
        page=str(page),
        papers=[],
    )


def packed(original: Path, data: Path, page: Path | None = None) -> PackedHearing:
    """``original`` is copied; a combined video, which is not sealed, is put beside the recording."""
    shutil.copytree(original, data)
    (data / "recordings" / HEARING / "composite.mp4").write_bytes(bytes(range(256)) * 12)
    said: list[dict[str, object]] = []
    return PackedHearing(data, pack(terms(data, page), said.append), said)


def verify(bag: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As a party runs it: with nothing but Python, in the bag's folder."""
    command = [sys.executable, "-I", "-S", "verify.py", "--lang", "en", *arguments]
    return subprocess.run(command, cwd=bag, capture_output=True, text=True, check=False)
