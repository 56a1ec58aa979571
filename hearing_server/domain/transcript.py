"""The record of what was said: utterances, their words and their revisions."""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum

from hearing_server.domain.errors import Conflict, InvalidValue, WrongState


class TranscriptStatus(StrEnum):
    """How far the transcript has come after the hearing."""

    LIVE = "live"
    """实时转写."""
    DRAFT = "draft"
    """草稿."""
    PROOFREADING = "proofreading"
    """校对中."""
    CIRCULATED = "circulated"
    """送核对."""
    CORRECTION = "correction"
    """补正处理."""
    SIGNING = "signing"
    """签署中."""
    SIGNED = "signed"
    FILED = "filed"
    """已入卷."""
    PARTLY_REFUSED = "partly_refused"
    """有拒签: the refusal is on record (TRN-4)."""
    REPLACED_BY_RECORDING = "replaced_by_recording"
    """以录代笔 (REC 8)."""


class UtteranceStatus(StrEnum):
    """What an utterance's text is worth."""

    ASR = "asr"
    """The recogniser's output: a marked draft until checked (TRN-1)."""
    SUGGESTED = "suggested"
    """Somebody of the bench suggests another wording."""
    EDITED = "edited"
    """Corrected by the clerk."""
    VERIFIED = "verified"
    """Checked against the recording."""
    DISPUTED = "disputed"
    """A party asked for a correction (TRN-3)."""
    CORRECTED = "corrected"
    """… and got it."""
    CORRECTION_REFUSED = "correction_refused"
    """… and did not; the refusal stays on record."""
    SEALED = "sealed"
    """Part of a signed transcript."""
    OFF_RECORD = "off_record"
    """Not part of the record, by the judge's decision."""


FINAL = frozenset({UtteranceStatus.SEALED, UtteranceStatus.OFF_RECORD})
"""Nobody edits these any more."""


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word on the hearing clock."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one person said without a longer pause, as of its newest revision. ``words`` stay the recogniser's (TRN-6)."""

    id: str
    hearing_id: str
    participant_id: str
    text: str
    words: tuple[Word, ...]
    raw_text: str
    """The recogniser's own tokens, separated by spaces."""
    start_ms: int
    end_ms: int
    model: str
    revision: int = 0
    status: UtteranceStatus = UtteranceStatus.ASR
    edited_by: str | None = None

    def revise(self, base_revision: int, text: str, participant_id: str, editor: str) -> "Utterance":
        """A correction. Raises ``Conflict`` when ``base_revision`` is not the newest, ``WrongState`` when the utterance is
        sealed, ``InvalidValue`` when there is no text or no change."""
        text = text.strip()
        if self.status in FINAL:
            raise WrongState("utterance_sealed", (self.id,))
        if base_revision != self.revision:
            raise Conflict("stale_revision", (self.id,))
        if not text:
            raise InvalidValue("empty_text")
        if (text, participant_id) == (self.text, self.participant_id):
            raise InvalidValue("nothing_changed")
        return replace(
            self,
            revision=self.revision + 1,
            text=text,
            participant_id=participant_id,
            status=UtteranceStatus.EDITED,
            edited_by=editor,
        )


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of an utterance; never changed, never removed (TRN-6)."""

    utterance_id: str
    revision: int
    participant_id: str
    text: str
    edited_by: str | None
    edited_at_ms: int


def text_sha256(text: str) -> str:
    """What the journal keeps of a text: enough to prove it, nothing to read."""
    return hashlib.sha256(text.encode()).hexdigest()
