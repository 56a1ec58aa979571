"""What one member of a room may send and receive. The front computes grants from the law; the worker obeys them."""

from enum import StrEnum

from signaling.protocol.base import Message


class SourceLabel(StrEnum):
    """What a published track shows or carries."""

    MICROPHONE = "microphone"
    """The participant's voice."""
    CAMERA = "camera"
    """The participant's picture."""
    SCREEN = "screen"
    """A shared screen or window."""

    @property
    def kind(self) -> str:
        """RTP media kind: ``audio`` or ``video``."""
        return "audio" if self is SourceLabel.MICROPHONE else "video"


class Grants(Message):
    """Empty means nothing: a member without grants neither sends nor receives one packet.

    ``publish`` lists the sources a member may send; they are heard in the place ``publish_to``.
    ``receive_from`` lists the places whose sources the member is sent. Own sources are never sent back.
    ``always_heard``: also in a room so large that only the loudest microphones are forwarded.
    """

    publish: tuple[SourceLabel, ...] = ()
    publish_to: str | None = None
    receive_from: tuple[str, ...] = ()
    always_heard: bool = False
