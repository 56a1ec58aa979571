"""What a job runner needs of the database."""

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from hearing_server.domain.job import Job, JobKind, RenderedComposite
from hearing_server.storage.database import Transaction


class JobStore(Protocol):
    """Where jobs are kept. Every write names the job with its attempt and answers whether the runner still holds it: False
    means that another runner took it over, and nothing was written."""

    async def claim(self, runner: str, now_ms: int, kinds: Collection[JobKind]) -> Job | None:
        """The oldest job of these kinds that is queued or whose lease has run out, now held by ``runner``. Jobs begun too often become
        failed on the way."""

    async def renew(self, job: Job, now_ms: int) -> bool:
        """Keep the lease."""

    async def report_progress(self, job: Job, progress: float, remaining_s: float | None, now_ms: int) -> bool:
        """How far it is, 0 to 1; keeps the lease too."""

    async def publish_composite(self, job: Job, composite: RenderedComposite, now_ms: int) -> bool:
        """The job is done: result, state and journal row in one transaction."""

    async def finish(self, job: Job, now_ms: int, publish: Callable[[Transaction], Awaitable[object]]) -> bool:
        """The job is done; ``publish`` writes its result in the same transaction."""

    async def fail(self, job: Job, error: str, now_ms: int) -> bool:
        """The attempt failed. Queued again, or failed for good after the last attempt."""

    async def release(self, job: Job, now_ms: int) -> bool:
        """Given back unfinished because the runner stops; the attempt does not count."""
