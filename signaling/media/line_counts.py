"""What a leg, or all legs of an endpoint together, have counted. The numbers only grow, but for losses that were repaired late."""

from operator import add, sub
from typing import NamedTuple


class LineCounts(NamedTuple):
    """Of the direction publish the server is the receiver, of subscribe the sender."""

    packets: int = 0
    """Media packets taken, each once, or handed to the network; neither repeats nor probes."""
    octets: int = 0
    """Of these, RTP headers included, encryption and UDP not."""
    lost: int = 0
    """Packets that never arrived here, or that the subscriber reported missing."""
    asked: int = 0
    """Sequence numbers in requests for lost packets (NACK), sent to the publisher or received from the subscriber."""
    repeated: int = 0
    """Of the subscriber's, those sent again."""
    keyframes_asked: int = 0
    """Picture loss indications, sent or received."""
    unsent: int = 0
    """Packets the socket refused; counted at the publisher whose packets they were."""

    def plus(self, other: "LineCounts") -> "LineCounts":
        return LineCounts(*map(add, self, other))

    def since(self, before: "LineCounts") -> "LineCounts":
        """What was added; a loss that was repaired meanwhile counts as none."""
        return LineCounts(*(max(0, each) for each in map(sub, self, before)))


NOTHING = LineCounts()
