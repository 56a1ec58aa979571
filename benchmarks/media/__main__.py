"""What our media server costs beside Janus, and how its cost grows: ``make bench-media``.

``python -m benchmarks.media [compare] [growth] [large-room]``

``compare``: three rooms of six, full mesh, through our worker (recorder attached, audio levels on), Janus as Debian ships it and Janus
with event loops, turn and turn about. ``growth``: 1, 3, 8 and 16 rooms of six on one worker with recorder and transcriber.
``large-room``: one room of 30 who may speak and 200 who watch. CPU time is what the operating system says of the whole process that
forwards, divided by the packets that arrived at the receivers. The last line is one JSON object. See docs/media-plane.md.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
import uvloop

from benchmarks.media.court_worker import court_worker
from benchmarks.media.janus import install, janus
from benchmarks.media.load import Measured, Room, measure, people_of, seat, stay
from benchmarks.media.media_server import MediaServer
from benchmarks.media.placement import OTHER_CORE, on_core, two_cores
from signaling.media.library_internals import host_addresses

PARTS = ("compare", "growth", "large-room")
PEOPLE = 6
JANUS_SETTINGS = {"janus": 0, "janus, event_loops=1": 1, "janus, event_loops=2": 2}
"""Its default, a thread for each handle, and the event loops that are tried besides; the best one counts."""
MUST_ARRIVE = 0.995

HEADER = f"{'':<26} {'sent/s':>8} {'arrived/s':>10} {'CPU %':>6} {'µs each':>8} {'p50 ms':>7} {'p99 ms':>7}"


@asynccontextmanager
async def staying(rooms: Sequence[Room]) -> AsyncIterator[None]:
    keeping = asyncio.create_task(stay([person for room in rooms for person in room.people]))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


@asynccontextmanager
async def seated(server: MediaServer, host: str, rooms: Sequence[Room]) -> AsyncIterator[None]:
    """Everybody has a seat inside; they leave at the end."""
    async with staying(rooms):
        for room in rooms:
            await seat(server, room)
        yield
    for room in rooms:
        for person in room.people:
            await person.leave()


def row(name: str, measured: Measured) -> str:
    rates = f"{measured.sent / measured.seconds:8.0f} {measured.arrived / measured.seconds:10.0f}"
    cost = f"{100 * measured.cpu_s / measured.seconds:6.1f} {measured.us_per_forwarded:8.2f}"
    beside = " ".join(f"{n} {100 * s / measured.seconds:.1f} %" for n, s in measured.beside_s.items())
    return f"{name:<26} {rates} {cost} {measured.delay_ms(0.5):7.2f} {measured.delay_ms(0.99):7.2f}  {beside}"


def checked(name: str, measured: Measured) -> Measured:
    print(row(name, measured), flush=True)
    if measured.arrived < MUST_ARRIVE * measured.expected:
        full = 100 * measured.beside_s["load"] / measured.seconds
        lacking = f"only {measured.arrived} of {measured.expected} packets arrived"
        print(f"{name}: {lacking}; the load's own core is {full:.0f} % full", file=sys.stderr, flush=True)
    return measured


def summed(parts: Sequence[Measured]) -> Measured:
    return Measured(
        seconds=sum(part.seconds for part in parts),
        sent=sum(part.sent for part in parts),
        expected=sum(part.expected for part in parts),
        arrived=sum(part.arrived for part in parts),
        cpu_s=sum(part.cpu_s for part in parts),
        beside_s={name: sum(part.beside_s[name] for part in parts) for name in parts[0].beside_s},
        delays_ms=tuple(delay for part in parts for delay in part.delays_ms),
    )


# ---------------------------------------------------------------------- the parts


async def compare(host: str, rounds: int, seconds: float) -> dict[str, Any]:
    """All servers run and all seats are taken from the beginning; only one server's people talk at a time."""
    if not install():
        print("Janus is missing (Debian: apt-get install janus); no comparison", file=sys.stderr)
        return {}
    async with contextlib.AsyncExitStack() as stack:
        servers: list[MediaServer] = [
            await stack.enter_async_context(court_worker(host)),
            *[await stack.enter_async_context(janus(name, host, loops)) for name, loops in JANUS_SETTINGS.items()],
        ]
        seats = {
            s.name: [people_of(host, f"{n}", microphones=PEOPLE, cameras=PEOPLE) for n in range(3)] for s in servers
        }
        for server in servers:
            await stack.enter_async_context(seated(server, host, seats[server.name]))
        parts: dict[str, list[Measured]] = {server.name: [] for server in servers}
        for turn in range(rounds):
            for server in servers:
                measured = await measure(server, seats[server.name], seconds)
                parts[server.name].append(checked(f"{server.name} ({turn + 1})", measured))
    totals = {name: summed(each) for name, each in parts.items()}
    for name, total in totals.items():
        print(row(f"{name}: all", total))
    ours, default = totals["ours"], totals["janus"]
    tuned = min((n for n, loops in JANUS_SETTINGS.items() if loops), key=lambda name: totals[name].us_per_forwarded)
    ratios = [o.us_per_forwarded / j.us_per_forwarded for o, j in zip(parts["ours"], parts["janus"], strict=True)]
    return {
        "ratio_to_janus_default": round(ours.us_per_forwarded / default.us_per_forwarded, 3),
        "ratio_to_janus_tuned": round(ours.us_per_forwarded / totals[tuned].us_per_forwarded, 3),
        "ratio_to_janus_default_each_round": [round(ratio, 3) for ratio in ratios],
        "janus_tuned": tuned,
        "arrived_share": {name: round(total.arrived / total.expected, 4) for name, total in totals.items()},
        "us_per_forwarded_packet": {name: round(total.us_per_forwarded, 2) for name, total in totals.items()},
        "delay_ms": {name: _delays(total) for name, total in totals.items()},
        "recorder_us_per_packet_in": round(ours.beside_s["recorder"] / ours.sent * 1e6, 2),
    }


async def growth(host: str, sizes: Sequence[int], seconds: float) -> dict[str, Any]:
    """One worker that gets more and more rooms."""
    figures: dict[str, Any] = {}
    async with court_worker(host, transcribes=True) as server, contextlib.AsyncExitStack() as stack:
        rooms: list[Room] = []
        for size in sizes:
            more = [people_of(host, f"{n}", microphones=PEOPLE, cameras=PEOPLE) for n in range(len(rooms), size)]
            await stack.enter_async_context(seated(server, host, more))
            rooms += more
            figures[str(size)] = _figures(checked(f"{size} rooms of {PEOPLE}", await measure(server, rooms, seconds)))
    return {"rooms_of_six": figures}


async def large_room(host: str, microphones: int, cameras: int, watching: int, seconds: float) -> dict[str, Any]:
    async with court_worker(host, transcribes=True) as server:
        room = people_of(host, "large", microphones=microphones, cameras=cameras, watching=watching)
        async with seated(server, host, [room]):
            name = f"{microphones}+{cameras} to {len(room.people)}"
            measured = checked(name, await measure(server, [room], seconds))
    return {
        "large_room": {"microphones": microphones, "cameras": cameras, "people": len(room.people), **_figures(measured)}
    }


def _figures(measured: Measured) -> dict[str, Any]:
    return {
        "arrived_per_s": round(measured.arrived / measured.seconds),
        "cpu_percent": round(100 * measured.cpu_s / measured.seconds, 1),
        "us_per_forwarded_packet": round(measured.us_per_forwarded, 2),
        "arrived_share": round(measured.arrived / measured.expected, 4),
        "delay_ms": _delays(measured),
        "beside_cpu_percent": {n: round(100 * s / measured.seconds, 1) for n, s in measured.beside_s.items()},
    }


def _delays(measured: Measured) -> dict[str, float]:
    return {"p50": round(measured.delay_ms(0.5), 3), "p99": round(measured.delay_ms(0.99), 3)}


# ---------------------------------------------------------------------- all of it


async def run(arguments: argparse.Namespace) -> None:
    addresses = host_addresses(ipv6=False)
    if not addresses:
        raise SystemExit("no network address but loopback, which Janus does not use")
    host = addresses[0]  # the kernel still delivers between them without a wire
    print(f"load {' '.join(f'{each:.2f}' for each in os.getloadavg())}\n{HEADER}", flush=True)
    gc.freeze()
    figures: dict[str, Any] = {}
    if "compare" in arguments.parts:
        figures |= await compare(host, arguments.rounds, arguments.seconds)
    if "growth" in arguments.parts:
        figures |= await growth(host, arguments.rooms, arguments.seconds)
    if "large-room" in arguments.parts:
        figures |= await large_room(
            host, arguments.microphones, arguments.cameras, arguments.watching, arguments.seconds
        )
    print(json.dumps(figures))


def main() -> None:
    parser = argparse.ArgumentParser(description="our media server beside Janus")
    parser.add_argument("parts", nargs="*", default=PARTS, help=f"of {', '.join(PARTS)}; all if none is named")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--rooms", type=int, nargs="*", default=(1, 3, 8, 16))
    parser.add_argument("--microphones", type=int, default=3, help="that speak in the large room")
    parser.add_argument("--cameras", type=int, default=2, help="that are on in the large room")
    parser.add_argument("--watching", type=int, default=227, help="who receive only; with three senders 230 people")
    parser.add_argument(
        "--real-time", action="store_true", help="on a machine that is busy: load and servers go before all else (root)"
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if not two_cores():
        print("fewer than two cores: server and load disturb each other, and delays mean nothing", file=sys.stderr)
    if arguments.real_time:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    with on_core(OTHER_CORE):
        uvloop.run(run(arguments))


if __name__ == "__main__":
    main()
