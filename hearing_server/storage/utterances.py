"""Utterances and their revisions."""

import json
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from hearing_server.domain.transcript import Revision, Utterance, UtteranceStatus, Word, text_sha256
from hearing_server.storage.database import Transaction
from hearing_server.storage.schema import utterance_revisions, utterances


async def add(transaction: Transaction, utterance: Utterance, at_ms: int) -> None:
    """A new utterance with its revision 0, the recogniser's original."""
    await transaction.execute(
        insert(utterances).values(
            id=utterance.id,
            hearing_id=utterance.hearing_id,
            start_ms=utterance.start_ms,
            end_ms=utterance.end_ms,
            words=_words_json(utterance.words),
            raw_text=utterance.raw_text,
            model=utterance.model,
            **_newest(utterance),
        )
    )
    await _add_revision(transaction, utterance, at_ms)


async def revise(transaction: Transaction, utterance: Utterance, at_ms: int) -> None:
    """Store a correction; the versions before stay."""
    await transaction.execute(update(utterances).where(utterances.c.id == utterance.id).values(**_newest(utterance)))
    await _add_revision(transaction, utterance, at_ms)


async def by_id(transaction: Transaction, utterance: str) -> Utterance | None:
    row = (await transaction.execute(select(utterances).where(utterances.c.id == utterance))).first()
    return _utterance(row) if row else None


async def page(transaction: Transaction, hearing: str, before_ms: int | None, limit: int) -> list[Utterance]:
    """The newest ``limit`` that began before ``before_ms``, oldest first."""
    query = select(utterances).where(utterances.c.hearing_id == hearing)
    if before_ms is not None:
        query = query.where(utterances.c.start_ms < before_ms)
    newest_first = query.order_by(utterances.c.start_ms.desc(), utterances.c.id.desc()).limit(limit)
    return [_utterance(row) for row in reversed((await transaction.execute(newest_first)).all())]


async def count(transaction: Transaction, hearing: str) -> int:
    query = select(func.count()).select_from(utterances).where(utterances.c.hearing_id == hearing)
    return (await transaction.execute(query)).scalar_one()


async def revisions(transaction: Transaction, utterance: str) -> list[Revision]:
    """The recogniser's original first."""
    query = (
        select(utterance_revisions)
        .where(utterance_revisions.c.utterance_id == utterance)
        .order_by(utterance_revisions.c.revision)
    )
    return [
        Revision(row.utterance_id, row.revision, row.participant_id, row.text, row.edited_by, row.edited_at_ms)
        for row in await transaction.execute(query)
    ]


async def _add_revision(transaction: Transaction, utterance: Utterance, at_ms: int) -> None:
    await transaction.execute(
        insert(utterance_revisions).values(
            utterance_id=utterance.id,
            revision=utterance.revision,
            participant_id=utterance.participant_id,
            text=utterance.text,
            text_sha256=text_sha256(utterance.text),
            edited_by=utterance.edited_by,
            edited_at_ms=at_ms,
        )
    )


def _newest(utterance: Utterance) -> dict[str, object]:
    return {
        "revision": utterance.revision,
        "participant_id": utterance.participant_id,
        "text": utterance.text,
        "status": utterance.status.value,
        "edited_by": utterance.edited_by,
    }


def _words_json(words: tuple[Word, ...]) -> str:
    rows = [[word.text, word.start_ms, word.end_ms, word.confidence] for word in words]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _utterance(row: Row[Any]) -> Utterance:
    return Utterance(
        id=row.id,
        hearing_id=row.hearing_id,
        participant_id=row.participant_id,
        text=row.text,
        words=tuple(Word(*word) for word in json.loads(row.words)),
        raw_text=row.raw_text,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        model=row.model,
        revision=row.revision,
        status=UtteranceStatus(row.status),
        edited_by=row.edited_by,
    )
