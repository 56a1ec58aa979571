"""What can go wrong in a demonstration.

`DemoError` ⊃ `AssetDamaged`, `Refused`, `Disconnected`.
"""

from signaling.protocol.court_words import ErrorCode


class DemoError(Exception):
    """Base of every exception of this package."""


class AssetDamaged(DemoError):
    """A sound file of the sample hearing is not what it should be."""


class Refused(DemoError):
    """The server refused a request or an act; it keeps the server's code and sentence."""

    def __init__(self, code: ErrorCode | str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Disconnected(DemoError):
    """The connection to the court ended, and was not to be taken up again."""
