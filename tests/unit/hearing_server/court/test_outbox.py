"""What waits for one socket is bounded."""

from hearing_server.court.outbox import Farewell, Outbox
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.to_client import Pong


def _pong(number: int) -> Pong:
    return Pong(type="pong", time_ms=number)


async def test_a_full_outbox_ends_the_socket() -> None:
    outbox = Outbox(limit=2)
    for number in range(3):
        outbox.put(_pong(number))
    assert await outbox.ended() == Farewell(ErrorCode.SLOW_CLIENT, retry=True)
    assert outbox.rest() == [_pong(0), _pong(1)]


async def test_messages_of_the_moment_are_left_out_first() -> None:
    outbox = Outbox(limit=4)
    for number in range(4):
        outbox.mention(_pong(number))
    outbox.put(_pong(9))
    assert outbox.rest() == [_pong(0), _pong(1), _pong(9)]
    assert outbox.farewell is None


async def test_the_first_reason_stands_and_nothing_follows_it() -> None:
    outbox = Outbox()
    outbox.end(Farewell("replaced", retry=False))
    outbox.end(Farewell(ErrorCode.SHUTTING_DOWN, retry=True))
    outbox.put(_pong(1))
    assert (await outbox.ended()).code == "replaced"
    assert outbox.rest() == []
