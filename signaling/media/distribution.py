"""Who receives a stream now, who waits for its next keyframe or its next loud word, and under which numbers."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from signaling.media import picture_numbers
from signaling.media.codec import Codec
from signaling.media.outlet import Outgoing, Outlet
from signaling.media.reception import Reception

if TYPE_CHECKING:
    from signaling.media.source import Source

RING = 1024
"""Recent packets kept for retransmission, a power of two: 7 s of video at 1.2 Mbit/s."""
NUMBERS_WITHIN = 32
"""Packets looked through for the newest picture numbers."""
SILENCE_DBOV = 127

MaySpeak = Callable[[int], bool]
"""Takes the level in dBov of a packet nobody would receive, and says whether it shall be received after all."""


class DistributedStream:
    """The part of a `Source` that its subscribers see.

    A hushed stream keeps its outlets waiting, as video before a keyframe does. Subscribers take what they were not sent for a pause:
    sequence numbers go on without a hole, so nothing counts as lost, is concealed or asked for.
    """

    __slots__ = (
        "_live",
        "_may_speak",
        "_suspended",
        "_waiting",
        "accepted",
        "codec",
        "level_dbov",
        "octets",
        "outgoing",
        "peak_dbov",
        "pictures_shifted",
        "receivers",
        "reception",
        "ring",
    )

    def __init__(self, codec: Codec, reception: Reception) -> None:
        self.codec = codec
        self.reception = reception
        self.accepted = 0
        self.octets = 0
        self.ring: list[bytes | None] = [None] * RING
        """As sent on, before each subscriber's numbers: a repeated packet must not differ by one bit from the first."""
        self.level_dbov = SILENCE_DBOV
        """Latest audio level, 0 (loudest) to 127 (RFC 6464)."""
        self.peak_dbov = SILENCE_DBOV
        """The loudest since `take_peak`."""
        self.outgoing: tuple[Outgoing, ...] = ()
        self.receivers: object = None
        """What a compiled row made of ``outgoing``; None: nothing yet."""
        self.pictures_shifted = False
        """Some outlet needs other picture numbers than the sender's."""
        self._live: list[Outlet] = []
        self._waiting: list[Outlet] = []
        self._may_speak: MaySpeak | None = None
        self._suspended = False

    @property
    def _source(self) -> "Source":
        """Itself, as outlets know it."""
        raise NotImplementedError

    def request_keyframe(self) -> None:
        raise NotImplementedError

    # ---------------------------------------------------------------- subscribers

    def add_outlet(self, outlet: Outlet) -> None:
        """Audio flows from the next packet on unless it is hushed, video from the next keyframe, which is asked for; until then it
        goes on flowing from the source it flows from now."""
        outlet.target = self._source
        if outlet in self._live or outlet in self._waiting:
            return
        if self.codec.kind == "video":
            self._waiting.append(outlet)
            self.request_keyframe()
        elif self.heard and not self._suspended:
            self._start([outlet], self.reception.highest + 1, self.reception.timestamp, self.accepted)
        else:
            self._waiting.append(outlet)

    def remove_outlet(self, outlet: Outlet) -> None:
        if outlet.target is self:
            outlet.target = None
        if outlet in self._waiting:
            self._waiting.remove(outlet)
        if outlet in self._live:
            self._stop(outlet, self._newest_picture())
            self._live.remove(outlet)
            self._rebuild()

    def await_no_longer(self, outlet: Outlet) -> None:
        """The outlet waits for another source, or stays where it flows."""
        if outlet in self._waiting:
            self._waiting.remove(outlet)

    def outlet_moved(self, outlet: Outlet) -> None:
        """Its address changed."""
        if outlet in self._live:
            self._rebuild()

    def outgoing_since(self, extended: int) -> tuple[Outgoing, ...]:
        """The outlets that may be sent a late packet."""
        return tuple(o.outgoing for o in self._live if o.first_extended is not None and o.first_extended <= extended)

    def _start_waiting(
        self,
        extended: int,
        timestamp: int,
        accepted_before: int,
        picture: picture_numbers.PictureNumbers = picture_numbers.NONE,
    ) -> None:
        waiting, self._waiting = self._waiting, []
        self._start(waiting, extended, timestamp, accepted_before, picture)

    def _start_if_flowing(self) -> None:
        """Waiting outlets of audio."""
        if self.heard and not self._suspended:
            self._start_waiting(self.reception.highest + 1, self.reception.timestamp, self.accepted)

    def _start(
        self,
        outlets: Sequence[Outlet],
        extended: int,
        timestamp: int,
        accepted_before: int,
        picture: picture_numbers.PictureNumbers = picture_numbers.NONE,
    ) -> None:
        """All at once: there may be hundreds, and the packet they wait for is in the hot path."""
        report, now_ns = self.reception.last_report, time.monotonic_ns()
        for outlet in outlets:
            if outlet.source is not None:
                outlet.source.release(outlet)
            rebased = outlet.start(
                extended,
                timestamp,
                self.codec.clock_rate_hz,
                now_ns,
                report=report,
                picture=picture,
                reception=self.reception,
            )
            outlet.sent -= accepted_before
            outlet.carry(self._source)
            if report is not None and rebased:
                # The next one may be seconds away, and without it lips are out of step.
                outlet.tell_clock(report, now_ns)
        self._live += outlets
        self._rebuild()

    def release(self, outlet: Outlet) -> None:
        """It flows from another source now."""
        self._stop(outlet, self._newest_picture())
        self._live.remove(outlet)
        self._rebuild()

    def _stop_all(self) -> None:
        """Whoever receives it waits from now on."""
        stopped, self._live = self._live, []
        self._rebuild()
        newest = self._newest_picture()
        for outlet in stopped:
            self._stop(outlet, newest)
            if outlet.target is self:
                self._waiting.append(outlet)

    def _stop(self, outlet: Outlet, newest: picture_numbers.PictureNumbers) -> None:
        outlet.stop(self.reception, self.reception.last_ns or time.monotonic_ns(), newest)
        outlet.sent += self.accepted
        outlet.carry(None)

    def _newest_picture(self) -> picture_numbers.PictureNumbers:
        """Numbers in the newest packet that has any; the last few may be padding."""
        if self.codec is Codec.VP8:
            for back in range(NUMBERS_WITHIN):
                packet = self.ring[(self.reception.highest - back) % RING]
                numbers = picture_numbers.numbers_of(packet) if packet is not None else picture_numbers.NONE
                if numbers[0]:
                    return numbers
        return picture_numbers.NONE

    def _rebuild(self) -> None:
        self.outgoing = tuple(outlet.outgoing for outlet in self._live)
        self.receivers = None
        self.pictures_shifted = any(outlet.picture_shift is not None for outlet in self._live)

    def repeat(self, outlet: Outlet, sequence: int) -> bytes | None:
        """The packet the subscriber knows as ``sequence``, ready to be encrypted; None when it is gone or was never sent."""
        number = (sequence - outlet.sequence_offset) & 0xFFFF
        packet = self.ring[number % RING]
        if outlet.first_extended is None or packet is None or packet[2] << 8 | packet[3] != number:
            return None
        return outlet.renumbered(packet) if self.reception.extend(number) >= outlet.first_extended else None

    # ---------------------------------------------------------------- loudness

    @property
    def heard(self) -> bool:
        """Not hushed."""
        return self._may_speak is None

    def hush(self, may_speak: MaySpeak) -> None:
        """Nobody receives another packet until ``may_speak`` lets one in, which it is asked for each that is louder than those since
        the last `take_peak`. That packet is the first received again, so no word loses its beginning."""
        if self.heard:
            self._stop_all()
        self._may_speak = may_speak

    def unhush(self) -> None:
        """Received from the next packet on."""
        if not self.heard:
            self._may_speak = None
            self._start_if_flowing()

    def grew_louder(self, level_dbov: int, extended: int, timestamp: int) -> None:
        """The packet ``extended`` just accepted is the loudest since `take_peak`."""
        self.peak_dbov = level_dbov
        if self._may_speak is not None and self._may_speak(level_dbov):
            self._may_speak = None
            self._start_waiting(extended, timestamp, self.accepted - 1)

    def take_peak(self) -> int:
        """The loudest level since the last call, in dBov; 127 when nothing came."""
        peak, self.peak_dbov = self.peak_dbov, SILENCE_DBOV
        return peak
