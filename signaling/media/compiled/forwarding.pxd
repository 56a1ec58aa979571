from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from signaling.media.compiled.packet_row cimport PacketRow


cdef struct Positions:  # `header_extensions.Layout.positions`; as many pairs of position and value follow as there are marks
    uint32_t word
    uint16_t end
    uint16_t audio_level
    uint16_t abs_send_time
    uint16_t transport_sequence
    uint16_t orientation
    uint16_t marks


cdef class ForwardingPath:
    cdef object leg, keys, sources, arrivals, incoming_view
    cdef PacketRow row
    cdef uint8_t* data
    cdef void* session

    cdef int take(self, int size) except -1
    cdef int renew(
        self, object source, Positions* positions, bytes blank, int64_t extended, uint32_t timestamp, bint late, int64_t now_ns
    ) except -1
