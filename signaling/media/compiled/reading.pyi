import socket

from signaling.media.compiled.packet_row import PacketRow
from signaling.media.forward_latency import ForwardLatency
from signaling.media.leg_transport import Address, LegTransport
from signaling.media.library_internals import PacketMemory
from signaling.media.reading import TakeOther

class DatagramReader:
    def __init__(
        self,
        sock: socket.socket,
        incoming: PacketMemory,
        transports: dict[Address, LegTransport],
        row: PacketRow,
        latency: ForwardLatency,
        take_other: TakeOther,
    ) -> None: ...
    def __call__(self) -> None: ...
