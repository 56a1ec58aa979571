"""The bag a hearing's folder may travel in (BagIt, RFC 8493): whether everything in it is as it was packed.

A bag is not signed. What was recorded is checked against the court's seal, as in any hearing's folder; its lists only show what the
seal does not cover, such as the combined video, and damage on the way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from recorder.verification.findings import Report
from recorder.verification.stored_files import CHUNK_BYTES, is_inside

BAG = "bagit.txt"
PAYLOAD = "data/"
RECORDING = "data/recording/"
"""The hearing's folder, inside the bag."""
SEALED_MEDIA = RECORDING + "tracks/"
"""Checked against the seal, not once more against the list of the bag."""
PAYLOAD_LIST = "manifest-sha256.txt"
TAG_LIST = "tagmanifest-sha256.txt"
LISTED = re.compile(r"([0-9a-f]{64})  (\S.*)")


def is_bag(folder: Path) -> bool:
    return (folder / BAG).is_file()


def check_bag(report: Report, bag: Path, read: Callable[[int], None]) -> None:
    """To be called once the recording in it was verified: what that has told already is not told again. ``read`` is told of bytes
    as they are read."""
    listed = {**_listed(report, bag, PAYLOAD_LIST), **_listed(report, bag, TAG_LIST)}
    for path, sha256 in listed.items():
        if path.startswith(SEALED_MEDIA) or _told(report, path):
            continue
        if not is_inside(bag, path):
            report.find("path_outside", path)
            continue
        found = _sha256(bag / path, read)
        if found is None:
            report.find("bag_file_missing", path)
        elif found != sha256:
            report.find("bag_file_changed", path)
    for path in _payload(bag):
        if path not in listed and not path.startswith(SEALED_MEDIA):
            report.find("bag_file_unlisted", path)


def bag_bytes(bag: Path) -> int:
    """How many bytes `check_bag` reads at most."""
    found = [bag / path for path in _payload(bag) if not path.startswith(SEALED_MEDIA)]
    return sum(path.stat().st_size for path in found if path.is_file())


def _told(report: Report, path: str) -> bool:
    return path.startswith(RECORDING) and report.blames(path[len(RECORDING) :])


def _listed(report: Report, bag: Path, name: str) -> dict[str, str]:
    """SHA-256 by path."""
    try:
        text = (bag / name).read_bytes().decode("utf-8", "replace")
    except (FileNotFoundError, IsADirectoryError):
        report.find("bag_file_missing", name)
        return {}
    listed = {}
    for number, row in enumerate(text.split("\n")[:-1], 1):
        line = LISTED.fullmatch(row)
        if line is None:
            report.find("line_unreadable", name, number)
        else:
            listed[line[2]] = line[1]
    if text and not text.endswith("\n"):
        report.find("line_cut_off", name, text.count("\n") + 1)
    return listed


def _payload(bag: Path) -> list[str]:
    found = [path for path in (bag / PAYLOAD).rglob("*") if path.is_symlink() or not path.is_dir()]
    return sorted(path.relative_to(bag).as_posix() for path in found)


def _sha256(path: Path, read: Callable[[int], None]) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                read(len(chunk))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    return digest.hexdigest()
