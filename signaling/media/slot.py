"""One m-line of a subscribe leg and what it carries."""

from dataclasses import dataclass

from signaling.media.outlet import Outlet
from signaling.media.publication import Publication
from signaling.media.source import Source
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import SlotView


@dataclass(frozen=True, slots=True)
class SlotDescription:
    """What an offer says of a slot. ``participant`` None: inactive. ``repair_ssrc``: for video, of the stream that probes travel in."""

    mid: str
    kind: str
    participant: str | None
    label: SourceLabel | None
    ssrc: int | None
    repair_ssrc: int | None


class Slot:
    """Never removed, for m-lines are append-only; when its track goes it is free for another of the same kind.

    It remembers who had it last: a publisher who comes back before anyone else needed it gets it again with the same SSRC, and the
    subscriber sees no change at all.
    """

    def __init__(self, mid: str, kind: str) -> None:
        self.mid = mid
        self.kind = kind
        self.publication: Publication | None = None
        self.outlet: Outlet | None = None
        self.holder: tuple[str, SourceLabel] | None = None
        self.open = False
        """The subscriber agreed to what it carries now, and the way there is known."""
        self.repair_payload_type: int | None = None
        """None: the subscriber did not agree to retransmissions of their own, so there is nothing to probe with."""
        self.switches = 0
        """How often it was pointed at another source."""
        self._octets_seen = 0

    def take(self, publication: Publication, outlet: Outlet) -> None:
        self.publication, self.outlet = publication, outlet
        self.holder = (publication.participant, publication.label)
        self._octets_seen = outlet.octets

    def free(self) -> None:
        """The outlet stays, in case the holder comes back."""
        self.publication = None

    def aim(self, source: Source | None, *, at_once: bool = False) -> None:
        """From which source it shall flow; video changes over at that source's next keyframe, and with ``at_once`` nothing flows until
        then. None: nothing flows."""
        outlet = self.outlet
        if outlet is None or outlet.target is source:
            return
        if outlet.target is not None:
            outlet.target.await_no_longer(outlet)
            self.switches += source is not None
        outlet.target = source
        if source is not None:
            source.add_outlet(outlet)
        if outlet.source not in (None, source) and (at_once or source is None):
            outlet.source.remove_outlet(outlet)

    def octets_since(self) -> int:
        """Octets sent since the last call."""
        if self.outlet is None:
            return 0
        octets = self.outlet.octets - self._octets_seen
        self._octets_seen = self.outlet.octets
        return octets

    @property
    def rank(self) -> int | None:
        """Of the layer that flows; 0 is the full one."""
        source = self.outlet.source if self.outlet is not None else None
        return self.publication.rank(source) if self.publication is not None and source is not None else None

    @property
    def description(self) -> SlotDescription:
        if self.publication is None or self.outlet is None:
            return SlotDescription(self.mid, self.kind, None, None, None, None)
        ssrc = self.outlet.ssrc
        repair_ssrc = ssrc + 1 if self.kind == "video" else None
        return SlotDescription(
            self.mid, self.kind, self.publication.participant, self.publication.label, ssrc, repair_ssrc
        )


def slot_view(description: SlotDescription) -> SlotView:
    return SlotView(mid=description.mid, participant=description.participant, source=description.label)
