"""A court that comes back at once is let in one step at a time, and nobody who is there hears of it."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest
import uvloop

from signaling.media.endpoint import MediaEndpoint
from signaling.media.handshake_turns import HandshakeTurns
from signaling.media.publish_leg import PublishLeg
from tests.unit.signaling.media.courtroom import EVERYTHING, LABELS, MICROPHONE_SSRC, Courtroom
from tests.unit.signaling.media.rtp_peer import RtpPeer, opus, publisher_offer

CROWD = 60
STEPS_BETWEEN_PACKETS = 2


async def test_turns_come_in_the_order_they_were_asked_for_and_one_in_each_round() -> None:
    turns, loop, order = HandshakeTurns(), asyncio.get_running_loop(), []
    rounds = 0

    def count() -> None:
        nonlocal rounds
        rounds += 1
        loop.call_soon(count)

    async def take(number: int) -> None:
        await turns.next()
        order.append((number, rounds))

    loop.call_soon(count)
    async with asyncio.TaskGroup() as tasks:
        for number in range(5):
            tasks.create_task(take(number))
    assert [number for number, _ in order] == [0, 1, 2, 3, 4]
    assert len({at for _, at in order}) == 5


async def test_who_is_gone_takes_no_turn_and_the_next_one_waits_no_longer() -> None:
    turns = HandshakeTurns()
    gone, stays = (asyncio.ensure_future(turns.next()) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await stays
    await turns.next()
    assert turns.given == 2
    with contextlib.suppress(asyncio.CancelledError):
        await gone


class Talk:
    """A voice of which one packet leaves in each round of the loop, and how many steps of handshakes lie between two that arrive."""

    def __init__(self, court: Courtroom, speaker: RtpPeer, listener: RtpPeer) -> None:
        self.heard = 0
        self.most_steps = 0
        self._turns, self._speaker = court.endpoint.handshake_turns, speaker
        self._given = self._turns.given
        self._sequence = 1
        self._over = False
        listener.on_srtp = self._hear
        self._speak()

    def _speak(self) -> None:
        if not self._over:
            self._sequence += 1
            self._speaker.send_rtp(opus(self._sequence, MICROPHONE_SSRC))
            asyncio.get_running_loop().call_soon(self._speak)

    def _hear(self, _packet: bytes) -> None:
        self.heard += 1
        self.most_steps = max(self.most_steps, self._turns.given - self._given)
        self._given = self._turns.given

    def end(self) -> None:
        self._over = True


async def _come_back_at_once(court: Courtroom, count: int) -> None:
    """Every browser has its answer and passed its check; then all of them say hello in the same moment."""
    arrivals = []
    for number in range(count):
        peer = await court.peer()
        leg = PublishLeg(court.endpoint, f"p{number}", "up", court.observed)
        audio = [("0", "audio", MICROPHONE_SSRC)]
        answer = await leg.answer(publisher_offer(peer, audio), LABELS, EVERYTHING)
        await peer.check(answer)
        arrivals.append((peer, answer))
    already = len(court.observed.connected)
    await asyncio.gather(*(peer.shake_hands(answer) for peer, answer in arrivals))
    await court.observed.legs_connected(already + count)


async def _talk_while_a_crowd_comes_back() -> Talk:
    court = Courtroom(await MediaEndpoint.open("127.0.0.1"))
    try:
        _, speaker = await court.publisher()
        speaker.send_rtp(opus(1, MICROPHONE_SSRC))
        await court.observed.sources_started(1)
        _, listener = await court.subscriber("clerk", court.observed.started[0])
        talk = Talk(court, speaker, listener)
        await _come_back_at_once(court, CROWD)
        talk.end()
        return talk
    finally:
        await court.close()


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_media_goes_on_between_the_handshakes_of_a_whole_court(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        talk = runner.run(_talk_while_a_crowd_comes_back())
    assert talk.heard > CROWD
    assert 0 < talk.most_steps <= STEPS_BETWEEN_PACKETS
