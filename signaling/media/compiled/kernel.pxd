"""What the hot path asks of Linux and of libsrtp, as C declares it."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

cdef extern from "<time.h>" nogil:
    struct timespec:
        long tv_sec
        long tv_nsec
    enum:
        CLOCK_MONOTONIC
    int clock_gettime(int, timespec*)

cdef extern from "<sys/socket.h>" nogil:
    ctypedef unsigned int socklen_t
    ctypedef unsigned short sa_family_t
    enum:
        AF_INET
        AF_INET6
        MSG_DONTWAIT
        SOL_SOCKET
    struct iovec:
        void* iov_base
        size_t iov_len
    struct msghdr:
        void* msg_name
        socklen_t msg_namelen
        iovec* msg_iov
        size_t msg_iovlen
        void* msg_control
        size_t msg_controllen
        int msg_flags
    struct mmsghdr:
        msghdr msg_hdr
        unsigned int msg_len
    struct cmsghdr:
        size_t cmsg_len
        int cmsg_level
        int cmsg_type
    cmsghdr* CMSG_FIRSTHDR(msghdr*)
    cmsghdr* CMSG_NXTHDR(msghdr*, cmsghdr*)
    unsigned char* CMSG_DATA(cmsghdr*)
    size_t CMSG_LEN(size_t)
    size_t CMSG_SPACE(size_t)
    ssize_t sendmsg(int, const msghdr*, int)
    int recvmmsg(int, mmsghdr*, unsigned int, int, timespec*)

cdef extern from "<netinet/in.h>" nogil:
    struct in_addr:
        uint32_t s_addr
    struct in6_addr:
        uint8_t s6_addr[16]
    struct sockaddr_in:
        sa_family_t sin_family
        uint16_t sin_port
        in_addr sin_addr
    struct sockaddr_in6:
        sa_family_t sin6_family
        uint16_t sin6_port
        uint32_t sin6_flowinfo
        in6_addr sin6_addr
        uint32_t sin6_scope_id
    uint16_t htons(uint16_t)
    uint16_t ntohs(uint16_t)
    uint32_t htonl(uint32_t)
    uint32_t ntohl(uint32_t)

cdef extern from "<netinet/udp.h>" nogil:
    enum:
        SOL_UDP

cdef extern from "<arpa/inet.h>" nogil:
    const char* inet_ntop(int, const void*, char*, socklen_t)
    int inet_pton(int, const char*, void*)

ctypedef int (*transform_t)(void*, void*, int*) noexcept nogil
"""libsrtp's ``srtp_protect`` and ``srtp_unprotect``: (session, packet, length in and out) → 0 if it worked."""

cdef enum:
    SO_TIMESTAMPNS = 35
    PACKET = 2048  # `library_internals.PACKET_BYTES`
    NAME = 28  # bytes of the longest socket address


cdef inline uint32_t word_at(const uint8_t* at) noexcept nogil:
    return <uint32_t>at[0] << 24 | <uint32_t>at[1] << 16 | <uint32_t>at[2] << 8 | at[3]


cdef inline void put_word(uint8_t* at, uint32_t word) noexcept nogil:
    at[0] = word >> 24
    at[1] = word >> 16 & 0xFF
    at[2] = word >> 8 & 0xFF
    at[3] = word & 0xFF


cdef inline int64_t monotonic_ns() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <int64_t>now.tv_sec * 1_000_000_000 + now.tv_nsec
