"""Who has the floor in a large room: a few microphones are forwarded at a time, those of the loudest, and always those of the bench.

Nothing is decoded: packets carry their level (RFC 6464). Recorder and transcriber are sinks and get every microphone all the time.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from signaling.media.distribution import SILENCE_DBOV
from signaling.media.source import Source
from signaling.room.member import Member
from signaling.room.speaking import SPEECH_DBOV

KEPT_S = 2.0
"""After the last loud packet somebody keeps the floor for this long, whoever else speaks as loud."""
LOUDER_BY_DB = 10
"""Somebody this much louder takes the floor at once from the quietest who has it."""
RELEASE_DB_PER_S = 4.0
"""How fast a voice that was loud counts as quieter: while its turn is kept, by less than `LOUDER_BY_DB`."""


@dataclass(slots=True)
class _Voice:
    loudness_dbov: float = SILENCE_DBOV
    """Rises at once with a louder packet and falls slowly; 127 is silence."""
    loud_at_s: float = float("-inf")


class Floor:
    """Of one place. ``turns``: microphones heard at a time, those that are always heard not counted."""

    def __init__(self, turns: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._turns = turns
        self._clock = clock
        self._voices: dict[Source, _Voice] = {}
        self._heard: set[Source] = set()
        self._looked_s = clock()

    def seat(self, microphones: set[Source]) -> None:
        """These microphones share the floor from now on."""
        for gone in self._voices.keys() - microphones:
            del self._voices[gone]
            self._heard.discard(gone)
            gone.unhush()
        come = microphones - self._voices.keys()
        self._voices.update({source: _Voice() for source in come})
        waiting = sorted(microphones - self._heard, key=lambda source: self._voices[source].loud_at_s, reverse=True)
        for source in waiting[: self._turns - len(self._heard)]:
            self._heard.add(source)
            source.unhush()
        for source in come - self._heard:
            source.hush(partial(self._may_speak, source))

    def look(self) -> None:
        """Some times a second, before the peaks are forgotten."""
        now_s = self._clock()
        fallen = RELEASE_DB_PER_S * (now_s - self._looked_s)
        self._looked_s = now_s
        for source, voice in self._voices.items():
            voice.loudness_dbov = min(source.peak_dbov, voice.loudness_dbov + fallen)
            if source.peak_dbov < SPEECH_DBOV:
                voice.loud_at_s = now_s

    def _may_speak(self, source: Source, level_dbov: int) -> bool:
        """Asked from the middle of forwarding, for a packet of ``source`` with this level. Whoever speaks takes the turn of somebody
        silent, or of somebody much quieter."""
        if level_dbov >= SPEECH_DBOV:
            return False
        now_s = self._clock()
        quietest = max(self._heard, key=lambda each: self._quietness(each, now_s))
        if level_dbov > self._quietness(quietest, now_s)[0] - LOUDER_BY_DB:
            return False
        self._heard.remove(quietest)
        quietest.hush(partial(self._may_speak, quietest))
        self._heard.add(source)
        self._voices[source] = _Voice(level_dbov, now_s)
        return True

    def _quietness(self, source: Source, now_s: float) -> tuple[float, float]:
        """Loudness, which is silence for one who has kept the floor long enough, and time since the last loud packet."""
        voice = self._voices[source]
        if source.peak_dbov < SPEECH_DBOV:  # since the last look
            return min(source.peak_dbov, voice.loudness_dbov), 0.0
        silent_s = now_s - voice.loud_at_s
        return (voice.loudness_dbov if silent_s < KEPT_S else SILENCE_DBOV), silent_s


class Floors:
    """Of all places of a room."""

    def __init__(self, turns: int) -> None:
        self._turns = turns
        self._floors: dict[str, Floor] = {}

    def settle(self, members: Iterable[Member]) -> None:
        """Whenever somebody comes or goes, or may do something else."""
        microphones: dict[str, set[Source]] = {place: set() for place in self._floors}
        for member in members:
            place = member.grants.publish_to
            if place is not None and not member.grants.always_heard:
                # A sender that tells no levels cannot be compared with anybody; every browser tells them.
                told = {source for source in member.microphones() if source.audio_level_extension}
                microphones.setdefault(place, set()).update(told)
        for place, shared in microphones.items():
            self._floors.setdefault(place, Floor(self._turns)).seat(shared)
            if not shared:
                del self._floors[place]

    def look(self) -> None:
        for floor in self._floors.values():
            floor.look()
