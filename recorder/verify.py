"""Checks a hearing's recordings folder against its own manifest, offline. ``python -m recorder.verify FOLDER``; status 1 on any finding."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from recorder.digests import digests
from recorder.errors import ManifestDamagedError
from recorder.manifest import NAME, ManifestLine, read_lines


def verify_folder(folder: Path, hearing: str | None = None) -> list[str]:
    """Findings in plain words, none when all holds. ``hearing`` is whose folder it should be."""
    return list(_findings(folder, hearing))


def _findings(folder: Path, hearing: str | None) -> Iterator[str]:
    try:
        data = (folder / NAME).read_bytes()
    except FileNotFoundError:
        yield f"{NAME} is missing, so nothing in this folder can be proven."
        return
    lines: list[ManifestLine] = []
    try:
        for line in read_lines(data):
            lines.append(line)  # noqa: PERF402 - those before a damaged line are wanted too
    except ManifestDamagedError as error:
        yield f"{NAME}: {error}; what follows it proves nothing."
    if not data.endswith(b"\n") and data:
        yield f"{NAME}: the last line was cut off."
    if not lines:
        yield f"{NAME} has no lines."
    yield from _foreign_lines(lines, hearing)
    yield from _segments(folder, lines)
    yield from _unlisted(folder, lines)
    yield from _counts(lines)


def _facts(lines: Sequence[ManifestLine], kind: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for line in lines:
        if line.type == kind and line.fact is not None:
            yield line.fact, line.detail


def _foreign_lines(lines: Sequence[ManifestLine], hearing: str | None) -> Iterator[str]:
    for line in lines:
        if line.fact is not None:
            hearing = hearing or line.fact["hearing"]
            if line.fact["hearing"] != hearing:
                yield f"{NAME}: line {line.n} belongs to hearing {line.fact['hearing']}, not to {hearing}."


def _segments(folder: Path, lines: Sequence[ManifestLine]) -> Iterator[str]:
    for fact, detail in _facts(lines, "segment_sealed"):
        path = folder / fact["path"]
        if path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()):
            yield f"{fact['path']} leads out of the folder."
            continue
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            yield f"{fact['path']} is missing."
            continue
        if len(data) != fact["size_bytes"]:
            yield f"{fact['path']} has {len(data)} bytes; {fact['size_bytes']} were recorded."
        found = digests(data)
        if (found.sha256, found.sm3) != (fact["sha256"], detail["sm3"]):
            yield f"{fact['path']} was changed: its hash is not the one recorded."


def _unlisted(folder: Path, lines: Sequence[ManifestLine]) -> Iterator[str]:
    listed = {fact["path"] for fact, _ in _facts(lines, "segment_sealed")}
    listed |= {_path_of_empty(line.detail) for line in lines if line.type == "segment_empty"}
    for path in sorted(folder.glob("tracks/*/*/*.mkv*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".part":
            yield f"{name} was not sealed; start the recorder once to recover it."
        elif name not in listed:
            yield f"{name} is not in the manifest."


def _path_of_empty(noted: dict[str, Any]) -> str:
    """A file that a crash left before any media was in it; recovery put it aside under this name."""
    return f"tracks/{noted['participant']}/{noted['track']}/{noted['index']:05d}.mkv.empty"


def _counts(lines: Sequence[ManifestLine]) -> Iterator[str]:
    """Received = written = read back, or a gap says how many and why."""
    gaps: dict[str, int] = defaultdict(int)
    for fact, _ in _facts(lines, "recording_gap"):
        if fact["cause"] in ("undecodable", "paused"):
            gaps[fact["track"]] += fact["packets"]
    missing: dict[str, int] = defaultdict(int)
    for fact, _ in _facts(lines, "segment_sealed"):
        missing[fact["track"]] += fact["packets_received"] - fact["packets_read_back"]
    for track, packets in missing.items():
        if packets > gaps[track]:
            yield f"{track}: {packets} packets are not in the files, but gaps explain only {gaps[track]}."


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m recorder.verify", description=(__doc__ or "").partition(".")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hearing", help="id of the hearing it should be")
    arguments = parser.parse_args()
    findings = verify_folder(arguments.folder, arguments.hearing)
    for finding in findings:
        sys.stdout.write(finding + "\n")
    if not findings:
        sys.stdout.write("All of the recording is there and unchanged.\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
