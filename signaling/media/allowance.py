"""How much of something one member may cause: what is free for everybody who behaves, and ruinous when it is done without end."""


class Allowance:
    """A bucket that holds ``burst`` and is refilled by ``per_s``. Pure; times are monotonic nanoseconds."""

    __slots__ = ("_burst", "_left", "_per_ns", "_then_ns")

    def __init__(self, per_s: float, burst: float, now_ns: int) -> None:
        self._per_ns = per_s / 1e9
        self._burst = self._left = burst
        self._then_ns = now_ns

    def take(self, amount: float, now_ns: int) -> bool:
        """False when nothing is left. What is asked for while something is left is given whole, and owed for."""
        self._left = min(self._burst, self._left + (now_ns - self._then_ns) * self._per_ns)
        self._then_ns = now_ns
        if self._left < 1:
            return False
        self._left -= amount
        return True
