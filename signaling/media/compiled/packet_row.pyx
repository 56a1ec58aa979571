# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""`signaling.media.packet_row`, compiled."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.errno cimport EINVAL, EIO, EMSGSIZE, EOPNOTSUPP, errno
from libc.stdint cimport uint8_t, uint16_t, uint64_t, uintptr_t
from libc.string cimport memcpy, memset

from signaling.media.compiled.kernel cimport *

from signaling.media.library_internals import PACKET_BYTES, address_of, srtp_protect_address
from signaling.media.packet_row import LONGEST
from signaling.media.sending import UDP_SEGMENT as UDP_SEGMENT_OPTION
from signaling.media.sending import can_segment
from signaling.media.tcp_paths import TcpAddress

cdef enum:
    TRAILER = 256  # room for the longest of SRTP
    ADDRESS = 5  # in `Outgoing`

assert (PACKET, ROW) == (PACKET_BYTES, LONGEST)

cdef int UDP_SEGMENT = UDP_SEGMENT_OPTION
cdef transform_t protect = <transform_t><uintptr_t>srtp_protect_address


cdef class Receivers:
    """What `Outgoing` tuples say, as plain memory. Holds them, and with them what they point to."""

    def __cinit__(self, tuple outgoing):
        self.outgoing = outgoing
        self.count = 0
        self.each = <Receiver*>PyMem_Malloc(max(1, len(outgoing)) * sizeof(Receiver))
        if self.each is NULL:
            raise MemoryError
        for pointer, payload_type, ssrc, sequence_offset, timestamp_offset, address, shift in outgoing:
            receiver = &self.each[self.count]
            receiver.session = <void*><uintptr_t>address_of(pointer)
            receiver.payload_type = payload_type
            receiver.ssrc = ssrc
            receiver.sequence_offset = sequence_offset
            receiver.timestamp_offset = timestamp_offset
            receiver.shifted = shift is not None
            receiver.picture_shift, receiver.base_shift = shift or (0, 0)
            receiver.name_length = write_name(receiver.name, address)
            self.count += 1

    def __dealloc__(self):
        PyMem_Free(self.each)


cdef socklen_t write_name(uint8_t* name, object address) except? 255:
    """A socket address as the kernel takes it; 0 for one that is no datagram's."""
    cdef sockaddr_in* four
    cdef sockaddr_in6* six
    if type(address) is TcpAddress:
        return 0
    memset(name, 0, NAME)
    host = address[0].encode()
    if len(address) == 2:
        four = <sockaddr_in*>name
        four.sin_family = AF_INET
        four.sin_port = htons(address[1])
        if inet_pton(AF_INET, host, &four.sin_addr) != 1:
            raise ValueError(f"not an IPv4 address: {address[0]}")
        return sizeof(sockaddr_in)
    six = <sockaddr_in6*>name
    six.sin6_family = AF_INET6
    six.sin6_port = htons(address[1])
    six.sin6_flowinfo = htonl(address[2])
    six.sin6_scope_id = address[3]
    if inet_pton(AF_INET6, host.partition(b"%")[0], &six.sin6_addr) != 1:
        raise ValueError(f"not an IPv6 address: {address[0]}")
    return sizeof(sockaddr_in6)


cdef class PacketRow:
    """One per endpoint, filled by `ForwardingPath`."""

    def __cinit__(self, endpoint, sock):
        self.endpoint, self.send = endpoint, endpoint.sendto
        self.descriptor = sock.fileno()
        self.segments = can_segment(sock)
        self.packets = [None] * ROW
        self.memory = <uint8_t*>PyMem_Malloc(ROW * PACKET + TRAILER)
        if self.memory is NULL:
            raise MemoryError

    def __dealloc__(self):
        PyMem_Free(self.memory)

    cdef int add(self, object leg, object source, bytes packet, Waiting* numbers) except -1:
        if self.count and (source is not self.source or self.full or numbers.size > self.size):
            self.go(None)
        if not self.count:
            self.leg, self.source, self.size = leg, source, numbers.size
        self.waiting[self.count] = numbers[0]
        self.packets[self.count] = packet
        self.count += 1
        self.full = numbers.size < self.size or self.count == ROW
        return 0

    def leave(self, outgoing=None):
        self.go(None if outgoing is None else Receivers(outgoing))

    cdef int go(self, Receivers receivers) except -1:
        cdef int count = self.count
        cdef Py_ssize_t n
        if not count:
            return 0
        self.count = 0
        if receivers is None:
            receivers = self.source.receivers
            if receivers is None:
                receivers = self.source.receivers = Receivers(self.source.outgoing)
        for n in range(receivers.count):
            self.send_to(receivers, n, count)
        return 0

    cdef int send_to(self, Receivers receivers, Py_ssize_t number, int count) except -1:
        cdef Receiver* receiver = &receivers.each[number]
        cdef Waiting* packet
        cdef uint8_t* at
        cdef uint16_t sequence
        cdef int n, length, end = 0, segment = 0
        for n in range(count):
            packet = &self.waiting[n]
            at = self.memory + end
            memcpy(at, PyBytes_AS_STRING(self.packets[n]), packet.size)
            sequence = packet.sequence + receiver.sequence_offset
            at[0] = packet.first
            at[1] = packet.marker | receiver.payload_type
            at[2] = sequence >> 8
            at[3] = sequence & 0xFF
            put_word(at + 4, packet.timestamp + receiver.timestamp_offset)
            put_word(at + 8, receiver.ssrc)
            if receiver.shifted and packet.pictures.at:
                shift_pictures(at, &packet.pictures, receiver)
            length = packet.size
            if protect(receiver.session, at, &length):
                continue
            if not end:
                segment = length
            end += length
        if end and not self.send_row(receivers, number, segment, end):
            self.leg.unsent += count  # the socket's buffer is full, or the path is gone: as if lost on the way
        return 0

    cdef bint send_row(self, Receivers receivers, Py_ssize_t number, int segment, int end) except -1:
        """What lies in memory up to ``end``, each packet of ``segment`` bytes, the last perhaps of fewer. False: lost."""
        cdef Receiver* receiver = &receivers.each[number]
        cdef int at = 0
        if not receiver.name_length or self.endpoint.sendto is not self.send:
            try:
                while at < end:
                    datagram = PyBytes_FromStringAndSize(<char*>self.memory + at, min(segment, end - at))
                    self.endpoint.sendto(datagram, receivers.outgoing[number][ADDRESS])
                    at += segment
            except OSError:
                return False
            return True
        if end == segment or self.segments:
            if self.send_message(receiver, self.memory, end, segment if end > segment else 0):
                return True
            if end == segment or errno not in (EINVAL, EIO, EMSGSIZE, EOPNOTSUPP):
                return False
        while at < end:
            if not self.send_message(receiver, self.memory + at, min(segment, end - at), 0):
                return False
            at += segment
        return True

    cdef bint send_message(self, Receiver* receiver, uint8_t* data, int size, int segment) noexcept nogil:
        """``segment`` 0: one datagram. False: ``errno`` says why."""
        cdef msghdr message
        cdef iovec part
        cdef uint64_t control[4]
        cdef cmsghdr* head
        memset(&message, 0, sizeof(message))
        part.iov_base, part.iov_len = data, size
        message.msg_name, message.msg_namelen = receiver.name, receiver.name_length
        message.msg_iov, message.msg_iovlen = &part, 1
        if segment:
            message.msg_control, message.msg_controllen = control, CMSG_SPACE(sizeof(uint16_t))
            memset(control, 0, sizeof(control))
            head = CMSG_FIRSTHDR(&message)
            head.cmsg_level, head.cmsg_type, head.cmsg_len = SOL_UDP, UDP_SEGMENT, CMSG_LEN(sizeof(uint16_t))
            (<uint16_t*>CMSG_DATA(head))[0] = segment
        return sendmsg(self.descriptor, &message, 0) >= 0


cdef void shift_pictures(uint8_t* packet, const Pictures* pictures, const Receiver* receiver) noexcept nogil:
    cdef int picture = pictures.picture + receiver.picture_shift
    if pictures.longer:
        packet[pictures.at] = 0x80 | (picture >> 8 & 0x7F)
        packet[pictures.at + 1] = picture & 0xFF
    else:
        packet[pictures.at] = picture & 0x7F
    if pictures.base_at:
        packet[pictures.base_at] = (pictures.base + receiver.base_shift) & 0xFF
