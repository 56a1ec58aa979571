"""``hearing-server worker``: a worker as a process of its own. The front is reached through Redis."""

import asyncio
import secrets

import structlog
import uvloop

from hearing_server.logs import configure_logs
from hearing_server.settings import Settings
from hearing_server.sole_process import sole_process
from hearing_server.stop_signals import stop_signals
from hearing_server.worker import Worker, open_worker
from signaling.bus.port import WorkerBus
from signaling.bus.redis_bus import worker_bus
from signaling.bus.redis_leases import redis_leases

logger = structlog.get_logger(__name__)


async def run_worker(settings: Settings) -> None:
    """Until SIGINT or SIGTERM; then its rooms are handed over and their recordings sealed. Raises ``AlreadyRunning`` when another
    worker of this machine has the name, and with it the spool."""
    # One that starts again is another worker: the rooms of the one before it are not here.
    name = f"{settings.worker_name}-{secrets.token_hex(3)}"
    with stop_signals() as stop, sole_process(settings.spool_dir / "worker.lock"):
        async with (
            redis_leases(settings.redis_url) as leases,
            worker_bus(settings.redis_url, name) as bus,
            open_worker(settings, name, bus, leases) as worker,
        ):
            logger.info("worker started", worker=name)
            await _work(worker, bus, stop)
    logger.info("stopped", worker=name)


async def _work(worker: Worker, bus: WorkerBus, stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as tasks:
        hall = tasks.create_task(worker.hall.run(), name="hall")
        tenure = tasks.create_task(worker.tenure.run(), name="tenure")
        await stop.wait()
        logger.info("stopping")
        tenure.cancel()
        await asyncio.wait({tenure})
        await worker.tenure.drain()
        await bus.close()
        await hall
        await worker.tenure.withdraw()


def main() -> None:
    settings = Settings()
    configure_logs(settings.log_level)
    uvloop.run(run_worker(settings))


if __name__ == "__main__":
    main()
