from collections.abc import Iterator
from typing import Any

import pytest
import structlog


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What was logged as an error: nothing a stranger or a member sends may get that far. The sink that stands in for the transcriber
    says words of its own."""
    seen: list[str] = []

    def keep(_logger: Any, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if method in {"error", "exception"} and event.get("sink") != "transcriber":
            seen.append(str(event))
        raise structlog.DropEvent

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[keep])
    yield seen
    structlog.configure(processors=before)
