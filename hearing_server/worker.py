"""Composition root of a worker: media socket, spool, rooms and the two sink processes. Wiring only; loads no database."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hearing_server.settings import Settings
from signaling.bus.port import WorkerBus
from signaling.bus.spool import FactSpool
from signaling.media.endpoint import MediaEndpoint
from signaling.room.hall import Hall, SinkCommands

TRANSCRIBER_NICENESS = 5


@asynccontextmanager
async def open_hall(settings: Settings, bus: WorkerBus) -> AsyncIterator[Hall]:
    """A hall whose media socket is open; the caller runs it, and closes the bus's commands to end it."""
    settings.recordings_dir.mkdir(parents=True, exist_ok=True)
    endpoint = await MediaEndpoint.open(settings.media_bound, settings.media_port, settings.announced)
    try:
        yield Hall(bus, endpoint, FactSpool(settings.spool_dir / "facts.jsonl"), sink_commands(settings))
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
