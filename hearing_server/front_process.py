"""``hearing-server front``: the front as a process of its own. Workers are reached through Redis."""

import asyncio
import socket

import structlog
import uvloop

from hearing_server.front import admitting, running_front
from hearing_server.greeting import greet
from hearing_server.logs import configure_logs
from hearing_server.settings import Settings
from hearing_server.sole_process import sole_process
from hearing_server.stop_signals import stop_signals
from signaling.bus.front_seat import keep_seat, leave_seat, take_seat
from signaling.bus.port import Leases
from signaling.bus.redis_bus import front_bus
from signaling.bus.redis_leases import redis_leases

logger = structlog.get_logger(__name__)


async def run_front(settings: Settings) -> None:
    """Until SIGINT or SIGTERM; the workers and their hearings go on. Raises ``AlreadyRunning``."""
    with stop_signals() as stop, sole_process(settings.data_dir / "front.lock"):
        async with redis_leases(settings.redis_url) as leases:
            serving = asyncio.create_task(_serve(settings, leases))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (serving, stopping):
                task.cancel()
            ended, _ = await asyncio.gather(serving, stopping, return_exceptions=True)
            if isinstance(ended, Exception):
                raise ended
    logger.info("stopped")


async def _serve(settings: Settings, leases: Leases) -> None:
    """Until cancelled."""
    # The same name after a restart: a front that was killed need not wait for its own seat.
    seat = await take_seat(leases, f"{socket.gethostname()}:{settings.data_dir.resolve()}")
    try:
        async with (
            front_bus(settings.redis_url) as bus,
            running_front(settings, bus, leases, settings.worker_full_at) as front,
            admitting(settings, front),
        ):
            await greet(settings, front.office)
            await keep_seat(leases, seat)
    finally:
        await leave_seat(leases, seat)


def main() -> None:
    settings = Settings()
    configure_logs(settings.log_level)
    uvloop.run(run_front(settings))


if __name__ == "__main__":
    main()
