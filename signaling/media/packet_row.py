"""Packets of one source that came one right after the other, on their way to everybody who receives it.

A picture is several packets, which arrive together and go to the same people. Linux takes such a row for one receiver in one call
(UDP_SEGMENT, udp(7)) for little more than the price of one packet, if all are of one size and only the last is shorter. On the wire
they are what they would be alone. A row waits for nothing: it leaves as soon as no packet lies ready that could join it.
"""

import socket
import struct
from typing import TYPE_CHECKING

from signaling.media.library_internals import PACKET_BYTES, PacketMemory, srtp_protect
from signaling.media.outlet import Outgoing
from signaling.media.picture_numbers import SHORT, PictureNumbers
from signaling.media.sending import RowSender, send_each

if TYPE_CHECKING:
    from signaling.media.endpoint import MediaEndpoint
    from signaling.media.publish_leg import PublishLeg
    from signaling.media.source import Source

LONGEST = 16
"""Packets; Linux takes 64 and 64 KiB, a picture is rarely more."""

_HEAD = struct.Struct("!BBHII")

Packet = tuple[bytes, int, int, int, int, PictureNumbers | None]
"""(packet, first byte, marker bit, sequence, timestamp, picture numbers where some outlet needs others)."""


class PacketRow:
    """One per endpoint, filled by the hot path. Whoever changes who receives a source, or its numbers, lets the row `leave` before."""

    __slots__ = ("_endpoint", "_full", "_memory", "_send", "_send_row", "_size", "leg", "packets", "source")

    def __init__(self, endpoint: "MediaEndpoint", sock: socket.socket) -> None:
        self._endpoint = endpoint
        self._send, self._send_row = endpoint.sendto, RowSender(sock)
        self._memory = PacketMemory(LONGEST * PACKET_BYTES)
        self.source: Source | None = None
        self.leg: PublishLeg | None = None
        self.packets: list[Packet] = []
        self._size = 0
        self._full = False

    def add(self, leg: "PublishLeg", source: "Source", packet: Packet) -> None:
        size = len(packet[0])
        if self.packets and (source is not self.source or self._full or size > self._size):
            self.leave()
        if not self.packets:
            self.leg, self.source, self._size, self._full = leg, source, size, False
        self.packets.append(packet)
        self._full = size < self._size or len(self.packets) == LONGEST

    def leave(self, outgoing: tuple[Outgoing, ...] | None = None) -> None:
        """``outgoing``: to these alone and not to all who receive the source."""
        packets, self.packets = self.packets, []
        if not packets or self.source is None or self.leg is None:
            return
        memory, protect, send, write_head = self._memory, srtp_protect, self._endpoint.sendto, _HEAD.pack_into
        data, length, buffer, view = memory.data, memory.length, memory.buffer, memory.view
        segment = 0
        for pointer, payload_type, ssrc, sequence_offset, timestamp_offset, address, shift in (
            self.source.outgoing if outgoing is None else outgoing
        ):
            end = 0
            for packet, first, marker, sequence, timestamp, pictures in packets:
                size = len(packet)
                buffer[end : end + size] = packet
                write_head(
                    buffer,
                    end,
                    first,
                    marker | payload_type,
                    (sequence + sequence_offset) & 0xFFFF,
                    (timestamp + timestamp_offset) & 0xFFFFFFFF,
                    ssrc,
                )
                if shift is not None and pictures is not None:
                    picture_at, picture, base_at, base, largest = pictures
                    picture = picture + shift[0] & largest
                    if largest == SHORT:
                        view[end + picture_at] = picture
                    else:
                        view[end + picture_at] = 0x80 | picture >> 8
                        view[end + picture_at + 1] = picture & 0xFF
                    if base_at:
                        view[end + base_at] = base + shift[1] & 0xFF
                length[0] = size
                if protect(pointer, data + end if end else data, length):
                    continue
                if not end:
                    segment = length[0]
                end += length[0]
            if end:
                try:
                    if end == segment:
                        send(view[:end], address)
                    elif send is self._send:
                        self._send_row(view[:end], segment, address, send)
                    else:
                        send_each(view[:end], segment, address, send)
                except OSError:
                    self.leg.unsent += len(
                        packets
                    )  # the socket's buffer is full, or the path is gone: as if lost on the way
