"""Which capture time belongs to a sample that was fed to a recogniser.

A recogniser counts the audio it was given, and the gate leaves silence out; this is the table that leads back.
"""

from bisect import bisect_right

from asr.opus import RTP_PER_SAMPLE, SPEECH_HZ


class FedTimeline:
    """Fed samples (16 kHz, counted from the recogniser's beginning) to unwrapped RTP time (48 kHz)."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._rtp: list[int] = []
        self.fed = 0

    def append(self, rtp: int, samples: int) -> None:
        """``samples`` are fed now, the first of them captured at ``rtp``."""
        if not self._starts or self._rtp[-1] + (self.fed - self._starts[-1]) * RTP_PER_SAMPLE != rtp:
            self._starts.append(self.fed)
            self._rtp.append(rtp)
        self.fed += samples

    def rtp_at(self, fed_s: float) -> int:
        """``fed_s`` seconds of fed audio. Raises `LookupError` before anything was fed."""
        if not self._starts:
            raise LookupError("nothing was fed yet")
        sample = round(fed_s * SPEECH_HZ)
        at = max(0, bisect_right(self._starts, sample) - 1)
        return self._rtp[at] + (sample - self._starts[at]) * RTP_PER_SAMPLE

    def forget_finished(self) -> None:
        """Everything fed so far was turned into words: only the latest run is needed from now on."""
        del self._starts[:-1]
        del self._rtp[:-1]
