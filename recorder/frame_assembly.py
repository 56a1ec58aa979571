"""Packets of a video track in order → whole pictures. A picture with a missing packet is dropped and counted, never guessed at."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from recorder.picture import DepacketiseError, Depacketiser
from recorder.rtp import MediaPacket

MAX_PICTURE_PACKETS = 2000
"""Two megabytes, beyond any camera's keyframe. A picture that has no end would otherwise be held in memory for ever."""


@dataclass(frozen=True, slots=True)
class MediaFrame:
    """One frame for one Matroska block.

    ``rtp`` unwrapped timestamp; ``duration`` in the same units, 0 when only the next frame tells; ``packets`` it came in, from
    sequence number ``first`` on; ``suspect`` when an earlier frame it may refer to is missing.
    """

    rtp: int
    duration: int
    data: bytes
    keyframe: bool
    suspect: bool
    packets: int
    first: int
    arrival_us: int


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Packets that came but make no whole frame."""

    first: int
    packets: int
    rtp: int


class FrameAssembler:
    """Pictures are told apart by timestamp and marker bit; `hole` says that packets are missing before the next one."""

    def __init__(self, depacketiser: Depacketiser) -> None:
        self.depacketiser = depacketiser
        self._parts: list[MediaPacket] = []
        self._broken = False
        self._after_hole = False
        self._suspect = False

    @property
    def pending_from(self) -> int | None:
        """Sequence number of the first packet of the picture that is not finished."""
        return self._parts[0].sequence if self._parts else None

    def hole(self) -> None:
        if self._parts:
            self._broken = True
        self._after_hole = self._suspect = True

    def push(self, packet: MediaPacket) -> Iterator[MediaFrame | Undecodable]:
        """``packet.payload`` is neither None nor empty."""
        payload = packet.payload or b""
        if self._parts and packet.rtp != self._parts[0].rtp:
            yield self._finished()
        elif len(self._parts) >= MAX_PICTURE_PACKETS:
            self._broken = self._after_hole = True
            yield self._finished()
        if not self._parts:
            # Behind a hole only a payload that surely begins a picture may begin one; what was lost may be its first part.
            self._broken = self._after_hole and not self.depacketiser.begins_picture(payload)
            self._after_hole = False
        self._parts.append(packet)
        if packet.marker:
            yield self._finished()

    def abandon(self) -> Iterator[Undecodable]:
        """No more packets come: the present picture, if there is one, stays unfinished."""
        parts, self._parts = self._parts, []
        if parts:
            yield Undecodable(parts[0].sequence, len(parts), parts[0].rtp)

    def _finished(self) -> MediaFrame | Undecodable:
        parts, self._parts = self._parts, []
        first, last = parts[0], parts[-1]
        picture = None
        if not self._broken:
            with contextlib.suppress(DepacketiseError):
                picture = self.depacketiser.picture([part.payload or b"" for part in parts])
        if picture is None:
            self._suspect = True
            return Undecodable(first.sequence, len(parts), first.rtp)
        if picture.keyframe:
            self._suspect = False
        return MediaFrame(
            rtp=first.rtp,
            duration=0,
            data=picture.data,
            keyframe=picture.keyframe,
            suspect=self._suspect,
            packets=len(parts),
            first=first.sequence,
            arrival_us=last.arrival_us,
        )
