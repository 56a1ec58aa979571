"""Recorder and transcriber of one room: which hearing they serve, and which sources they follow."""

from collections.abc import Callable, Sequence

from signaling.media.publication import Publication
from signaling.media.source import Source
from signaling.protocol.worker import StartRecording, StartTranscription, StopRecording, StopTranscription
from signaling.room.sink_process import SinkProcess
from signaling.room.sinks import RoomSink
from signaling.sink_stream.clock import HearingClock
from signaling.sink_stream.control import Start, Stop


class Audience:
    """Of a picture in simulcast layers the recorder gets the best one that is sent. When that changes, it keeps the layer it had
    until the other one has brought a keyframe: a new instance of the same track, and no hole between the two."""

    def __init__(
        self,
        room: str,
        hearing: str,
        clock: HearingClock,
        recorder: SinkProcess,
        transcriber: SinkProcess,
        describe: Callable[[str], tuple[str, str]],
    ) -> None:
        self._room = room
        self._hearing = hearing
        self._clock = clock
        self._recorder = RoomSink(recorder, room, hearing, describe)
        self._transcriber = RoomSink(transcriber, room, hearing, describe)
        self._followed: dict[Publication, Source] = {}
        self._awaited: dict[Publication, tuple[Source, int]] = {}
        """The layer that takes over, and how many keyframes of it had come when it was asked for one."""

    def is_recording(self) -> bool:
        return self._recorder.process.serves(self._hearing)

    def is_transcribing(self) -> bool:
        return self._transcriber.process.serves(self._hearing)

    def obey(self, command: StartRecording | StopRecording | StartTranscription | StopTranscription) -> None:
        match command:
            case StartRecording():
                self._recorder.process.start(self._start(command.cause, []))
            case StopRecording():
                self._recorder.follow(set())
                self._recorder.process.stop(Stop(self._room, self._hearing, command.cause))
            case StartTranscription():
                self._transcriber.process.start(self._start("started", list(command.vocabulary)))
            case StopTranscription():
                self._transcriber.follow(set())
                self._transcriber.process.stop(Stop(self._room, self._hearing, "stopped"))

    def _start(self, cause: str, vocabulary: list[str]) -> Start:
        anchor_utc_ms, anchor_monotonic_us = self._clock.anchor_utc_ms, self._clock.anchor_monotonic_us
        return Start(self._room, self._hearing, anchor_utc_ms, anchor_monotonic_us, cause, vocabulary)

    def follow(self, published: Sequence[Publication]) -> None:
        """Called whenever something changed, and five times a second."""
        recorded = published if self.is_recording() else ()
        self._followed = {each: source for each in recorded if (source := self._recorded_layer(each)) is not None}
        self._awaited = {each: awaited for each, awaited in self._awaited.items() if each in self._followed}
        self._recorder.follow({*self._followed.values(), *(source for source, _ in self._awaited.values())})
        heard = published if self.is_transcribing() else ()
        self._transcriber.follow({source for each in heard if each.kind == "audio" for source in each.sources})

    def _recorded_layer(self, publication: Publication) -> Source | None:
        best, present = publication.best, self._followed.get(publication)
        if best is None or present is None or present is best or present not in publication.active:
            self._awaited.pop(publication, None)
            return best
        awaited, keyframes = self._awaited.get(publication, (None, 0))
        if awaited is not best:
            best.request_keyframe()
            self._awaited[publication] = (best, best.keyframes)
            return present
        return best if best.keyframes > keyframes else present
