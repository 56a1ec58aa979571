"""Verifying a hearing's recordings folder: offline, without a database, with nothing but the folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from recorder.verification.bag import RECORDING, bag_bytes, check_bag, is_bag
from recorder.verification.chains import JOURNAL, MANIFEST, parsed, read_journal, read_manifest
from recorder.verification.changed_media import SIDECAR, locate_change
from recorder.verification.findings import Report
from recorder.verification.record import (
    PARTICIPANTS,
    TRANSCRIPT,
    Lines,
    check_hearing,
    check_packets,
    check_told,
    check_transcript,
    name_people,
)
from recorder.verification.seal_file import LEAVES, LINE_FILES, SEAL, Believed, check_seal
from recorder.verification.sealed_lines import compare_lines, split_lines
from recorder.verification.stored_files import (
    FILES,
    StoredFile,
    check_files,
    is_inside,
    listed_files,
    listed_segments,
)

MEDIA = "tracks"


def verify(
    folder: Path,
    *,
    hearing: str | None = None,
    keys: list[str] | None = None,
    authority: str | None = None,
    sealed: bool = True,
    progress: Callable[[float], None] | None = None,
) -> Report:
    """Of a bag, the hearing's folder in it, and then the bag.

    ``hearing``: whose folder it should be; ``keys``: ids of the court's keys; ``authority``: file of the time stamp
    authority's certificates; ``sealed``: whether a missing seal is a finding. ``progress`` is told parts of 1."""
    report, bag = Report(), folder if is_bag(folder) else None
    folder = folder if bag is None else folder / RECORDING
    texts = {name: _content(folder, name) for name in (*LINE_FILES, LEAVES, SEAL)}
    manifest_text, seal = texts[MANIFEST], texts[SEAL]
    if manifest_text is None:
        report.find("manifest_missing", MANIFEST)
    believed = Believed()
    if seal is not None:
        believed = check_seal(report, seal, texts[LEAVES], keys or [], authority)
    elif sealed:
        report.find("seal_missing", SEAL)
    else:
        report.notice("unsealed", SEAL)
    if believed.hearing is not None and hearing is not None and believed.hearing != hearing:
        report.find("seal_of_another_hearing", SEAL, hearing=believed.hearing, expected=hearing)
    _compare(report, believed, texts)
    manifest, journal, others = _read(report, texts)
    told = check_hearing(report, MANIFEST, manifest, hearing or believed.hearing)
    check_hearing(report, JOURNAL, journal, told)
    if seal is not None and texts[JOURNAL] is not None:
        if manifest:
            check_told(report, manifest, journal)
        check_transcript(report, others.get(TRANSCRIPT, []), journal)
    stored = listed_segments(report, manifest) + listed_files(report, others.get(FILES, []))
    strangers = _strangers(folder, stored, manifest, with_sidecars=seal is not None)
    total = sum(file.size_bytes for file in stored) + (0 if bag is None else bag_bytes(bag))
    read = _counting(total or 1, progress or (lambda _: None))
    check_files(report, folder, stored, strangers, read, lambda file: locate_change(report, folder, file))
    check_packets(report, manifest)
    if believed.lines is not None:
        name_people(report, others.get(PARTICIPANTS, []))
    if bag is not None:
        check_bag(report, bag, read)
    return report


def _content(folder: Path, name: str) -> bytes | None:
    if not is_inside(folder, name):
        return None
    try:
        return (folder / name).read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return None


def _compare(report: Report, believed: Believed, texts: dict[str, bytes | None]) -> None:
    """The lines that are there with those that were sealed, or at least their number."""
    for name, count in sorted(believed.counts.items()):
        text = texts.get(name)
        if text is None:
            if count and name != MANIFEST:
                report.find("file_missing", name)
            continue
        present = split_lines(text)
        if believed.lines is not None:
            compare_lines(report, name, believed.lines.get(name, []), present)
        elif len(present) != count:
            code = "lines_cut" if len(present) < count else "lines_appended"
            report.find(code, name, min(len(present), count) + 1, sealed=count, found=len(present))


def _read(report: Report, texts: dict[str, bytes | None]) -> tuple[Lines, Lines, dict[str, Lines]]:
    """Manifest, journal, and the other files of lines. What the seal tells of a file already is not told again by its chain."""
    chains = Report()
    manifest = read_manifest(chains, texts[MANIFEST] or b"")
    journal = read_journal(chains, texts[JOURNAL] or b"")
    if not manifest and texts[MANIFEST] is not None:
        report.find("manifest_empty", MANIFEST)
    others: dict[str, Lines] = {}
    for name in (TRANSCRIPT, PARTICIPANTS, FILES):
        rows = split_lines(texts[name] or b"")
        read = [(number, parsed(row, ())) for number, row in enumerate(rows, 1)]
        others[name] = [(number, line) for number, line in read if line is not None]
        for number, line in read:
            if line is None:
                chains.find("line_unreadable", name, number)
    blamed = {name for name in texts if report.blames(name)}
    report.findings += [finding for finding in chains.findings if finding.file not in blamed]
    return manifest, journal, others


def _strangers(folder: Path, stored: list[StoredFile], manifest: Lines, *, with_sidecars: bool) -> list[str]:
    """Files among the media that neither manifest nor seal lists."""
    listed = {file.path for file in stored} | {
        _path_of_empty(line["detail"]) for _, line in manifest if _is_empty(line)
    }
    found = [path for path in (folder / MEDIA).rglob("*") if path.is_symlink() or not path.is_dir()]
    names = sorted(path.relative_to(folder).as_posix() for path in found)
    return [name for name in names if name not in listed and (with_sidecars or not name.endswith("/" + SIDECAR))]


def unlisted_media(folder: Path, manifest: bytes) -> list[str]:
    """Paths of files among the media that the manifest does not list: sidecars, and what a crash left."""
    lines = read_manifest(Report(), manifest)
    return _strangers(folder, listed_segments(Report(), lines), [], with_sidecars=True)


def _is_empty(line: dict[str, Any]) -> bool:
    return bool(line["type"] == "segment_empty")


def _path_of_empty(noted: dict[str, Any]) -> str:
    """A file that a crash left before any media was in it; recovery put it aside under this name."""
    index = noted.get("index")
    name = f"{index:05d}.mkv.empty" if isinstance(index, int) else ""
    return f"{MEDIA}/{noted.get('participant')}/{noted.get('track')}/{name}"


def _counting(total: int, progress: Callable[[float], None]) -> Callable[[int], None]:
    """Turns bytes that were read into parts of 1."""
    done = 0

    def read(size_bytes: int) -> None:
        nonlocal done
        done += size_bytes
        progress(min(1.0, done / total))

    return read
