"""The port through which a source's packets leave the room's forwarding: recorder and transcriber are sinks like any other."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from signaling.media.source import Source

SinkPacket = tuple[int, int, bytes]
"""(arrival in monotonic microseconds, RTP sequence number extended by its wrap-arounds, plain RTP as received)."""


class TrackSink(Protocol):
    """Called synchronously on the event loop; must not block and must not raise."""

    def open_track(self, source: "Source") -> None: ...

    def packets(self, source: "Source", batch: list[SinkPacket]) -> None:
        """Each 100 ms what arrived since, in order of arrival; no duplicates, no padding, retransmissions restored."""

    def sender_report(self, source: "Source", arrival_us: int, ntp: int, rtp: int) -> None:
        """``ntp``: 64 bits, seconds since 1900 in the upper half; ``rtp``: 32 bits in the source's clock rate."""

    def close_track(self, source: "Source") -> None: ...
