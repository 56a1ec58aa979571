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
    """What a worker said last about its recorder and transcriber; nothing is ready before it has spoken."""

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
    figures: CourtFigures = field(default_factory=CourtFigures)
    workers: dict[str, WorkerStanding] = field(default_factory=dict)
    """By worker; one that is lost is taken out."""

    @property
    def best_standing(self) -> WorkerStanding:
        """Of the worker that could hold a hearing, if one can."""
        standings = self.workers.values()
        return max(standings, key=lambda each: (each.recorder_ready, each.transcriber_ready), default=WorkerStanding())

    def standing(self, room: str) -> WorkerStanding:
        """Of the worker that holds the room; of the best one while none does."""
        worker = self.rooms.worker_of(room)
        return self.best_standing if worker is None else self.workers.get(worker, WorkerStanding())
