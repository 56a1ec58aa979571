# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""`signaling.media.forwarding`, compiled. Everything rare goes to the same methods as there."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t, uintptr_t
from libc.string cimport memcpy

from signaling.media.compiled.kernel cimport monotonic_ns, transform_t, word_at
from signaling.media.compiled.packet_row cimport PacketRow, Pictures, Receivers, Waiting

from signaling.media.library_internals import address_of, srtp_unprotect_address

cdef transform_t unprotect = <transform_t><uintptr_t>srtp_unprotect_address


cdef class ForwardingPath:
    """Takes every SRTP and SRTCP datagram of ``leg``."""

    def __cinit__(self, leg, keys, incoming, PacketRow row):
        self.leg, self.keys, self.row = leg, keys, row
        self.sources, self.arrivals = leg.live, leg.transport_feedback.arrivals
        self.incoming_view = incoming.view
        cdef uint8_t[::1] memory = incoming.view
        self.data, self.session = &memory[0], <void*><uintptr_t>address_of(keys.pointer)

    def __call__(self, int size):
        self.take(size)

    cdef int take(self, int size) except -1:
        cdef uint8_t* data = self.data
        cdef int64_t now_ns, extended
        cdef uint32_t timestamp
        cdef uint16_t sequence
        cdef Waiting numbers
        cdef Positions* positions = NULL
        cdef bint late = False
        cdef bytes packet
        if 191 < data[1] < 224:  # RFC 5761 section 4: RTCP packet types
            self.row.go(None)  # reports may end a source
            self.leg.take_control(self.keys, size)
            return 0
        if unprotect(self.session, data, &size):
            return 0  # forged, damaged or replayed
        source = self.sources.get(word_at(data + 8))
        if source is None:
            self.row.go(None)
            met = self.leg.meet(size)
            if met is None:
                return 0
            source, size = met
        if data[1] & 0x7F != source.payload_type or data[0] & 0x0F:
            return 0  # not what was negotiated; no browser sends CSRCs
        sequence, timestamp = <uint16_t>(data[2] << 8 | data[3]), word_at(data + 4)
        now_ns = monotonic_ns()

        if data[0] & 0x10:
            layout = source.layout
            if layout is None or not fits(layout_of(layout), data):
                layout = source.learn_layout(self.incoming_view, size)
            positions = layout_of(layout)
            blank = layout.blank
            if positions.transport_sequence:
                number = data[positions.transport_sequence] << 8 | data[positions.transport_sequence + 1]
                self.arrivals.append((number, now_ns))

        reception = source.reception
        if sequence == <int>reception.next_sequence:
            extended = <int64_t>reception.highest + 1
            reception.highest = extended
            reception.next_sequence = (sequence + 1) & 0xFFFF
        else:
            extended = source.place(sequence, now_ns)
            if extended < 0:
                return 0
            late = extended < <int64_t>reception.highest
        reception.received += 1
        reception.last_ns = now_ns
        if not late and timestamp != <uint32_t>reception.timestamp:
            observe_timestamp(reception, timestamp, now_ns)
        source.accepted += 1
        source.octets += size

        batch = source.batch
        if batch is not None and (not data[0] & 0x20 or not self.leg.only_padding(size)):
            (<list>batch).append((now_ns // 1000, extended, PyBytes_FromStringAndSize(<char*>data, size)))

        if positions is not NULL:
            self.renew(source, positions, blank, extended, timestamp, late, now_ns)

        packet = PyBytes_FromStringAndSize(<char*>data, size)
        (<list>source.ring)[sequence & 1023] = packet
        if source.keyframe_wanted:
            self.row.go(None)  # from this packet on others may receive it too
            source.keyframe_arrived(packet, extended, timestamp)

        numbers.size, numbers.first, numbers.marker = size, data[0], data[1] & 0x80
        numbers.sequence, numbers.timestamp, numbers.pictures.at = sequence, timestamp, 0
        if source.pictures_shifted:
            read_pictures(&numbers.pictures, data, size, 12 if positions is NULL else positions.end)
        if late:
            self.row.go(None)
        self.row.add(self.leg, source, packet, &numbers)
        if late:
            self.row.go(Receivers(source.outgoing_since(extended)))
        return 0

    cdef int renew(
        self, object source, Positions* positions, bytes blank, int64_t extended, uint32_t timestamp, bint late, int64_t now_ns
    ) except -1:
        """The header extensions under the server's own numbers."""
        cdef uint8_t* data = self.data
        cdef int level = positions.audio_level, at = positions.abs_send_time, orientation = positions.orientation
        cdef int level_dbov
        cdef uint8_t level_byte = 0, orientation_byte = 0
        cdef uint64_t moment
        if level:
            level_byte = data[level]
            level_dbov = level_byte & 0x7F
            source.level_dbov = level_dbov
            if not late and level_dbov < <int>source.peak_dbov:
                self.row.go(None)  # others may receive it from this packet on
                source.grew_louder(level_dbov, extended, timestamp)
        if orientation:
            orientation_byte = data[orientation]
        memcpy(data + 16, PyBytes_AS_STRING(blank), PyBytes_GET_SIZE(blank))
        if level:
            data[level] = level_byte
        if at:  # 24 bits of 6.18 fixed-point seconds, of the moment the server sends
            moment = <uint64_t>(now_ns // 1_000_000_000) << 18 | <uint64_t>(now_ns % 1_000_000_000) * 262_144 // 1_000_000_000
            data[at] = moment >> 16 & 0xFF
            data[at + 1] = moment >> 8 & 0xFF
            data[at + 2] = moment & 0xFF
        if orientation:
            data[orientation] = orientation_byte
        return 0


cdef int observe_timestamp(object reception, uint32_t timestamp, int64_t arrival_ns) except -1:
    """`reception.Reception.observe_timestamp`: jitter (RFC 3550 appendix A.8)."""
    cdef double rate_hz = reception.clock_rate_hz, jitter = reception.jitter, change
    cdef double transit = <double>arrival_ns * rate_hz / 1e9 - timestamp
    before = reception.transit
    if before is not None:
        change = abs(transit - <double>before)
        if change < rate_hz * 4:
            reception.jitter = jitter + (change - jitter) / 16
    reception.transit = transit
    reception.timestamp = timestamp
    return 0


cdef inline Positions* layout_of(object layout):
    return <Positions*>PyBytes_AS_STRING(layout.positions)


cdef inline bint fits(Positions* positions, const uint8_t* data) noexcept nogil:
    cdef int n
    cdef uint16_t* marks = <uint16_t*>(positions + 1)
    if word_at(data + 12) != positions.word:
        return False
    for n in range(positions.marks):
        if data[marks[2 * n]] != marks[2 * n + 1]:
            return False
    return True


cdef void read_pictures(Pictures* pictures, const uint8_t* packet, int size, int start) noexcept nogil:
    """`picture_numbers.picture_numbers`."""
    cdef int at = start + 2
    cdef int longer, based
    pictures.at = 0
    if size <= at or not packet[start] & 0x80 or not packet[start + 1] & 0x80:
        return
    longer, based = packet[at] >> 7, packet[start + 1] >> 6 & 1
    if size <= at + longer + based:
        return
    pictures.at, pictures.longer = at, longer
    pictures.picture = (packet[at] & 0x7F) << 8 | packet[at + 1] if longer else packet[at]
    pictures.base_at = at + 1 + longer if based else 0
    pictures.base = packet[pictures.base_at] if based else 0
