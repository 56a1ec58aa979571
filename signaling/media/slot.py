"""One m-line of a subscribe leg and what it carries."""

from dataclasses import dataclass

from signaling.media.outlet import Outlet
from signaling.media.source import Source
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import SlotView


@dataclass(frozen=True, slots=True)
class SlotDescription:
    """What an offer says of a slot. ``participant`` None: inactive."""

    mid: str
    kind: str
    participant: str | None
    label: SourceLabel | None
    ssrc: int | None


class Slot:
    """Never removed, for m-lines are append-only; when its track goes it is free for another of the same kind.

    It remembers who had it last: a publisher who comes back before anyone else needed it gets it again with the same SSRC, and the
    subscriber sees no change at all.
    """

    def __init__(self, mid: str, kind: str) -> None:
        self.mid = mid
        self.kind = kind
        self.source: Source | None = None
        self.outlet: Outlet | None = None
        self.holder: tuple[str, SourceLabel] | None = None
        self.octets_seen = 0

    def take(self, source: Source, outlet: Outlet) -> None:
        self.source, self.outlet = source, outlet
        self.holder = (source.participant, source.label)
        self.octets_seen = source.octets

    def free(self) -> None:
        """The outlet stays, in case the holder comes back."""
        self.source = None

    def octets_since(self) -> int:
        """Octets its source received since the last call."""
        if self.source is None:
            return 0
        octets = self.source.octets - self.octets_seen
        self.octets_seen = self.source.octets
        return octets

    @property
    def description(self) -> SlotDescription:
        if self.source is None or self.outlet is None:
            return SlotDescription(self.mid, self.kind, None, None, None)
        return SlotDescription(self.mid, self.kind, self.source.participant, self.source.label, self.outlet.ssrc)


def slot_view(description: SlotDescription) -> SlotView:
    return SlotView(mid=description.mid, participant=description.participant, source=description.label)
