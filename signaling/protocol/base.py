"""The ground every message stands on. The messages themselves live beside this file, by who says them to whom."""

from pydantic import BaseModel, ConfigDict

PROTOCOL_VERSION = 1
MAX_MESSAGE_BYTES = 256 * 1024
"""Largest WebSocket text message taken from a client, after decompression."""
ESCAPED_NUL = r"\u0000"
"""No text has this character, which a PostgreSQL database cannot store; JSON can say it only so."""


class Message(BaseModel):
    """An immutable message; a field nobody declared is an error, so that a misspelt one is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class RoomNotice(Message):
    """Of one room; the front refuses it when the room has been given to another worker since."""

    room: str
    lease: int = 0
    """Stamped by the worker: the fencing token under which it held the room."""
