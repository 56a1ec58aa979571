"""Closed sets that cross the wire. They are defined once, here; ``hearing_server.domain`` has its own rules about them.

The members are those of the court's own vocabulary, so an identifier here is the one in the database and in the journal.
"""

from enum import StrEnum


class Language(StrEnum):
    """Language of the interface."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


class ErrorCode(StrEnum):
    """Stable codes of every refusal, over HTTP and over the WebSocket. The meaning of a code never changes."""

    MALFORMED = "malformed"
    """The message or request body is not JSON, or a field is missing, unknown or of the wrong type."""
    UNKNOWN_TYPE = "unknown_type"
    """No message of that type exists in this protocol version."""
    TOO_LARGE = "too_large"
    """The message is larger than the server reads."""
    TOO_MANY = "too_many"
    """More messages or requests than the server takes from one client; try later."""
    OUT_OF_PHASE = "out_of_phase"
    """The message cannot be said now, such as anything before hello, or a second hello."""
    VERSION = "version"
    """The client speaks a protocol version the server does not."""
    TOKEN_INVALID = "token_invalid"
    """The token is forged, damaged or made for something else."""
    TOKEN_EXPIRED = "token_expired"
    """The token was good once and is no longer."""
    TOKEN_REVOKED = "token_revoked"
    """The link or device was withdrawn by the court."""
    NOT_SIGNED_IN = "not_signed_in"
    """The request needs a signed-in member of staff."""
    LOGIN_FAILED = "login_failed"
    """Wrong login name or password."""
    NOT_PERMITTED = "not_permitted"
    """The role does not have this act; the attempt is journalled."""
    WRONG_STATE = "wrong_state"
    """The act exists and the role has it, but not in the hearing's present state."""
    NOT_FOUND = "not_found"
    """No such case, hearing, participant, utterance, device or file."""
    CONFLICT = "conflict"
    """Somebody else changed it first; the message carries the present state."""
    ALREADY_CONNECTED = "already_connected"
    """This participant is connected from another device; say hello again with take_over to move here."""
    INVALID_VALUE = "invalid_value"
    """Well-formed, but the value cannot be: an unknown stage, an empty name, a time in the past."""
    SDP_INVALID = "sdp_invalid"
    """The session description cannot be read or offers nothing usable."""
    FOREIGN_ORIGIN = "foreign_origin"
    """The page that opened the connection is not one of this server's."""
    CODE_INVALID = "code_invalid"
    """The pairing or hearing code is wrong, used or expired."""
    RECORDER_UNAVAILABLE = "recorder_unavailable"
    """The hearing cannot be opened while the recorder is not ready."""
    NO_CAPACITY = "no_capacity"
    """No media worker can take another hearing now; nothing is overloaded for it. Try again later."""
    SLOW_CLIENT = "slow_client"
    """The client did not take its messages in time and was disconnected; it may come back."""
    SHUTTING_DOWN = "shutting_down"
    """The server is stopping; reconnect."""
    INTERNAL = "internal"
    """A fault of the server. It is logged under the request id that the sentence names."""


class RecordingState(StrEnum):
    """State of the recording as the courtroom shows it."""

    OFF = "off"
    STARTING = "starting"
    RECORDING = "recording"
    DEGRADED = "degraded"
    SUSPENDED = "suspended"
    FAILED = "failed"
    FINALISED = "finalised"
    VERIFIED = "verified"


class TranscriptionState(StrEnum):
    """State of live recognition as the courtroom shows it."""

    OFF = "off"
    LOADING = "loading"
    LIVE = "live"
    LAGGING = "lagging"
    """Recognition is behind speech; partial captions are paused."""
    DEFERRED = "deferred"
    """The present interval will be recognised later from the recording."""
    FAILED = "failed"


class ConnectionState(StrEnum):
    """Whether a participant's media is flowing."""

    NONE = "none"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"
