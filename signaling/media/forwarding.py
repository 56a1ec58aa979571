"""The hot path: one encrypted packet in, one for each subscriber out (`packet_row`), no decoding.

Everything rare leaves by a method call (unknown SSRC, numbers out of order, new extension layout, keyframe wanted). What runs for each
packet stays in one function over local names, because here a method call costs as much as the work. `compiled.forwarding` does
the same.
"""

import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from signaling.media.library_internals import PacketMemory, SrtpSession, srtp_unprotect
from signaling.media.packet_row import PacketRow
from signaling.media.picture_numbers import picture_numbers

if TYPE_CHECKING:
    from signaling.media.publish_leg import PublishLeg

_HEAD = struct.Struct("!BBHIII")
"""RTP header without CSRCs and the 32-bit extension header; memory always holds these 16 bytes."""

Forward = Callable[[int], None]
"""Takes the size of the datagram that lies in the endpoint's incoming memory."""


def forwarding_path(
    leg: "PublishLeg",
    keys: SrtpSession,
    incoming: PacketMemory,
    row: PacketRow,
) -> Forward:
    """The function that takes every SRTP and SRTCP datagram of ``leg``. It keeps ``keys`` alive. What it forwards has left when
    ``row`` has; whoever calls it sees to that when no datagram lies ready any more."""
    session = keys.pointer
    data, length, buffer, view = incoming.data, incoming.length, incoming.buffer, incoming.view
    unprotect = srtp_unprotect
    read_head, now = _HEAD.unpack_from, time.monotonic_ns
    sources = leg.live
    arrivals = leg.transport_feedback.arrivals

    def forward(size: int) -> None:
        if 191 < view[1] < 224:  # RFC 5761 section 4: RTCP packet types
            row.leave()  # reports may end a source
            leg.take_control(keys, size)
            return
        length[0] = size
        if unprotect(session, data, length):
            return  # forged, damaged or replayed
        size = length[0]
        first, second, sequence, timestamp, ssrc, extension = read_head(buffer)
        source = sources.get(ssrc)
        if source is None:
            row.leave()
            met = leg.meet(size)
            if met is None:
                return
            source, size = met
            first, second, sequence, timestamp, ssrc, extension = read_head(buffer)
        if second & 0x7F != source.payload_type or first & 0x0F:
            return  # not what was negotiated; no browser sends CSRCs
        now_ns = now()

        layout = None
        if first & 0x10:
            layout = source.layout
            if layout is None or layout.word != extension or layout.marks_of(view) != layout.marks:
                layout = source.learn_layout(view, size)
            at = layout.transport_sequence
            if at:
                arrivals.append((view[at] << 8 | view[at + 1], now_ns))

        reception = source.reception
        late = False
        if sequence == reception.next_sequence:
            reception.highest = extended = reception.highest + 1
            reception.next_sequence = (sequence + 1) & 0xFFFF
        else:
            extended = source.place(sequence, now_ns)
            if extended < 0:
                return
            late = extended < reception.highest
        reception.received += 1
        reception.last_ns = now_ns
        if timestamp != reception.timestamp and not late:
            reception.observe_timestamp(timestamp, now_ns)
        source.accepted += 1
        source.octets += size

        if source.batch is not None and (not first & 0x20 or not leg.only_padding(size)):
            source.batch.append((now_ns // 1000, extended, buffer[0:size]))

        if layout is not None:
            level, at, orientation = layout.audio_level, layout.abs_send_time, layout.orientation
            if level:
                level_byte = view[level]
                level_dbov = source.level_dbov = level_byte & 0x7F
                if level_dbov < source.peak_dbov and not late:
                    row.leave()  # others may receive it from this packet on
                    source.grew_louder(level_dbov, extended, timestamp)
            if orientation:
                orientation_byte = view[orientation]
            view[16 : layout.end] = layout.blank
            if level:
                view[level] = level_byte
            if at:  # 24 bits of 6.18 fixed-point seconds, of the moment the server sends
                view[at : at + 3] = (now_ns * 262_144 // 1_000_000_000 & 0xFFFFFF).to_bytes(3, "big")
            if orientation:
                view[orientation] = orientation_byte

        packet = buffer[0:size]
        source.ring[sequence & 1023] = packet
        if source.keyframe_wanted:
            row.leave()  # from this packet on others may receive it too
            source.keyframe_arrived(packet, extended, timestamp)

        pictures = None
        if source.pictures_shifted:
            pictures = picture_numbers(packet, 12 if layout is None else layout.end)
            if not pictures[0]:
                pictures = None

        if late:
            row.leave()
        row.add(leg, source, (packet, first, second & 0x80, sequence, timestamp, pictures))
        if late:
            row.leave(source.outgoing_since(extended))

    return forward
