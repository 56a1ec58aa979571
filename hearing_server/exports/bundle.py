"""``python -m hearing_server.exports.bundle TERMS``: packs a sealed hearing into a bag, as one ZIP.

TERMS is a JSON file with the fields of `BundleTerms`. Progress, the result and errors are lines of JSON on standard output. What lies
under its final name is whole and was read back; a run that was killed leaves a ``.part`` that the next one begins anew.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from hearing_server.domain.export import ExportError
from hearing_server.exports.bag_archive import CHUNK_BYTES, BagArchive
from hearing_server.exports.errors import ExportFailed
from hearing_server.exports.readme import readme
from hearing_server.exports.shelf import sync_folder
from hearing_server.sealing.sealed_folder import SealedFolder
from recorder.verification.bag import RECORDING, SEALED_MEDIA
from recorder.verification.folder import MEDIA
from recorder.verification.seal_file import LEAVES, LINE_FILES, SEAL
from recorder.verification.single_file import single_file

NICENESS = 15
REPORT_EVERY_S = 0.5
SPARE_BYTES = 256 << 20
"""Left free on the disk, for hearings that are being recorded."""
READ_BACK_COUNTS = 0.25
"""Of what packing a byte costs; for the estimate."""


@dataclass(frozen=True, slots=True)
class BundleTerms:
    """``folder`` is the hearing's, ``output`` the ZIP; the others are files that go with it, empty where there is none."""

    folder: str
    output: str
    hearing: str
    court: str
    case_number: str
    case_title: str
    keys: list[str]
    """The court's public keys."""
    authority: str
    """Certificates of the time stamp authority."""
    page: str
    """``verify.html``."""
    papers: list[str]


@dataclass(frozen=True, slots=True)
class Packed:
    size_bytes: int
    sha256: str
    seal: int


class Told:
    """Turns bytes into lines of progress."""

    def __init__(self, total: int, say: Callable[[dict[str, Any]], None]) -> None:
        self._total = max(total, 1) * (1 + READ_BACK_COUNTS)
        self._say = say
        self._done = 0.0
        self._began = self._said = time.monotonic()

    def packed(self, count: int) -> None:
        self._add(count)

    def read_back(self, count: int) -> None:
        self._add(count * READ_BACK_COUNTS)

    def _add(self, cost: float) -> None:
        self._done += cost
        now = time.monotonic()
        if now - self._said < REPORT_EVERY_S:
            return
        self._said = now
        part = min(1.0, self._done / self._total)
        self._say({"progress": round(part, 4), "remaining_s": round((now - self._began) * (1 - part) / part, 1)})


def pack(terms: BundleTerms, say: Callable[[dict[str, Any]], None]) -> Packed:
    """Raises `ExportFailed`, `NothingToSeal`, `OSError`."""
    folder, output = Path(terms.folder), Path(terms.output)
    page = Path(terms.page)
    if not page.is_file():
        raise ExportFailed(ExportError.VERIFIER_MISSING)
    lines = _record(folder)
    newest = json.loads(lines[SEAL])["seals"][-1]["statement"]
    others = _others(terms)
    media = _media(folder)
    total = sum(map(len, lines.values())) + sum(path.stat().st_size for path in [*media.values(), *others.values()])
    output.parent.mkdir(exist_ok=True, mode=0o750)
    if shutil.disk_usage(output.parent).free < total + SPARE_BYTES:
        raise ExportFailed(ExportError.DISK_FULL)
    told = Told(total, say)
    draft = output.with_name(output.name + ".part")
    try:
        with (
            _new(draft) as file,
            BagArchive(file, f"hearing-{terms.hearing}", newest["sealed_at_ms"], told.packed) as bag,
        ):
            bag.add("README.txt", readme(terms.court, terms.case_number, newest["key"], newest["root"]).encode())
            bag.add("verify.py", single_file().encode())
            bag.add("verify.html", page.read_bytes())
            for name, data in lines.items():
                bag.add(RECORDING + name, data)
            for place, path in {**media, **others}.items():
                bag.add_file(place, path)
            bag.finish(_info(terms, newest))
        size, sha256 = _read_back(draft, told.read_back)
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(output.parent)
    return Packed(size, sha256, newest["number"])


def _record(folder: Path) -> dict[str, bytes]:
    """The sealed lines and the seal, as of one moment."""
    sealed = SealedFolder(folder)
    with sealed.alone():
        try:
            return {name: (folder / name).read_bytes() for name in (*LINE_FILES, LEAVES, SEAL)}
        except FileNotFoundError:
            raise ExportFailed(ExportError.RECORD_CHANGED) from None


def _media(folder: Path) -> dict[str, Path]:
    """Everything among the tracks by its path in the bag, also what a crash left and what is bad (RCD-4)."""
    found = [path for path in (folder / MEDIA).rglob("*") if path.is_symlink() or not path.is_dir()]
    if any(path.is_symlink() or not path.is_file() for path in found):
        raise ExportFailed(ExportError.RECORD_CHANGED)
    return {SEALED_MEDIA + path.relative_to(folder / MEDIA).as_posix(): path for path in sorted(found)}


def _others(terms: BundleTerms) -> dict[str, Path]:
    """By their path in the bag."""
    composite = Path(terms.folder) / "composite.mp4"
    others = {"data/composite.mp4": composite} if composite.is_file() else {}
    others |= {f"data/papers/{Path(paper).name}": Path(paper) for paper in terms.papers}
    others |= {f"data/keys/{Path(key).name}": Path(key) for key in terms.keys}
    if terms.authority:
        others["data/keys/time-stamp-authority.pem"] = Path(terms.authority)
    return others


def _info(terms: BundleTerms, seal: dict[str, Any]) -> dict[str, str]:
    return {
        "Source-Organization": terms.court,
        "External-Description": f"{terms.case_number} {terms.case_title}",
        "External-Identifier": terms.hearing,
        "Bagging-Date": time.strftime("%Y-%m-%d", time.gmtime()),
        "Bag-Group-Identifier": terms.case_number,
        "Bag-Software-Agent": "hearing-server",
        "Seal-Number": str(seal["number"]),
        "Seal-Root": seal["root"],
        "Seal-Key": seal["key"],
    }


@contextlib.contextmanager
def _new(path: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    with os.fdopen(descriptor, "w+b") as file:
        yield file


def _read_back(path: Path, read: Callable[[int], None]) -> tuple[int, str]:
    """Size and SHA-256."""
    file: BinaryIO
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            read(len(chunk))
    return size, digest.hexdigest()


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(terms_file: str) -> int:
    os.nice(NICENESS)
    terms = BundleTerms(**json.loads(Path(terms_file).read_bytes()))
    try:
        packed = pack(terms, _say)
    except ExportFailed as failure:
        _say({"error": failure.code.value})
    except OSError as error:
        _say({"error": (ExportError.DISK_FULL if error.errno == errno.ENOSPC else ExportError.RECORD_CHANGED).value})
    else:
        _say({"size_bytes": packed.size_bytes, "sha256": packed.sha256, "seal": packed.seal})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
