import socket

from signaling.media.endpoint import MediaEndpoint
from signaling.media.outlet import Outgoing

class PacketRow:
    def __init__(self, endpoint: MediaEndpoint, sock: socket.socket) -> None: ...
    def leave(self, outgoing: tuple[Outgoing, ...] | None = None) -> None: ...
