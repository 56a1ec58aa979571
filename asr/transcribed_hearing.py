"""A hearing while it is transcribed."""

import time
from dataclasses import dataclass

from asr.case_dictionary import CaseDictionary
from signaling.sink_stream.clock import HearingClock


@dataclass(frozen=True, slots=True)
class TranscribedHearing:
    """From ``start`` to ``stop``."""

    room: str
    hearing: str
    clock: HearingClock
    dictionary: CaseDictionary

    def now_ms(self) -> int:
        """UTC milliseconds on the hearing clock."""
        return round(self.clock.utc_ms(now_us()))


def now_us() -> int:
    """The machine's monotonic clock, which the worker stamps arrivals with."""
    return time.monotonic_ns() // 1000
