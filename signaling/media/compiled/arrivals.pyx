# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""`signaling.media.transport_feedback.in_order`, compiled."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t

from signaling.media.transport_feedback import REFERENCE_NS as REFERENCE
from signaling.media.transport_feedback import TICK_NS as TICK

cdef int64_t REFERENCE_NS = REFERENCE, TICK_NS = TICK


def in_order(list arrivals):
    cdef Py_ssize_t n, count = len(arrivals)
    cdef int64_t first, tick, before, reference = 0, delta
    cdef bytes deltas = PyBytes_FromStringAndSize(NULL, count)
    cdef uint8_t* at = <uint8_t*>PyBytes_AS_STRING(deltas)
    first = (<tuple>arrivals[0])[0]
    reference = <int64_t>(<tuple>arrivals[0])[1] // REFERENCE_NS
    before = reference * (REFERENCE_NS // TICK_NS)
    for n in range(count):
        number, arrival = <tuple>arrivals[n]
        tick = <int64_t>arrival // TICK_NS
        delta = tick - before
        if <int64_t>number != first + n or not 0 <= delta <= 0xFF:
            return None
        at[n] = delta
        before = tick
    return reference, deltas
