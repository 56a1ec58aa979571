"""The way out of the endpoint's socket: one datagram, or a row of packets for one receiver in one call."""

import errno
import socket
import struct
from collections.abc import Callable

from signaling.media.tcp_paths import TcpAddress

UDP_SEGMENT = 103
"""Linux 4.18 and later (udp(7)); Python has no name for it."""
NOT_IN_ONE = {errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.EOPNOTSUPP}
"""The way to this address cannot carry packets of that size, or its device cannot cut them."""

Send = Callable[[bytes | memoryview, tuple[object, ...]], None]
"""Sends one datagram to where a check came from. Raises `OSError` when it cannot be sent now."""


def sender(sock: socket.socket) -> Send:
    send_datagram = sock.sendto

    def send(datagram: bytes | memoryview, address: tuple[object, ...]) -> None:
        if type(address) is TcpAddress:
            address.path.send(datagram)
        else:
            send_datagram(datagram, address)

    return send


class RowSender:
    """Packets that lie one after the other, each of so many bytes, the last perhaps of fewer."""

    def __init__(self, sock: socket.socket) -> None:
        self._send_message = sock.sendmsg
        self._controls: dict[int, list[tuple[int, int, bytes]]] = {}
        self._can_segment = can_segment(sock)

    def __call__(self, packets: memoryview, segment: int, address: tuple[object, ...], send: Send) -> None:
        """``send``: for each packet alone, where one call does not do. Raises `OSError`."""
        if self._can_segment and type(address) is not TcpAddress:
            if segment not in self._controls:
                self._controls[segment] = [(socket.SOL_UDP, UDP_SEGMENT, struct.pack("=H", segment))]
            try:
                self._send_message((packets,), self._controls[segment], 0, address)
            except OSError as error:
                if error.errno not in NOT_IN_ONE:
                    raise
            else:
                return
        send_each(packets, segment, address, send)


def send_each(packets: memoryview, segment: int, address: tuple[object, ...], send: Send) -> None:
    for start in range(0, len(packets), segment):
        send(packets[start : start + segment], address)


def can_segment(sock: socket.socket) -> bool:
    try:
        sock.getsockopt(socket.SOL_UDP, UDP_SEGMENT)
    except OSError:
        return False
    return True
