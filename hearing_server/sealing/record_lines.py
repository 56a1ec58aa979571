"""A hearing's record as lines of canonical JSON: what stands in journal.jsonl, transcript.jsonl and participants.jsonl."""

import json
from dataclasses import dataclass

from hearing_server.domain.journal import JournalRow, canonical
from hearing_server.domain.participant import Participant
from hearing_server.domain.transcript import Revision, Utterance, text_sha256


@dataclass(frozen=True, slots=True)
class RecordLines:
    """Lines without their line feeds. ``journal`` is in order and whole; the others hold what is there now."""

    journal: list[str]
    transcript: list[str]
    participants: list[str]


def journal_line(row: JournalRow) -> str:
    """``data`` stands as an object: written out canonically it is the text that was hashed."""
    return canonical(
        {
            "chain": row.chain,
            "number": row.number,
            "at_ms": row.at_ms,
            "type": row.type,
            "actor": row.actor,
            "data": json.loads(row.data),
            "previous_hash": row.previous_hash,
            "hash": row.hash,
            "fact": row.fact,
        }
    )


def transcript_lines(utterance: Utterance, revisions: list[Revision]) -> list[str]:
    """One line a version. The recogniser's own tokens, word times and model stand with its original (TRN-6)."""
    lines = []
    for revision in revisions:
        line: dict[str, object] = {
            "utterance": utterance.id,
            "revision": revision.revision,
            "participant": revision.participant_id,
            "start_ms": utterance.start_ms,
            "end_ms": utterance.end_ms,
            "text": revision.text,
            "text_sha256": text_sha256(revision.text),
            "edited_by": revision.edited_by,
            "edited_at_ms": revision.edited_at_ms,
        }
        if revision.revision == 0:
            words = [[word.text, word.start_ms, word.end_ms, word.confidence] for word in utterance.words]
            line |= {"model": utterance.model, "raw_text": utterance.raw_text, "words": words}
        lines.append(canonical(line))
    return lines


def participant_line(person: Participant) -> str:
    """Whose voice an id of the other files stands for."""
    names = {"participant": person.id, "name": person.name, "role": person.role.value, "side": person.side}
    return canonical({**names, "seat": person.seat})
