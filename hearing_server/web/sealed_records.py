"""What the routes need of sealed recordings. The composition root hands in the real ones; all calls block and are made in threads."""

from typing import Any, Protocol

from aiohttp import web


class SealedRecords(Protocol):
    def keys(self) -> list[dict[str, Any]]:
        """Every key the court ever sealed with: ``id``, ``public_key`` in base64, ``current``."""

    def verifier(self) -> str:
        """``verify.py``, which needs nothing but Python."""

    def log_head(self, now_ms: int) -> dict[str, Any]:
        """Signed head of the court's log of roots."""

    def log_growth(self, earlier: int, size: int) -> list[str]:
        """Consistency proof between two sizes of the log (RFC 6962 section 2.1.2). Raises ``IndexError``."""

    def seals(self, hearing: str) -> list[dict[str, Any]]:
        """As in ``seal.json``, oldest first."""

    def prove_utterance(self, hearing: str, utterance: str, revision: int | None) -> dict[str, Any] | None:
        """None when it is not sealed."""

    def prove_segment(self, hearing: str, sha256: str) -> dict[str, Any] | None:
        """None when it is not sealed."""


SEALED_RECORDS: web.AppKey[SealedRecords] = web.AppKey("sealed_records", SealedRecords)
