"""What runs for every packet: the way in (`reading`), through (`forwarding`) and out (`packet_row`), in Python or compiled (`compiled`).

Both do the same with the same objects and pass the same tests. The compiled one does it step by step as the modules of those names do in
Python, with plain memory and the kernel's own calls, and keeps nothing that they would not see. It takes two thirds of the CPU time, and is
there where the package was installed on Linux (``recvmmsg``, ``UDP_SEGMENT``) with a C compiler. Without it a court of a few rooms is
served as well.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from signaling.media import forwarding, packet_row, reading, transport_feedback
from signaling.media.outlet import Outgoing


class Row(Protocol):
    """What is on its way to everybody who receives it."""

    def leave(self, outgoing: tuple[Outgoing, ...] | None = None) -> None:
        """``outgoing``: to these alone."""


class HotPath(NamedTuple):
    """Arguments are those of the three in Python."""

    name: str
    reader: Callable[..., Callable[[], None]]
    row: Callable[..., Any]
    forwarding: Callable[..., forwarding.Forward]
    in_order: transport_feedback.InOrder


def _compiled() -> HotPath | None:
    try:
        from signaling.media.compiled.arrivals import in_order
        from signaling.media.compiled.forwarding import ForwardingPath
        from signaling.media.compiled.packet_row import PacketRow
        from signaling.media.compiled.reading import DatagramReader
    except ImportError:
        return None
    return HotPath("compiled", DatagramReader, PacketRow, ForwardingPath, in_order)


IN_PYTHON = HotPath(
    "python", reading.DatagramReader, packet_row.PacketRow, forwarding.forwarding_path, transport_feedback.in_order
)
COMPILED = _compiled()
"""None where it was not built."""
FASTEST = COMPILED if COMPILED is not None and os.environ.get("HEARING_HOT_PATH") != IN_PYTHON.name else IN_PYTHON
"""``HEARING_HOT_PATH=python`` keeps to Python, to compare."""
