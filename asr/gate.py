"""Decides from levels when somebody speaks, so that silence costs nothing. Pure: levels in, state out."""

from enum import StrEnum

THRESHOLD_DBOV = -50.0
HANG_OVER_MS = 400.0
PRE_ROLL_MS = 300.0
"""Heard again before the first loud frame: words begin softly."""


class GateStep(StrEnum):
    """What a frame did to the gate."""

    OPENED = "opened"
    """The first loud frame after silence."""
    OPEN = "open"
    """Speech, or a pause shorter than the hang-over."""
    CLOSED = "closed"
    """The hang-over ended with this frame, which still belongs to the speech."""
    SHUT = "shut"
    """Silence."""


class LevelGate:
    """One microphone's gate."""

    def __init__(self, threshold_dbov: float = THRESHOLD_DBOV, hang_over_ms: float = HANG_OVER_MS) -> None:
        self._threshold_dbov = threshold_dbov
        self._hang_over_ms = hang_over_ms
        self._remaining_ms = 0.0

    @property
    def is_open(self) -> bool:
        return self._remaining_ms > 0

    def step(self, level_dbov: float, duration_ms: float) -> GateStep:
        """One frame of ``duration_ms`` at ``level_dbov`` (0 loudest)."""
        was_open = self.is_open
        if level_dbov > self._threshold_dbov:
            self._remaining_ms = self._hang_over_ms
            return GateStep.OPEN if was_open else GateStep.OPENED
        self._remaining_ms = max(0.0, self._remaining_ms - duration_ms)
        if was_open:
            return GateStep.OPEN if self.is_open else GateStep.CLOSED
        return GateStep.SHUT

    def shut(self) -> None:
        self._remaining_ms = 0.0
