"""One track a participant publishes: its sources, which are several when it is sent in simulcast layers."""

from collections.abc import Callable, Sequence

from signaling.media.codec import Codec
from signaling.media.layer_choice import LayerOnOffer
from signaling.media.source import Source
from signaling.protocol.grants import SourceLabel

ACTIVE_WITHIN_NS = 1_000_000_000
"""A layer without a packet for this long has stopped, if another of its track goes on. The slowest camera sends five pictures a second."""
USUAL_BITRATES_BPS = (150_000, 500_000, 1_500_000)
"""Of a quarter, a half and the full picture, until the real rate was measured."""
USUAL_HEIGHT = 720
MEASURED_FROM_BPS = 20_000
"""Below it a layer is starting or standing still, and says nothing about what it costs."""


class Publication:
    """Begins and ends with its sources. All are of one codec and one participant's clock; ``rids`` orders the layers, lowest first."""

    def __init__(self, participant: str, label: SourceLabel, codec: Codec, rids: Sequence[str] = ("",)) -> None:
        self.participant = participant
        self.label = label
        self.codec = codec
        self.rids = tuple(rids)
        self.sources: tuple[Source, ...] = ()
        """Those that have begun and not ended, lowest layer first."""
        self.active: tuple[Source, ...] = ()
        """Of these, those that send now; all of them while none does (the camera is off, and comes back with all its layers)."""
        self._watchers: dict[Callable[[], None], None] = {}

    @property
    def kind(self) -> str:
        return self.codec.kind

    @property
    def layered(self) -> bool:
        return len(self.rids) > 1

    @property
    def best(self) -> Source | None:
        """The highest layer that is sent."""
        return self.active[-1] if self.active else None

    def join(self, source: Source) -> None:
        source.publication = self
        self._set_sources((*self.sources, source))

    def part(self, source: Source) -> None:
        self._set_sources([each for each in self.sources if each is not source])

    def _set_sources(self, sources: Sequence[Source]) -> None:
        self.sources = tuple(sorted(sources, key=lambda source: self.rids.index(source.rid)))
        # A layer that begins counts as sending until a tick looks at it, one that ended is gone at once.
        sending = [source for source in self.sources if source in self.active or source.accepted == 0]
        self._set_active(sending or self.sources)

    # ---------------------------------------------------------------- which layers are sent

    def watch(self, changed: Callable[[], None]) -> None:
        """``changed`` is called when `active` changes."""
        self._watchers[changed] = None

    def unwatch(self, changed: Callable[[], None]) -> None:
        self._watchers.pop(changed, None)

    def tick(self, now_ns: int) -> None:
        """Every 100 ms."""
        if len(self.sources) > 1:
            sending = [source for source in self.sources if now_ns - source.reception.last_ns < ACTIVE_WITHIN_NS]
            self._set_active(sending or self.sources)

    def _set_active(self, sources: Sequence[Source]) -> None:
        active = tuple(sources)
        if active != self.active:
            self.active = active
            for changed in list(self._watchers):
                changed()

    # ---------------------------------------------------------------- what a layer costs and shows

    def layers(self) -> tuple[LayerOnOffer, ...]:
        """Of the active sources, in their order."""
        return tuple(LayerOnOffer(self._bitrate_bps(source), self._height(source)) for source in self.active)

    def rank(self, source: Source) -> int:
        """0 for the full picture, 1 for the half."""
        return len(self.rids) - 1 - self.rids.index(source.rid)

    def _bitrate_bps(self, source: Source) -> int:
        if source.bitrate_bps > MEASURED_FROM_BPS:
            return source.bitrate_bps
        return USUAL_BITRATES_BPS[max(0, len(USUAL_BITRATES_BPS) - 1 - self.rank(source))] if self.layered else 0

    def _height(self, source: Source) -> int:
        """In pixels; reckoned from another layer if this one's keyframe was not seen yet."""
        for other in (source, *reversed(self.sources)):
            if other.picture_size is not None:
                return (other.picture_size[1] << self.rank(other)) >> self.rank(source)
        return USUAL_HEIGHT >> self.rank(source)
