"""A job runner that only remembers what it was asked for."""

import asyncio


class RememberingJobs:
    """Implements ``court.ports.JobRunner``."""

    def __init__(self) -> None:
        self.composites: list[str] = []
        self.seals: list[str] = []
        self.asked = asyncio.Event()

    async def enqueue_composite(self, hearing: str) -> None:
        if hearing not in self.composites:
            self.composites.append(hearing)
        self.asked.set()

    async def enqueue_seal(self, hearing: str) -> None:
        self.seals.append(hearing)
