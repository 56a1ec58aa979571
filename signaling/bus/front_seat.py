"""There is one front at a time. Another one waits, and takes over when the first is gone: it holds a lease, as rooms do."""

import asyncio
from typing import NoReturn

import structlog

from signaling.bus.port import BusAway, Lease, Leases

logger = structlog.get_logger(__name__)

SEAT = "front"
LOOK_EVERY_S = 1.0


class SeatLost(Exception):
    """Another front has taken over while this one was halted or cut off."""


async def take_seat(leases: Leases, name: str) -> Lease:
    """Returns when this front is the one."""
    waiting = False
    while True:
        try:
            lease = await leases.grant(SEAT, name)
        except BusAway:
            pass
        else:
            if lease.worker == name:
                return lease
        if not waiting:
            logger.info("another front is at work, or redis is away; waiting")
            waiting = True
        await asyncio.sleep(LOOK_EVERY_S)


async def keep_seat(leases: Leases, lease: Lease) -> NoReturn:
    """Until cancelled. Raises `SeatLost`."""
    while True:
        try:
            if await leases.renew(lease.worker, {SEAT: lease.token}):
                raise SeatLost
        except BusAway:
            pass  # nobody else can take it meanwhile
        await asyncio.sleep(LOOK_EVERY_S)


async def leave_seat(leases: Leases, lease: Lease) -> None:
    try:
        await leases.release(SEAT, lease.token)
    except BusAway:
        return  # it runs out by itself
