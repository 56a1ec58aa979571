"""How long packets take through this machine, measured on one in 256: from the kernel's receipt to the last receiver's ``sendto``.

That is what media suffers here and nowhere else: waiting in the socket's buffer while the loop does something else, and the forwarding
itself. The packets between cost nothing: they are read without asking for their time, and counted by the loop that reads them anyway.
"""

import socket
import struct
import sys
import time

from signaling.protocol.worker_figures import DistributionCount

EVERY = 256
BOUNDS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_SO_TIMESTAMPNS = 35
"""Linux ``asm-generic/socket.h``; Python does not name it. A control message of this type holds a ``timespec`` of the system clock."""
_TIMESPEC = struct.Struct("@ll")


class ForwardLatency:
    """Of one UDP socket. On another system than Linux nothing is measured."""

    def __init__(self, sock: socket.socket) -> None:
        self.seconds = DistributionCount(*BOUNDS_S)
        self.left = EVERY
        """Packets until the next one whose time is asked for."""
        self._socket = sock
        if sys.platform == "linux":
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def receive(self, view: memoryview) -> tuple[int, tuple[object, ...], int]:
        """As ``recvfrom_into``, with when the packet came on the system clock in nanoseconds; 0 if that is not known."""
        size, control, _, address = self._socket.recvmsg_into([view], socket.CMSG_SPACE(_TIMESPEC.size))
        self.left = EVERY
        for level, kind, data in control:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(data) == _TIMESPEC.size:
                seconds, nanoseconds = _TIMESPEC.unpack(data)
                return size, address, seconds * 1_000_000_000 + nanoseconds
        return size, address, 0

    def forwarded(self, arrived_ns: int) -> None:
        """The packet has been sent to everybody. Nothing is counted if the system clock was set back meanwhile."""
        passed_ns = time.time_ns() - arrived_ns
        if arrived_ns and passed_ns >= 0:
            self.seconds.observe(passed_ns / 1e9)
