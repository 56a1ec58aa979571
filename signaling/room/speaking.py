"""Who is speaking, from the audio levels that packets carry (RFC 6464); nothing is decoded."""

from collections.abc import Iterable

from signaling.media.source import Source

SPEECH_DBOV = 50
"""A level above −50 dBov is speech; quieter is a room's noise."""
HANG_OVER_S = 0.6
"""Somebody who pauses between words still speaks."""


class SpeakerDetector:
    """Asked some times a second by the room."""

    def __init__(self) -> None:
        self._spoke_at: dict[str, float] = {}
        self._speaking: list[str] = []

    def update(self, microphones: Iterable[Source], now_s: float) -> list[str] | None:
        """Participants speaking now, loudest first, when that changed; otherwise None. Looks at what was loudest since the last time
        the peaks were taken. ``now_s`` is monotonic."""
        levels: dict[str, int] = {}
        for source in microphones:
            if source.peak_dbov < SPEECH_DBOV:
                levels[source.participant] = source.peak_dbov
                self._spoke_at[source.participant] = now_s
        spoke = {who: at for who, at in self._spoke_at.items() if now_s - at < HANG_OVER_S}
        self._spoke_at = spoke
        if set(spoke) == set(self._speaking):
            return None
        self._speaking = sorted(spoke, key=lambda who: levels.get(who, SPEECH_DBOV))
        return list(self._speaking)
