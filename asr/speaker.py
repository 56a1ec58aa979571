"""Whose microphone it is, and the facts and captions in that person's name."""

from collections.abc import Sequence
from dataclasses import dataclass

from asr.capture_clock import CaptureClock
from asr.court_text import CourtText
from asr.engine import RecognisedWord
from asr.facts import Line, new_id, text_changes
from asr.fed_timeline import FedTimeline
from asr.transcribed_hearing import TranscribedHearing


@dataclass(frozen=True, slots=True)
class Speaker:
    """One participant's microphone track in one transcribed hearing."""

    track: int
    participant: str
    hearing: TranscribedHearing
    clock: CaptureClock

    def new_utterance(self) -> str:
        return new_id()

    def caption_heard(self, utterance: str, text: str) -> Line:
        """``text`` empty: nothing came of it, the caption goes away."""
        return {
            "type": "caption_heard",
            "room": self.hearing.room,
            "hearing": self.hearing.hearing,
            "utterance": utterance,
            "participant": self.participant,
            "text": text,
        }

    def utterance_recognised(
        self, utterance: str, text: CourtText, words: Sequence[RecognisedWord], timeline: FedTimeline, model: str
    ) -> Line:
        """``words`` at least one, their seconds those of ``timeline``."""
        timed = [
            {
                "text": word.text,
                "start_ms": self._utc_ms(timeline.rtp_at(word.start_s)),
                "end_ms": self._utc_ms(timeline.rtp_at(word.end_s)),
                "confidence": round(word.confidence, 3),
            }
            for word in words
        ]
        return self._fact("utterance_recognised") | {
            "utterance": utterance,
            "participant": self.participant,
            "text": text.text,
            "raw_text": text.raw_text,
            "changes": text_changes(text.changes),
            "words": timed,
            "start_ms": timed[0]["start_ms"],
            "end_ms": timed[-1]["end_ms"],
            "model": model,
        }

    def transcription_gap(self, start_rtp: int, end_rtp: int, cause: str) -> Line:
        """``cause`` ``overload`` or ``transcriber_lost``."""
        return self._fact("transcription_gap") | {
            "participant": self.participant,
            "start_ms": self._utc_ms(start_rtp),
            "end_ms": self._utc_ms(end_rtp),
            "cause": cause,
        }

    def _fact(self, kind: str) -> Line:
        return {
            "type": kind,
            "fact": new_id(),
            "room": self.hearing.room,
            "hearing": self.hearing.hearing,
            "at_ms": self.hearing.now_ms(),
        }

    def _utc_ms(self, rtp: int) -> int:
        return self.clock.utc_ms(rtp, self.hearing.clock)
