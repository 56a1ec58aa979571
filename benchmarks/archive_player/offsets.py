"""From when things were seen and heard to how far they are apart. Pure; all times in milliseconds."""

from collections.abc import Sequence

SAME_EVENT_MS = 1000
"""Flashes and beeps are four seconds apart, so what is nearer than this belongs together."""


def pairs_ms(seen: Sequence[Sequence[float]], heard: Sequence[Sequence[float]]) -> list[float]:
    """For each person and each flash: how much later the beep came. People in the same order in both."""
    found = []
    for flashes, beeps in zip(seen, heard, strict=True):
        for flash in flashes:
            near = [beep - flash for beep in beeps if abs(beep - flash) < SAME_EVENT_MS]
            found += sorted(near, key=abs)[:1]
    return found


def spread_ms(events: Sequence[Sequence[float]]) -> list[float]:
    """For each event of the first person: how far apart everybody's are."""
    found = []
    for first in events[0] if events else ():
        same = [time for times in events for time in times if abs(time - first) < SAME_EVENT_MS]
        if len(same) > 1:
            found.append(max(same) - min(same))
    return found
