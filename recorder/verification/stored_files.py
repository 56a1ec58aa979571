"""The files of a recording: whether they are there, whole, and where they should be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recorder.verification.findings import Report
from recorder.verification.sm3 import new_sm3

CHUNK_BYTES = 1 << 20
FILES = "files.jsonl"


@dataclass(frozen=True)
class StoredFile:
    """What was written down of a file; ``kind`` is ``segment`` or ``file``."""

    path: str
    size_bytes: int
    sha256: str
    sm3: str
    kind: str
    fact: dict[str, Any]
    detail: dict[str, Any]


@dataclass(frozen=True)
class FoundFile:
    size_bytes: int
    sha256: str
    sm3: str


def listed_segments(report: Report, lines: list[tuple[int, dict[str, Any]]]) -> list[StoredFile]:
    """The segments that the manifest lists."""
    listed = []
    for number, line in lines:
        if line["type"] != "segment_sealed":
            continue
        fact, detail = line["fact"] or {}, line["detail"]
        path, size = fact.get("path"), fact.get("size_bytes")
        if not isinstance(path, str) or not isinstance(size, int):
            report.find("line_unreadable", "manifest.jsonl", number)
            continue
        digests = str(fact.get("sha256")), str(detail.get("sm3"))
        listed.append(StoredFile(path, size, *digests, kind="segment", fact=fact, detail=detail))
    return listed


def listed_files(report: Report, lines: list[tuple[int, dict[str, Any]]]) -> list[StoredFile]:
    """What ``files.jsonl`` lists; of a file that is listed again only the last line counts."""
    listed: dict[str, StoredFile] = {}
    for number, line in lines:
        path, size = line.get("path"), line.get("size_bytes")
        if not isinstance(path, str) or not isinstance(size, int):
            report.find("line_unreadable", FILES, number)
            continue
        listed[path] = StoredFile(path, size, str(line.get("sha256")), str(line.get("sm3")), "file", {}, {})
    return list(listed.values())


def is_inside(folder: Path, path: str) -> bool:
    """Neither the path nor a link on it leads out of the folder."""
    parts = path.split("/")
    if not path or path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in parts):
        return False
    return not any(folder.joinpath(*parts[:length]).is_symlink() for length in range(1, len(parts) + 1))


def digested(path: Path, read: Callable[[int], None]) -> FoundFile | None:
    """None when it is not there; ``read`` is told of bytes as they are read."""
    sha256, sm3, size = hashlib.sha256(), new_sm3(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                sha256.update(chunk)
                sm3.update(chunk)
                size += len(chunk)
                read(len(chunk))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    return FoundFile(size, sha256.hexdigest(), sm3.hexdigest())


def check_files(
    report: Report,
    folder: Path,
    stored: list[StoredFile],
    strangers: list[str],
    read: Callable[[int], None],
    locate: Callable[[StoredFile], bool],
) -> None:
    """Findings for every file that is missing or other than it was. ``strangers`` are files that nothing lists;
    ``locate`` finds the place in a changed segment and says whether it could."""
    found: dict[str, FoundFile | None] = {}
    for file in stored:
        if not is_inside(folder, file.path):
            report.find("path_outside", file.path)
            continue
        found[file.path] = digested(folder / file.path, read)
        report.files += 1
    lying = {path: digested(folder / path, read) for path in strangers}
    owners = {file.sha256: file.path for file in stored}
    renamed = {each.sha256: path for path, each in lying.items() if each is not None and each.sha256 in owners}
    for file in stored:
        if file.path in found:
            _check_file(report, file, found[file.path], owners, renamed, locate)
    moved = {renamed[file.sha256] for file in stored if found.get(file.path) is None and file.sha256 in renamed}
    for path in strangers:
        if path in moved:
            continue
        each = lying[path]
        copied = owners.get(each.sha256) if each is not None else None
        if path.endswith(".part"):
            report.find("segment_open", path)
        elif copied is not None:
            report.find("file_copied", path, other=copied)
        else:
            report.find("file_unlisted", path)


def _check_file(
    report: Report,
    file: StoredFile,
    found: FoundFile | None,
    owners: dict[str, str],
    renamed: dict[str, str],
    locate: Callable[[StoredFile], bool],
) -> None:
    if found is None:
        if renamed.get(file.sha256) == f"{file.path}.part":
            report.find("segment_open", renamed[file.sha256])  # listed, and the recorder ended before it had its name
        elif file.sha256 in renamed:
            report.find("file_renamed", file.path, other=renamed[file.sha256])
        else:
            report.find("file_missing", file.path)
        return
    if found.sha256 == file.sha256:
        if found.sm3 != file.sm3:
            report.find("sm3_differs", file.path)
        return
    if found.sha256 in owners:
        report.find("file_swapped", file.path, other=owners[found.sha256])
        return
    if found.size_bytes != file.size_bytes:
        report.find("size_differs", file.path, found=found.size_bytes, recorded=file.size_bytes)
    if file.kind != "segment" or not locate(file):
        report.find("file_changed", file.path)
