"""Handshakes take turns, so that a whole court that comes back at once does not hold up the media of those who are there.

A step of a DTLS handshake is up to a millisecond of arithmetic on the loop that forwards packets, and sixty browsers send their next
message at the same moment. What is bounded is therefore steps, not handshakes: one that waits for a slow browser holds nobody up.
"""

import asyncio
from collections import deque


class HandshakeTurns:
    """One step in each round of the event loop, which reads the sockets in every round; first come, first served."""

    def __init__(self) -> None:
        self.given = 0
        """Steps allowed so far."""
        self._loop = asyncio.get_running_loop()
        # Not bounded by a number but by what there is: every leg waits for at most one turn.
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def next(self) -> None:
        """Returns when the caller may compute until its next await. Turns come in the order they were asked for."""
        turn = self._loop.create_future()
        self._waiting.append(turn)
        if len(self._waiting) == 1:
            self._loop.call_soon(self._give)
        await turn

    def _give(self) -> None:
        while self._waiting and self._waiting[0].done():  # its leg ended meanwhile
            self._waiting.popleft()
        if self._waiting:
            # It stays in the line until the round after this one, in which it computes.
            self._waiting[0].set_result(None)
            self.given += 1
            self._loop.call_soon(self._give)
