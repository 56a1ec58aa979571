"""What a process holds: tasks, descriptors, memory, and objects of our own that somebody still refers to."""

import asyncio
import ctypes
import gc
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Holding:
    tasks: int
    descriptors: int
    objects: tuple[tuple[str, int], ...]


def holding(*kinds: type) -> Holding:
    """Now; ``kinds`` and their subclasses are counted."""
    gc.collect()
    found = Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds))
    return Holding(len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd")), tuple(sorted(found.items())))


async def settles(holds: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    """Whether it becomes true by itself; transports and tasks need a turn of the loop or two to be gone."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + timeout_s
    while not holds():
        if loop.time() > deadline_s:
            return False
        await asyncio.sleep(0.02)
    return True


def resident_bytes(pid: int | None = None) -> int:
    """Of this process without what the allocator only keeps for later use; of another as it is."""
    if pid is None:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
    size: int = psutil.Process(pid).memory_info().rss
    return size
