"""The server's half of `benchmarks.large_room`: a whole worker with the real recorder, its bus as JSON lines on standard input and output.

A line ``{"count": true}`` is answered with what was sent to members so far.
"""

import asyncio
import json
import logging
import sys
import tempfile
from pathlib import Path

import structlog
import uvloop

from signaling.bus.memory import MemoryBus
from signaling.bus.spool import FactSpool
from signaling.media.endpoint import MediaEndpoint
from signaling.protocol.worker import worker_command
from signaling.room.hall import Hall, SinkCommands

WORKER = "benchmark"
NO_TRANSCRIBER = (sys.executable, "-c", "import sys; sys.stdin.buffer.read()")


def _count(hall: Hall) -> dict[str, int]:
    """Of all rooms: RTP packets in, packets handed to the network, what the socket refused, and the microphones forwarded now."""
    totals = {"in": 0, "out": 0, "unsent": 0, "microphones": 0}
    for room in hall.rooms():
        for member in room._members.values():
            totals["microphones"] += sum(bool(source.outgoing) for source in member.microphones())
            if member.publish is not None:
                totals["in"] += sum(source.accepted for source in member.publish.sources)
                totals["unsent"] += member.publish.unsent
            for slot in member.subscribe._slots if member.subscribe is not None else ():
                outlet = slot.outlet
                if outlet is not None:
                    totals["out"] += outlet.sent + (outlet.source.accepted if outlet.source is not None else 0)
    return totals


async def _take_commands(hall: Hall, bus: MemoryBus) -> None:
    lines = asyncio.StreamReader(limit=1 << 22)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command = json.loads(line)
        if "count" in command:
            print(json.dumps(_count(hall)), flush=True)
        else:
            await bus.send(WORKER, worker_command.validate_python(command))
    await bus.worker(WORKER).close()


async def _say_messages(bus: MemoryBus) -> None:
    async for said in bus.messages():
        print(said.message.model_dump_json(), flush=True)


async def serve(folder: Path) -> None:
    bus = MemoryBus()
    endpoint = await MediaEndpoint.open("127.0.0.1")
    recorder = (sys.executable, "-m", "recorder", "--root", str(folder / "recordings"))
    hall = Hall(bus.worker(WORKER), endpoint, FactSpool(folder / "facts.jsonl"), SinkCommands(recorder, NO_TRANSCRIBER))
    async with asyncio.TaskGroup() as tasks:
        saying = tasks.create_task(_say_messages(bus))
        tasks.create_task(_take_commands(hall, bus))
        await hall.run()
        await bus.close()
        await saying
    await endpoint.close()


if __name__ == "__main__":
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    with tempfile.TemporaryDirectory() as temporary:
        uvloop.run(serve(Path(temporary)))
