"""A narrow downlink in front of one browser: what is sent to it passes a queue that empties at a given rate and drops what does not fit."""

import asyncio
from collections.abc import Callable

Address = tuple[object, ...]
Send = Callable[[bytes | memoryview, Address], None]

HEADER_BYTES = 28
"""IPv4 and UDP, which travel with every datagram."""


class NarrowPath:
    """Stands in for a socket's ``sendto``. Narrow only for the addresses `narrow` was called with."""

    def __init__(self, send: Send, queue_s: float = 0.3) -> None:
        """``queue_s``: the longest a datagram waits, as in a home router."""
        self._send = send
        self._queue_s = queue_s
        self._rates_bps: dict[Address, float] = {}
        self._free_s: dict[Address, float] = {}
        self._loop = asyncio.get_running_loop()
        self.dropped = 0

    def narrow(self, address: Address, rate_bps: float) -> None:
        self._rates_bps[address] = rate_bps

    def widen(self, address: Address) -> None:
        self._rates_bps.pop(address, None)

    def __call__(self, datagram: bytes | memoryview, address: Address) -> None:
        now_s = self._loop.time()
        free_s = max(now_s, self._free_s.get(address, 0.0))
        rate_bps = self._rates_bps.get(address)
        if rate_bps is None and free_s <= now_s:
            self._send(datagram, address)
            return
        if free_s - now_s > self._queue_s:
            self.dropped += 1
            return
        passes_s = free_s + (8 * (len(datagram) + HEADER_BYTES) / rate_bps if rate_bps is not None else 0.0)
        self._free_s[address] = passes_s
        self._loop.call_at(passes_s, self._send, bytes(datagram), address)
