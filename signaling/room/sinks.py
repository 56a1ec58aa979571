"""A room's view of the sink processes: it adds who and where a source is, which media itself does not know."""

from collections.abc import Callable
from dataclasses import dataclass

from signaling.media.source import Source
from signaling.room.sink_process import SinkProcess
from signaling.sink_stream.control import CloseTrack, OpenTrack


@dataclass(slots=True)
class _Handed:
    """Counts of one source since it was attached; it may have run before."""

    packets: int
    lost_before: int


class RoomSink:
    """`TrackSink` of one room into one sink process. ``describe`` gives (display name, role title) of a participant."""

    def __init__(
        self, process: SinkProcess, room: str, hearing: str, describe: Callable[[str], tuple[str, str]]
    ) -> None:
        self.process = process
        self._room = room
        self._hearing = hearing
        self._describe = describe
        self._handed: dict[Source, _Handed] = {}

    def follow(self, wanted: set[Source]) -> None:
        """Be attached to just these sources."""
        for source in set(self._handed) - wanted:
            source.detach(self)
        for source in wanted - set(self._handed):
            self._handed[source] = _Handed(0, source.packets_lost)
            source.attach(self)

    def open_track(self, source: Source) -> None:
        display_name, role_title = self._describe(source.participant)
        self.process.open_track(
            OpenTrack(
                track=source.track,
                room=self._room,
                hearing=self._hearing,
                participant=source.participant,
                connection=source.connection,
                source=source.label.value,
                kind=source.kind,
                codec=source.codec.value,
                clock_rate_hz=source.clock_rate_hz,
                channels=source.channels,
                ssrc=source.ssrc,
                payload_type=source.payload_type,
                audio_level_extension=source.audio_level_extension,
                display_name=display_name,
                role_title=role_title,
            )
        )

    def packets(self, source: Source, batch: list[tuple[int, int, bytes]]) -> None:
        self._handed[source].packets += len(batch)
        self.process.packets(source.track, batch)

    def sender_report(self, source: Source, arrival_us: int, ntp: int, rtp: int) -> None:
        self.process.sender_report(source.track, arrival_us, ntp, rtp)

    def close_track(self, source: Source) -> None:
        handed = self._handed.pop(source)
        lost = max(0, source.packets_lost - handed.lost_before)
        self.process.close_track(CloseTrack(source.track, handed.packets, lost))
