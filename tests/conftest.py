"""A test that leaves a task, a thread, a child process or a descriptor behind fails."""

import asyncio
import gc
import inspect
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

import psutil
import pytest
import pytest_asyncio
from hypothesis import settings

settings.register_profile("court", deadline=None)  # a busy machine is no fault
settings.load_profile("court")

GRACE_S = 5.0
"""How long ending threads and processes may take to be gone; nothing waits when nothing is left."""


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.is_alive()}


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if _lives(child)}


def _lives(child: psutil.Process) -> bool:
    try:
        return child.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # ended since it was listed
        return False


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _gone(left: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + GRACE_S
    while left():
        if time.monotonic() > deadline:
            return False
        gc.collect()
        threading.Event().wait(0.02)
    return True


@pytest.fixture(autouse=True)
def nothing_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that share a browser for the session (marker ``browser``) are left out: its processes outlive one test."""
    if request.node.get_closest_marker("browser"):
        yield
        return
    threads, children, descriptors = _threads(), _children(), _descriptors()
    yield
    assert _gone(lambda: bool(_threads() - threads)), f"threads left: {_threads() - threads}"
    assert _gone(lambda: bool(_children() - children)), f"child processes left: {_children() - children}"
    # A first use opens a few for good (event loop, entropy, SQLite); a leak in a loop opens many more.
    assert _gone(lambda: _descriptors() > descriptors + 12), (
        f"descriptors: {descriptors} before, {_descriptors()} after"
    )


@pytest_asyncio.fixture(autouse=True)
async def _no_task_left(nothing_left_running: None) -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = [task for task in asyncio.all_tasks() - before if task is not asyncio.current_task() and not task.done()]
    assert not left, f"tasks left: {left}"
    # The loop's own threads (aiortc encodes there) would end with the loop, which is after they are looked for.
    await asyncio.get_running_loop().shutdown_default_executor()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The task check needs an event loop: only tests that have one are given it."""
    for item in items:
        function = getattr(item, "function", None)
        names = getattr(item, "fixturenames", None)
        if names is not None and not inspect.iscoroutinefunction(function) and "_no_task_left" in names:
            names.remove("_no_task_left")
