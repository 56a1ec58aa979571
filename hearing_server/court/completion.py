"""An act that has begun is carried to its end, whoever stops waiting for it: what is committed must also be told."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def to_its_end(act: Coroutine[Any, Any, None]) -> None:
    """Await ``act``. When the caller is cancelled meanwhile, ``act`` is still finished before the cancellation goes on."""
    task = asyncio.ensure_future(act)  # owned and awaited here
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # nobody is left to be told; reading it marks it as seen
        raise
