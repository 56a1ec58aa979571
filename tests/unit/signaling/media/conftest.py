from collections.abc import AsyncIterator

import pytest

from signaling.media.endpoint import MediaEndpoint
from tests.unit.signaling.media.courtroom import Courtroom


@pytest.fixture
async def court() -> AsyncIterator[Courtroom]:
    court = Courtroom(await MediaEndpoint.open("127.0.0.1"))
    yield court
    await court.close()
