from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog

from signaling.media.endpoint import MediaEndpoint
from signaling.media.hot_path import COMPILED, IN_PYTHON
from tests.unit.signaling.media.courtroom import Courtroom


@pytest.fixture(params=[path for path in (IN_PYTHON, COMPILED) if path is not None], ids=lambda path: path.name)
async def court(request: pytest.FixtureRequest) -> AsyncIterator[Courtroom]:
    """Once with packets going through Python and once through what was compiled of it."""
    court = Courtroom(await MediaEndpoint.open("127.0.0.1", hot_path=request.param))
    yield court
    await court.close()


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What was logged as an error: nothing a stranger sends may get that far."""
    seen: list[str] = []

    def keep(_logger: Any, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if method in {"error", "exception"}:
            seen.append(str(event["event"]))
        raise structlog.DropEvent

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[keep])
    yield seen
    structlog.configure(processors=before)
