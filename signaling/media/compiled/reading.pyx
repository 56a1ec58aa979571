# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""`signaling.media.reading`, compiled: up to 32 datagrams in one call."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from signaling.media.compiled.forwarding cimport ForwardingPath
from signaling.media.compiled.kernel cimport *
from signaling.media.compiled.packet_row cimport PacketRow

import structlog

from signaling.media.forward_latency import EVERY as EVERY_PACKETS
from signaling.media.library_internals import PACKET_BYTES
from signaling.media.reading import BURST as BURST_DATAGRAMS

cdef enum:
    AT_ONCE = 32
    NAMES_KEPT = 4096

assert PACKET == PACKET_BYTES

cdef int EVERY = EVERY_PACKETS, BURST = BURST_DATAGRAMS

_log = structlog.get_logger(__name__)


cdef class DatagramReader:
    """Called whenever the socket is readable."""

    cdef object sock, take_other, latency, incoming_memory
    cdef dict transports, names
    cdef PacketRow row
    cdef int descriptor
    cdef uint8_t* incoming
    cdef uint8_t* datagrams
    cdef mmsghdr messages[AT_ONCE]
    cdef iovec parts[AT_ONCE]
    cdef uint8_t sources[AT_ONCE][NAME]
    cdef uint64_t control[16]

    def __cinit__(self, sock, incoming, dict transports, PacketRow row, latency, take_other):
        cdef int n
        cdef uint8_t[::1] memory = incoming.view
        self.sock, self.transports, self.row, self.latency, self.take_other = sock, transports, row, latency, take_other
        self.names = {}
        self.descriptor = sock.fileno()
        self.incoming, self.incoming_memory = &memory[0], incoming
        self.datagrams = <uint8_t*>PyMem_Malloc(AT_ONCE * PACKET)
        if self.datagrams is NULL:
            raise MemoryError
        memset(self.messages, 0, sizeof(self.messages))
        for n in range(AT_ONCE):
            self.parts[n].iov_base, self.parts[n].iov_len = self.datagrams + n * PACKET, PACKET
            self.messages[n].msg_hdr.msg_iov, self.messages[n].msg_hdr.msg_iovlen = &self.parts[n], 1
            self.messages[n].msg_hdr.msg_name = self.sources[n]

    def __dealloc__(self):
        PyMem_Free(self.datagrams)

    def __call__(self):
        cdef int taken = 0, arrived
        try:
            while taken < BURST:
                arrived = self.read_some()
                taken += max(arrived, 0)
                if arrived < AT_ONCE:
                    return
        finally:
            self.row.go(None)

    cdef int read_some(self) except -2:
        """How many datagrams were there; -1: none, or the socket told of an ICMP error of an earlier one and is still good."""
        cdef int left = self.latency.left
        cdef int arrived, n, timed = left - 1 if left <= AT_ONCE else -1
        cdef msghdr* head
        for n in range(AT_ONCE):
            head = &self.messages[n].msg_hdr
            head.msg_namelen = NAME
            head.msg_control, head.msg_controllen = NULL, 0
        if timed >= 0:
            self.messages[timed].msg_hdr.msg_control = self.control
            self.messages[timed].msg_hdr.msg_controllen = sizeof(self.control)
        arrived = recvmmsg(self.descriptor, self.messages, AT_ONCE, MSG_DONTWAIT, NULL)
        if arrived < 0:
            return -1
        self.latency.left = EVERY if arrived > timed >= 0 else left - arrived
        for n in range(arrived):
            try:
                self.take(n, n == timed)
            except Exception:
                # Ownership border: what one datagram does is logged, and the next one is read as if it had never come.
                _log.exception("datagram_broke")
        return arrived

    cdef int take(self, int number, bint timed) except -1:
        cdef int size = self.messages[number].msg_len
        cdef uint8_t* data = self.datagrams + number * PACKET
        cdef bint is_media
        if not size:
            return 0
        name = PyBytes_FromStringAndSize(<char*>self.sources[number], self.messages[number].msg_hdr.msg_namelen)
        address = self.names.get(name)
        if address is None:
            address = read_name(self.sources[number])
        transport = self.transports.get(address)
        if transport is not None and 127 < data[0] < 192 and size > 11:
            self.remember(name, address)
            memcpy(self.incoming, data, size)
            is_media = not 191 < data[1] < 224  # RFC 5761 section 4
            path = transport.take_srtp
            if type(path) is ForwardingPath:
                (<ForwardingPath>path).take(size)
            else:
                path(size)
            if timed and is_media:
                self.row.go(None)
                self.latency.forwarded(stamp_of(&self.messages[number].msg_hdr))
        else:
            self.row.go(None)  # a check may change an address
            self.take_other(PyBytes_FromStringAndSize(<char*>data, size), address, transport)
        return 0

    cdef int remember(self, bytes name, tuple address) except -1:
        if name not in self.names:
            if len(self.names) >= NAMES_KEPT:
                self.names.clear()
            self.names[name] = address
        return 0


cdef tuple read_name(const uint8_t* name):
    """As Python's socket gives it."""
    cdef char text[64]
    cdef const sockaddr_in* four = <const sockaddr_in*>name
    cdef const sockaddr_in6* six = <const sockaddr_in6*>name
    if four.sin_family == AF_INET:
        inet_ntop(AF_INET, &four.sin_addr, text, sizeof(text))
        return (<bytes>text).decode(), ntohs(four.sin_port)
    inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof(text))
    return (<bytes>text).decode(), ntohs(six.sin6_port), ntohl(six.sin6_flowinfo), six.sin6_scope_id


cdef object stamp_of(msghdr* head):
    """When the packet came, on the system clock in nanoseconds; 0 if that is not known."""
    cdef cmsghdr* each = CMSG_FIRSTHDR(head)
    cdef timespec stamp
    while each is not NULL:
        if each.cmsg_level == SOL_SOCKET and each.cmsg_type == SO_TIMESTAMPNS:
            memcpy(&stamp, CMSG_DATA(each), sizeof(stamp))
            return <int64_t>stamp.tv_sec * 1_000_000_000 + stamp.tv_nsec
        each = CMSG_NXTHDR(head, each)
    return 0
