"""Refusals that are the court's own rather than the law's, and the one place where refusals become stable codes.

``Refused`` (domain) ⊃ ``AlreadyConnected``, ``RecorderUnavailable``, ``NoCapacity``; ``Conflict`` ⊃ ``StaleRevision``; refusals of proofs
(tokens, codes, passwords) stand in ``credentials``.
"""

from hearing_server.court.credentials import (
    CodeInvalid,
    LoginFailed,
    NotSignedIn,
    TokenExpired,
    TokenInvalid,
    TokenRevoked,
)
from hearing_server.domain.errors import Conflict, InvalidValue, NotFound, NotPermitted, Refused, WrongState
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.snapshot import UtteranceView


class AlreadyConnected(Refused):
    """The participant is connected from another device (ID-2)."""

    def __init__(self) -> None:
        super().__init__("already_connected")


class RecorderUnavailable(Refused):
    """No hearing opens without a recorder (RCD-1)."""

    def __init__(self) -> None:
        super().__init__("recorder_unavailable")


class NoCapacity(Refused):
    """No worker can take the hearing's room now."""

    def __init__(self) -> None:
        super().__init__("no_capacity")


class StaleRevision(Conflict):
    """An edit was made against an older revision; ``present`` is the newest."""

    def __init__(self, present: UtteranceView) -> None:
        super().__init__("stale_revision", (present.utterance,))
        self.present = present


_CODES: tuple[tuple[type[Refused], ErrorCode], ...] = (
    (TokenInvalid, ErrorCode.TOKEN_INVALID),
    (TokenExpired, ErrorCode.TOKEN_EXPIRED),
    (TokenRevoked, ErrorCode.TOKEN_REVOKED),
    (AlreadyConnected, ErrorCode.ALREADY_CONNECTED),
    (RecorderUnavailable, ErrorCode.RECORDER_UNAVAILABLE),
    (NoCapacity, ErrorCode.NO_CAPACITY),
    (CodeInvalid, ErrorCode.CODE_INVALID),
    (NotSignedIn, ErrorCode.NOT_SIGNED_IN),
    (LoginFailed, ErrorCode.LOGIN_FAILED),
    (NotPermitted, ErrorCode.NOT_PERMITTED),
    (WrongState, ErrorCode.WRONG_STATE),
    (NotFound, ErrorCode.NOT_FOUND),
    (Conflict, ErrorCode.CONFLICT),
    (InvalidValue, ErrorCode.INVALID_VALUE),
)


def code_of(refusal: Refused) -> ErrorCode:
    """The stable code of a refusal, over HTTP and over the WebSocket alike."""
    return next((code for kind, code in _CODES if isinstance(refusal, kind)), ErrorCode.INTERNAL)
