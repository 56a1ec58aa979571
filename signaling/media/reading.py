"""The way in: datagrams of the one socket, read until it is empty, and given to whose they are."""

import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import structlog

from signaling.media.forward_latency import ForwardLatency
from signaling.media.library_internals import PACKET_BYTES, PacketMemory
from signaling.media.packet_row import PacketRow

if TYPE_CHECKING:
    from signaling.media.leg_transport import Address, LegTransport

BURST = 64
"""Datagrams read before other work of the loop gets its turn."""

TakeOther = Callable[[bytes, "Address", "LegTransport | None"], None]
"""Takes a datagram that is no media of a known sender."""

_log = structlog.get_logger(__name__)


class DatagramReader:
    """Called whenever the socket is readable."""

    def __init__(
        self,
        sock: socket.socket,
        incoming: PacketMemory,
        transports: "Mapping[Address, LegTransport]",
        row: PacketRow,
        latency: ForwardLatency,
        take_other: TakeOther,
    ) -> None:
        self._receive = sock.recvfrom_into
        self._view = incoming.view
        self._transports = transports
        self._row = row
        self._latency = latency
        self._take_other = take_other

    def __call__(self) -> None:
        receive, view, transports = self._receive, self._view, self._transports
        latency, taken = self._latency, 0
        turn = min(BURST, latency.left)
        try:
            for taken in range(turn):  # noqa: B007 - read when the socket runs dry in mid-turn
                size, address = receive(view, PACKET_BYTES)
                transport = transports.get(address)
                if transport is not None and 127 < view[0] < 192 and size > 11:
                    transport.take_srtp(size)
                elif size:
                    self._row.leave()  # a check may change an address
                    self._take_other(bytes(view[:size]), address, transport)
            taken = turn
            if turn == latency.left:
                self._take_timed()
                taken = 0
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            return  # an ICMP error of an earlier datagram; the socket is still good
        except Exception:
            # Ownership border: what one datagram does is logged, and the next one is read as if it had never come.
            _log.exception("datagram_broke")
        finally:
            self._row.leave()
            latency.left -= taken

    def _take_timed(self) -> None:
        """One datagram whose way through the server is measured, if it is media."""
        view = self._view
        size, address, arrived_ns = self._latency.receive(view)
        transport = self._transports.get(address)
        if transport is not None and 127 < view[0] < 192 and size > 11:
            is_media = not 191 < view[1] < 224  # RFC 5761 section 4
            transport.take_srtp(size)
            self._row.leave()
            if is_media:
                self._latency.forwarded(arrived_ns)
        elif size:
            self._take_other(bytes(view[:size]), address, transport)
