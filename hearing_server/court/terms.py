"""What this court has settled for all its hearings; handed in by the composition root."""

from dataclasses import dataclass, field

from hearing_server.court.relays import Relays


@dataclass(frozen=True, slots=True)
class CourtTerms:
    """Names shown on every screen, and how long things may take. Milliseconds."""

    court_name: str
    help_phone: str
    opening_countdown_ms: int = 10_000
    lobby_opens_before_ms: int = 1_800_000
    seat_kept_ms: int = 120_000
    """How long a seat is kept after the line dropped."""
    judge_lost_ms: int = 10_000
    """A session without its judge or its recorder for so long is interrupted by itself."""
    party_lost_ms: int = 30_000
    """The same for a side nobody speaks for any more (ABS-3)."""
    relays: Relays = field(default_factory=Relays)
    """None by default."""
