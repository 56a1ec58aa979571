"""Where in a changed segment the change lies: the sidecar of its track has the CRC-32 of every frame that was written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from recorder.verification.findings import Report, iso_time
from recorder.verification.stored_files import StoredFile

SIDECAR = "sync.jsonl"


@dataclass(frozen=True)
class WrittenFrame:
    """Its place in the segment file; ``rtp`` after the segment's first timestamp."""

    start: int
    end: int
    crc32: int
    rtp: int


def locate_change(report: Report, folder: Path, file: StoredFile) -> bool:
    """Finds which frames of a segment are other ones. False when the sidecar does not tell."""
    try:
        sidecar = (folder / file.path).with_name(SIDECAR).read_bytes()
        frames = written_frames(sidecar, int(Path(file.path).stem), _whole_bytes(file))
        data = (folder / file.path).read_bytes()
        rate_hz, start_ms = file.detail["clock_rate_hz"], file.fact["start_ms"]
        changed = [at for at, frame in enumerate(frames) if crc32(data[frame.start : frame.end]) != frame.crc32]
        ends = [changed[0], changed[-1]] if 0 < len(changed) < len(frames) else []
        moments = [iso_time(start_ms + frames[at].rtp * 1000 / rate_hz) for at in ends]
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError):
        return False
    if not frames:
        return False
    if not changed:
        report.find("segment_structure_changed", file.path)
    elif len(changed) == len(frames):
        report.find("segment_foreign", file.path, frames=len(frames))
    else:
        first, last = frames[changed[0]], frames[changed[-1]]
        place: dict[str, Any] = {"frames": len(frames), "first": changed[0] + 1, "at": moments[0]}
        place |= {"from_byte": first.start, "to_byte": last.end}
        if len(changed) == 1:
            report.find("frame_changed", file.path, **place)
        else:
            report.find("segment_changed", file.path, changed=len(changed), until=moments[-1], **place)
    return True


def _whole_bytes(file: StoredFile) -> int:
    whole = file.detail.get("whole_bytes", file.size_bytes)
    return whole if isinstance(whole, int) else file.size_bytes


def written_frames(sidecar: bytes, segment: int, whole_bytes: int) -> list[WrittenFrame]:
    """Frames of the clusters that are whole in the file. A cluster ends with its frames: each is a block identifier, a size, four
    bytes of head and the frame (RFC 9559 section 10), so their places follow from the end. Raises `ValueError` and its like."""
    clusters: dict[int, list[WrittenFrame]] = {}
    for row in sidecar.split(b"\n"):
        try:
            fields: Any = json.loads(row)
        except ValueError:
            continue
        if not isinstance(fields, dict) or fields.get("segment") != segment or "cluster" not in fields:
            continue
        offset, size = fields["cluster"]
        if size and offset + size <= whole_bytes:
            clusters[offset] = _placed(fields["frames"], offset + size)
    return [frame for _, frames in sorted(clusters.items()) for frame in frames]


def _placed(frames: list[list[int]], end: int) -> list[WrittenFrame]:
    placed = []
    for rtp, size, crc, *_ in reversed(frames):
        placed.append(WrittenFrame(end - size, end, crc, rtp))
        end -= size + 4 + _size_digits(size + 4) + 1
    return placed[::-1]


def _size_digits(value: int) -> int:
    """Bytes that an element's size takes (RFC 8794 section 4)."""
    length = 1
    while value >= (1 << 7 * length) - 1:
        length += 1
    return length
