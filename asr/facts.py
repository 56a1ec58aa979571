"""What the process says on stdout: JSON lines with the fields of the worker's messages (signaling.protocol.worker).

Lines that are between this process and its worker only: ``heard`` (packets up to this extended sequence number need not be sent
again if the process is lost), ``transcription_stopped`` (the answer to ``stop``), ``barrier``, and ``recycling`` (it ends by itself
to give memory back).
"""

import json
import os
import threading
from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from uuid import uuid4

from asr.changes import Change

Line = dict[str, Any]


class RecognitionState(StrEnum):
    """State of live recognition, as the courtroom shows it."""

    LOADING = "loading"
    LIVE = "live"
    LAGGING = "lagging"
    """Behind speech: partial captions are paused."""
    DEFERRED = "deferred"
    """Speech is being left out, to be recognised later from the recording."""
    FAILED = "failed"


class FactStream:
    """Lines to the worker. Lines of one call leave together, so that a killed process has said all of them or none."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._gone = threading.Event()

    @property
    def reader_gone(self) -> bool:
        """Nobody reads any more; what is said from now on is lost, and the worker, if it lives, knows what to send again."""
        return self._gone.is_set()

    def say(self, *lines: Line) -> None:
        """Blocks while the worker does not read: recognition then falls behind and says so, nothing grows."""
        if not lines:
            return
        data = b"".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for line in lines)
        with self._lock:
            try:
                while data and not self._gone.is_set():
                    data = data[os.write(self._descriptor, data) :]
            except BrokenPipeError:
                self._gone.set()


def new_id() -> str:
    """Globally unique."""
    return uuid4().hex


def transcriber_state(state: RecognitionState, model: str, demo_model: bool, lag_ms: int) -> Line:
    return {
        "type": "transcriber_state",
        "room": "",
        "state": state,
        "model": model,
        "demo_model": demo_model,
        "lag_ms": lag_ms,
    }


def heard(track: int, sequence: int) -> Line:
    return {"type": "heard", "track": track, "sequence": sequence}


def transcription_stopped(room: str, hearing: str, cause: str) -> Line:
    return {"type": "transcription_stopped", "room": room, "hearing": hearing, "cause": cause}


def barrier(token: str) -> Line:
    return {"type": "barrier", "token": token}


def recycling(rss_mb: int) -> Line:
    return {"type": "recycling", "rss_mb": rss_mb}


def text_changes(changes: Sequence[Change]) -> list[Line]:
    return [
        {
            "start": change.start,
            "end": change.end,
            "said": change.said,
            "written": change.written,
            "rule": change.rule,
            "applied": change.applied,
        }
        for change in changes
    ]
