"""A microphone without the network before it: packets with levels, as forwarding takes them."""

from signaling.media.codec import Codec
from signaling.media.outlet import Outlet
from signaling.media.reception import Reception
from signaling.media.source import Source
from signaling.protocol.grants import SourceLabel


class Speaker:
    """A microphone, and one subscriber."""

    def __init__(self, name: str) -> None:
        self.source = Source(
            participant=name,
            connection="up",
            label=SourceLabel.MICROPHONE,
            codec=Codec.OPUS,
            ssrc=1,
            payload_type=111,
            extensions={},
            track=1,
            reception=Reception(48_000, 0, 0),
            repairs=False,
            send_feedback=lambda _packet: None,
            later=lambda _seconds, _act: None,
        )
        self.source.add_outlet(Outlet(7, lambda _packet: None))

    @property
    def heard(self) -> bool:
        return len(self.source.outgoing) == 1

    def send(self, level_dbov: int) -> bool:
        """One packet, as forwarding takes it; whether it was received."""
        extended = self.source.reception.highest + 1
        self.source.reception.advance(extended, 1)
        self.source.accepted += 1
        if level_dbov < self.source.peak_dbov:
            self.source.grew_louder(level_dbov, extended, extended * 960)
        return self.heard
