"""Composition root of a worker: media socket, spool, rooms and the two sink processes. Wiring only; loads no database."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from hearing_server.settings import Settings
from signaling.bus.port import Leases, WorkerBus
from signaling.bus.spool import FactSpool
from signaling.bus.tenure import Tenure
from signaling.media.endpoint import MediaEndpoint
from signaling.room.hall import Hall, SinkCommands

TRANSCRIBER_NICENESS = 5


@dataclass(frozen=True, slots=True)
class Worker:
    hall: Hall
    tenure: Tenure


@asynccontextmanager
async def open_worker(settings: Settings, name: str, bus: WorkerBus, leases: Leases) -> AsyncIterator[Worker]:
    """A worker whose media socket is open; the caller runs hall and tenure, and closes the bus to end the hall."""
    settings.recordings_dir.mkdir(parents=True, exist_ok=True)
    endpoint = await MediaEndpoint.open(settings.media_bound, settings.media_port, settings.announced)
    try:
        spool = FactSpool(settings.spool_dir / "facts.jsonl")
        hall = Hall(bus, endpoint, spool, sink_commands(settings), settings.microphones_at_once, settings.spool_dir)
        yield Worker(hall, Tenure(name, leases, hall))
    finally:
        await endpoint.close()


def sink_commands(settings: Settings) -> SinkCommands:
    # Where processors are short, captions come late before a voice does.
    transcriber = ["nice", "-n", str(TRANSCRIBER_NICENESS), sys.executable, "-m", "asr"]
    if settings.model:
        transcriber += ["--model", settings.model]
    if settings.model_dir is not None:
        transcriber += ["--model-dir", str(settings.model_dir)]
    return SinkCommands(
        recorder=(sys.executable, "-m", "recorder", "--root", str(settings.recordings_dir)),
        transcriber=tuple(transcriber),
    )
