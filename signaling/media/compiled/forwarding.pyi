from signaling.media.compiled.packet_row import PacketRow
from signaling.media.library_internals import PacketMemory, SrtpSession
from signaling.media.publish_leg import PublishLeg

class ForwardingPath:
    def __init__(self, leg: PublishLeg, keys: SrtpSession, incoming: PacketMemory, row: PacketRow) -> None: ...
    def __call__(self, size: int) -> None: ...
