"""Figures about the court's work for its operators: nobody's name, no hearing. What shows them stands in ``web``."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from signaling.protocol.worker_figures import FIGURES_EACH_S, Distribution, DistributionCount, WorkerFigures

FORGOTTEN_AFTER_S = 6 * FIGURES_EACH_S
"""A worker that says nothing for so long is gone."""
MOST_WORKERS = 256
"""Remembered at a time; beyond it a worker is not shown, so that nothing can make the list of series grow without end."""
JOIN_BOUNDS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class JoinStep(StrEnum):
    """Spans on the way into a hearing, as the front sees them. Media is the sending connection: it carries the first packet."""

    WELCOME_TO_OFFER = "welcome_to_offer"
    """From the first welcome to the client's offer of media. The device check and the wait in the lobby lie here: people's time."""
    OFFER_TO_CONNECTED = "offer_to_connected"
    """From the offer to the connection being up: network checks and DTLS."""
    CONNECTED_TO_PACKET = "connected_to_packet"
    """From there to the first packet that was taken and forwarded."""
    WELCOME_TO_PACKET = "welcome_to_packet"
    """All of it."""


@dataclass(slots=True)
class Joining:
    """How far one session has come; each mark is used up by the step it begins. Seconds on the figures' clock."""

    welcomed_s: float | None = None
    offered_s: float | None = None
    connected_s: float | None = None
    offered_before: bool = False


class CourtFigures:
    """One per front. ``clock`` gives seconds that never jump."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._workers: dict[str, tuple[float, WorkerFigures]] = {}
        self._steps = {step: DistributionCount(*JOIN_BOUNDS_S) for step in JoinStep}

    # -------------------------------------------------------------- workers

    def hear_worker(self, figures: WorkerFigures) -> None:
        self._forget_the_silent()
        if figures.worker in self._workers or len(self._workers) < MOST_WORKERS:
            self._workers[figures.worker] = (self._clock(), figures)

    def workers(self) -> list[WorkerFigures]:
        """The latest of each that is there."""
        self._forget_the_silent()
        return [figures for _, figures in self._workers.values()]

    def _forget_the_silent(self) -> None:
        oldest_s = self._clock() - FORGOTTEN_AFTER_S
        self._workers = {name: heard for name, heard in self._workers.items() if heard[0] >= oldest_s}

    # -------------------------------------------------------------- joining

    def joins(self) -> dict[JoinStep, Distribution]:
        return {step: count.taken() for step, count in self._steps.items()}

    def welcomed(self, joining: Joining) -> None:
        """A new session; not one that was resumed."""
        joining.welcomed_s = self._clock()

    def offered(self, joining: Joining) -> None:
        joining.offered_s = self._clock()
        if not joining.offered_before and joining.welcomed_s is not None:
            joining.offered_before = True
            self._steps[JoinStep.WELCOME_TO_OFFER].observe(joining.offered_s - joining.welcomed_s)

    def connected(self, joining: Joining) -> None:
        if joining.offered_s is not None:
            joining.connected_s = self._clock()
            self._steps[JoinStep.OFFER_TO_CONNECTED].observe(joining.connected_s - joining.offered_s)
            joining.offered_s = None

    def first_packet(self, joining: Joining) -> None:
        if joining.connected_s is None:
            return
        now_s = self._clock()
        self._steps[JoinStep.CONNECTED_TO_PACKET].observe(now_s - joining.connected_s)
        joining.connected_s = None
        if joining.welcomed_s is not None:
            self._steps[JoinStep.WELCOME_TO_PACKET].observe(now_s - joining.welcomed_s)
            joining.welcomed_s = None
