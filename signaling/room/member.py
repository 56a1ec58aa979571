"""One participant in a room: grants, the sending leg and the receiving leg."""

import time

from signaling.media.allowance import Allowance
from signaling.media.downlink import Shown
from signaling.media.publication import Publication
from signaling.media.publish_leg import PublishLeg
from signaling.media.source import Source
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.protocol.grants import Grants, SourceLabel

CONNECTIONS_PER_S, CONNECTIONS_AT_ONCE = 1.0, 20
"""Sending and receiving together. Each is a DTLS handshake; a client on a bad network begins anew every few seconds at most."""

RECORDED_PLACE = "courtroom"
"""Only what is published here is followed by recorder and transcriber; consultation, bench and support places never are (RCD-8)."""


class Member:
    """Changed only by its room's task."""

    def __init__(self, participant: str) -> None:
        self.participant = participant
        self.display_name = ""
        self.role_title = ""
        self.grants = Grants()
        self.publish: PublishLeg | None = None
        self.subscribe: SubscribeLeg | None = None
        self.awaiting_answer = False
        """An offer of the receiving leg is out; the next waits for its answer."""

        self.shown: Shown | None = None
        """What the client displays; None until it said."""
        self._connections = Allowance(CONNECTIONS_PER_S, CONNECTIONS_AT_ONCE, time.monotonic_ns())

    def may_connect(self) -> bool:
        """Counts one new connection."""
        return self._connections.take(1, time.monotonic_ns())

    def publications(self) -> list[Publication]:
        """Live tracks this member may send now."""
        if self.publish is None:
            return []
        return [each for each in self.publish.publications if each.label in self.grants.publish]

    def sources(self) -> list[Source]:
        """Their sources, all layers."""
        if self.publish is None:
            return []
        return [source for source in self.publish.sources if source.label in self.grants.publish]

    def microphones(self) -> list[Source]:
        """Of these, the ones that carry the voice."""
        return [source for source in self.sources() if source.label is SourceLabel.MICROPHONE]
