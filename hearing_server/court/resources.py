"""What every hearing of this server shares."""

from dataclasses import dataclass, field

from hearing_server.court.agenda import Agenda
from hearing_server.court.figures import CourtFigures
from hearing_server.court.live_state import NO_TRANSCRIPTION
from hearing_server.court.ports import Clock, JobRunner, MediaRooms
from hearing_server.court.terms import CourtTerms
from hearing_server.storage.database import Database
from signaling.protocol.court_words import TranscriptionState
from signaling.protocol.snapshot import TranscriptionView


@dataclass(slots=True)
class WorkerStanding:
    """What the worker said last about its recorder and transcriber; nothing is ready before it has spoken."""

    recorder_ready: bool = False
    transcriber: TranscriptionView = NO_TRANSCRIPTION

    @property
    def transcriber_ready(self) -> bool:
        """A model is loaded and nothing has failed."""
        failing = (TranscriptionState.LOADING, TranscriptionState.FAILED, TranscriptionState.DEFERRED)
        return bool(self.transcriber.model) and self.transcriber.state not in failing


@dataclass(frozen=True, slots=True)
class Resources:
    """Handed to every hearing."""

    database: Database
    rooms: MediaRooms
    jobs: JobRunner
    clock: Clock
    terms: CourtTerms
    agenda: Agenda
    worker: WorkerStanding = field(default_factory=WorkerStanding)
    figures: CourtFigures = field(default_factory=CourtFigures)
