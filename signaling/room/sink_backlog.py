"""What a sink process has not dealt with yet: every packet frame until the child says so, and which tracks it has to be told of.

Frames are kept in memory up to a bound, beyond it in a file (`spill`), and where that cannot be had the oldest are dropped, counted and
told.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from signaling.room.spill import Kept, Spill
from signaling.sink_stream.control import CloseTrack, OpenTrack, to_dict
from signaling.sink_stream.frames import encode_control, encode_packets, encode_sender_report

KEPT_BYTES_LIMIT = 32 * 1024 * 1024
"""In memory."""
PACKETS_OF_A_FRAME = 500
"""About one megabyte at most. After a standstill, or from a member who floods, more than a frame may hold comes at once."""

_sequence = itemgetter(1)

Overflowed = Callable[[OpenTrack, int, int], None]
"""Packets with extended sequence numbers from the first to the last were dropped."""


@dataclass(slots=True)
class _TrackFeed:
    opened: OpenTrack
    told: bool = False
    """The present child was told about the track."""
    kept: deque[Kept] = field(default_factory=deque)
    """Given to the present child, and not dealt with."""
    unsent: deque[Kept] = field(default_factory=deque)
    reports: deque[bytes] = field(default_factory=lambda: deque(maxlen=16))
    closed: CloseTrack | None = None
    closed_told: bool = False
    finished: int = -1
    """Extended sequence number up to which the child has dealt with everything."""
    last: int = -1


class SinkBacklog:
    def __init__(self, overflowed: Overflowed, spill: Spill | None) -> None:
        """``spill`` None: what memory has no room for is dropped."""
        self._overflowed = overflowed
        self._spill = spill
        self._tracks: dict[int, _TrackFeed] = {}
        self._in_memory = 0

    @property
    def kept_bytes(self) -> int:
        """In memory and for the child, sent or not."""
        return self._in_memory

    @property
    def has_room(self) -> bool:
        """Half of memory is free."""
        return self._in_memory < KEPT_BYTES_LIMIT // 2

    # -------------------------------------------------------------- what comes in

    def open_track(self, opened: OpenTrack) -> None:
        self._tracks[opened.track] = _TrackFeed(opened)

    def add(self, track: int, batch: Sequence[tuple[int, int, bytes]]) -> bool:
        """``batch``: (arrival in monotonic microseconds, extended sequence number, plain RTP) each. False: nothing to do."""
        feed = self._tracks.get(track)
        if feed is None or not batch:
            return False
        for start in range(0, len(batch), PACKETS_OF_A_FRAME):
            part = batch[start : start + PACKETS_OF_A_FRAME]
            kept = Kept(part[0][1], max(map(_sequence, part)), encode_packets(track, part))
            feed.unsent.append(kept)
            feed.last = max(feed.last, kept.last)
            self._in_memory += kept.size
            if (
                self._in_memory > KEPT_BYTES_LIMIT
                and self._spill is not None
                and self._spill.take(kept, self._take_back)
            ):
                self._in_memory -= kept.size
        self._stay_within_limit()
        return True

    def _take_back(self, kept: Kept) -> None:
        """It could not be written."""
        self._in_memory += kept.size
        self._stay_within_limit()

    def _stay_within_limit(self) -> None:
        while self._in_memory > KEPT_BYTES_LIMIT and self._drop_oldest():
            pass

    def sender_report(self, track: int, arrival_us: int, ntp: int, rtp: int) -> bytes | None:
        """The frame, if the present child has to be told now."""
        feed = self._tracks.get(track)
        if feed is None:
            return None
        frame = encode_sender_report(track, arrival_us, ntp, rtp)
        feed.reports.append(frame)
        return frame if feed.told else None

    def close_track(self, closed: CloseTrack) -> None:
        feed = self._tracks.get(closed.track)
        if feed is not None and feed.closed is None:
            feed.closed = closed

    # -------------------------------------------------------------- what goes out

    def begin_again(self) -> None:
        """Everything unfinished goes to a new child, oldest first."""
        for feed in self._tracks.values():
            feed.told = feed.closed_told = False
            feed.unsent.extendleft(reversed(feed.kept))
            feed.kept.clear()

    def take_unsent(self) -> list[bytes | Kept]:
        """In the order in which the child has to hear of it."""
        frames: list[bytes | Kept] = []
        for feed in list(self._tracks.values()):
            if not feed.told:
                frames.append(encode_control(to_dict(feed.opened)))
                frames.extend(feed.reports)
                feed.told = True
            frames.extend(feed.unsent)
            feed.kept.extend(feed.unsent)
            feed.unsent.clear()
            if feed.closed is not None and not feed.closed_told:
                frames.append(encode_control(to_dict(feed.closed)))
                feed.closed_told = True
                self._forget_if_finished(feed)
        return frames

    async def frame(self, kept: Kept) -> bytes:
        """Empty if what lay in the file cannot be read any more; the sink then finds the gap."""
        if kept.frame is not None:
            return kept.frame
        assert self._spill is not None, "a frame that is not in memory lies there"
        return await self._spill.read(kept)

    # -------------------------------------------------------------- what is done with

    def finished(self, track: int, sequence: int) -> None:
        feed = self._tracks.get(track)
        if feed is None:
            return
        feed.finished = max(feed.finished, sequence)
        while feed.kept and feed.kept[0].last <= sequence:
            self._discard(feed.kept.popleft())
        self._forget_if_finished(feed)

    def forget_closed(self, hearing: str) -> None:
        """Its stop was answered: nothing of its closed tracks is unwritten."""
        for feed in [feed for feed in self._tracks.values() if feed.closed_told and feed.opened.hearing == hearing]:
            self._forget(feed)

    def _forget_if_finished(self, feed: _TrackFeed) -> None:
        if feed.closed_told and feed.finished >= feed.last:
            self._forget(feed)

    def _forget(self, feed: _TrackFeed) -> None:
        for kept in (*feed.kept, *feed.unsent):
            self._discard(kept)
        self._tracks.pop(feed.opened.track, None)

    def _discard(self, kept: Kept) -> None:
        if kept.spilled and self._spill is not None:
            self._spill.discard(kept)
        else:
            self._in_memory -= kept.size

    def _drop_oldest(self) -> bool:
        """Frames already written come first: the child most likely has them."""
        feed = self._fullest(lambda feed: feed.kept)
        if feed is not None:
            self._discard(feed.kept.popleft())
            return True
        feed = self._fullest(lambda feed: feed.unsent)
        if feed is None:
            return False
        dropped = feed.unsent.popleft()
        self._discard(dropped)
        self._overflowed(feed.opened, dropped.first, dropped.last)
        return True

    def _fullest(self, frames_of: Callable[[_TrackFeed], deque[Kept]]) -> _TrackFeed | None:
        """With most frames whose oldest is in memory: only those make room."""
        candidates = [feed for feed in self._tracks.values() if frames_of(feed) and not frames_of(feed)[0].spilled]
        return max(candidates, key=lambda feed: len(frames_of(feed)), default=None)
