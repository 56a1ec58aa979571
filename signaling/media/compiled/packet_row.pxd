from libc.stdint cimport uint8_t, uint16_t, uint32_t

from signaling.media.compiled.kernel cimport NAME, socklen_t

cdef enum:
    ROW = 16  # `packet_row.LONGEST`


cdef struct Pictures:
    int at  # 0: no numbers
    int picture
    int longer
    int base_at
    int base


cdef struct Waiting:
    int size
    uint8_t first
    uint8_t marker
    uint16_t sequence
    uint32_t timestamp
    Pictures pictures


cdef struct Receiver:
    void* session
    uint32_t ssrc
    uint32_t timestamp_offset
    uint16_t sequence_offset
    uint8_t payload_type
    bint shifted
    int picture_shift
    int base_shift
    socklen_t name_length  # 0: over TCP
    uint8_t name[NAME]


cdef class Receivers:
    cdef Receiver* each
    cdef Py_ssize_t count
    cdef tuple outgoing


cdef class PacketRow:
    cdef object endpoint, send, leg, source
    cdef list packets
    cdef int descriptor
    cdef bint segments, full
    cdef int count, size
    cdef Waiting waiting[ROW]
    cdef uint8_t* memory

    cdef int add(self, object leg, object source, bytes packet, Waiting* numbers) except -1
    cdef int go(self, Receivers receivers) except -1
    cdef int send_to(self, Receivers receivers, Py_ssize_t number, int count) except -1
    cdef bint send_row(self, Receivers receivers, Py_ssize_t number, int segment, int end) except -1
    cdef bint send_message(self, Receiver* receiver, uint8_t* data, int size, int segment) noexcept nogil
