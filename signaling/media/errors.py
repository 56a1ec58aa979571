"""What can go wrong in the media layer and concerns a caller.

MediaError
└── SdpError        a session description cannot be used; nothing changed
"""


class MediaError(Exception):
    """Base of everything this package raises on purpose."""


class SdpError(MediaError):
    """A session description is malformed, too large, or asks for something that cannot be had. The text holds none of its content."""
