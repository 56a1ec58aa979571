"""Query strings of the ``GET`` routes. Unlike bodies they have defaults: a browser leaves out what it does not need."""

from typing import Annotated

from pydantic import Field

from signaling.protocol.base import Message

FAR_FUTURE_MS = 2**53 - 1
"""Largest whole number that JavaScript keeps exact."""

Milliseconds = Annotated[int, Field(ge=0, le=FAR_FUTURE_MS)]


class CaseSearch(Message):
    query: Annotated[str, Field(max_length=200)] = ""
    """Part of the number or title; empty for the newest."""


class Days(Message):
    from_ms: Milliseconds = 0
    to_ms: Milliseconds = FAR_FUTURE_MS
    """Exclusive."""


class TranscriptPage(Message):
    before_ms: Milliseconds | None = None
    """Utterances that began earlier than this; without it the newest."""
    limit: Annotated[int, Field(ge=1, le=500)] = 500


class SegmentPlace(Message):
    start_ms: Milliseconds | None = None
    """Where the archive says the file begins: it is found faster."""


class LineSpan(Message):
    after_ms: Milliseconds | None = None
    """Samples later than this; without it the newest."""
    minutes: Annotated[int, Field(ge=1, le=60)] = 10


class JournalSpan(Message):
    after: Annotated[int, Field(ge=0, le=FAR_FUTURE_MS)] = 0
    """Number of the last row that is known already."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 200
