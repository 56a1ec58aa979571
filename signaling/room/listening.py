"""What a room makes of the levels of its microphones ten times a second: who speaks, and who is forwarded in a large one."""

from collections.abc import Collection

from signaling.room.floor import Floors
from signaling.room.member import RECORDED_PLACE, Member
from signaling.room.speaking import SpeakerDetector

LISTEN_INTERVAL_S = 0.1


class Listening:
    """``microphones_at_once``: how many are forwarded at most beside the bench's."""

    def __init__(self, microphones_at_once: int) -> None:
        self._speakers = SpeakerDetector()
        self._floors = Floors(microphones_at_once)
        self._listened_s = 0.0

    def settle(self, members: Collection[Member]) -> None:
        """Somebody came, left, or may be heard by others now."""
        self._floors.settle(members)

    def listen(self, members: Collection[Member], now_s: float) -> list[str] | None:
        """Participants speaking in court now, loudest first, when that changed; otherwise None. That somebody speaks in a private place
        is nobody's business. ``now_s`` is monotonic; asked too early, nothing
        is done."""
        if now_s - self._listened_s < LISTEN_INTERVAL_S:
            return None
        self._listened_s = now_s
        in_court = (member for member in members if member.grants.publish_to == RECORDED_PLACE)
        speaking = self._speakers.update((source for member in in_court for source in member.microphones()), now_s)
        self._floors.look()
        for member in members:
            for source in member.microphones():
                source.take_peak()
        return speaking
