"""An act that has begun is carried to its end."""

import asyncio

import pytest

from hearing_server.court.completion import to_its_end


async def test_a_cancelled_caller_leaves_only_after_the_act() -> None:
    begun, may_go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def act() -> None:
        begun.set()
        await may_go_on.wait()
        done.set()

    caller = asyncio.ensure_future(to_its_end(act()))
    await begun.wait()
    caller.cancel()
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert done.is_set()


async def test_a_failure_is_the_callers() -> None:
    async def act() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await to_its_end(act())
