"""Which core a process runs on, and what the operating system says it cost.

The server measured has core 0 to itself; who sends and receives, and the processes that record and transcribe, share the other.
"""

import contextlib
import os
from collections.abc import Iterator

import psutil

SERVER_CORE, OTHER_CORE = 0, 1
CORES = frozenset(os.sched_getaffinity(0))
"""Of the machine, as they were before anything here was put on one of them."""


def two_cores() -> bool:
    return {SERVER_CORE, OTHER_CORE} <= CORES


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started inside runs on ``core``; on a machine of one core, anywhere."""
    before = os.sched_getaffinity(0)
    if core in CORES:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_s(process: psutil.Process) -> float:
    """User and system time of all threads, ended ones included (utime and stime of ``/proc/PID/stat``), to 10 ms."""
    times = process.cpu_times()
    return float(times.user + times.system)
