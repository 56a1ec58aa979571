"""Eight people with microphones and twelve observers in one room of a real worker: who is heard, and what that costs in offers."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from signaling.media.source import Source
from signaling.protocol.facts import TrackPublished
from signaling.protocol.grants import Grants, SourceLabel
from signaling.protocol.worker import AnswerSubscribe, MediaRefused, RemoveMember, RequestSubscribe, SubscribeOffered
from signaling.room.floor import LOUDER_BY_DB
from tests.unit.signaling.media.courtroom import Collected
from tests.unit.signaling.media.rtp_peer import RtpPeer, opus, sequence_of
from tests.unit.signaling.room.worker_court import IN_COURT, OBSERVING, Court, open_court
from tests.wire_ear import WireEar

JUDGES = ("judge0", "judge1")
PARTIES = tuple(f"party{n}" for n in range(6))
OBSERVERS = tuple(f"observer{n}" for n in range(12))
ON_THE_BENCH = IN_COURT.model_copy(update={"always_heard": True})
TURNS = 4
QUIET, SPEECH = 90, 35
MICROPHONE = SourceLabel.MICROPHONE


class Ear(WireEar):
    """That also keeps the sequence numbers of each voice."""

    def __init__(self, court: Court, name: str) -> None:
        super().__init__(self._reply)
        self._court, self._name = court, name
        self.sequences: dict[str, list[int]] = {}

    async def _reply(self, negotiation: int, sdp: str) -> None:
        answer = AnswerSubscribe(room="r", participant=self._name, connection="down", negotiation=negotiation, sdp=sdp)
        await self._court.bus.send(answer)

    def _note(self, datagram: bytes) -> None:
        super()._note(datagram)
        who = self.who(datagram)
        if who is not None:
            self.sequences.setdefault(who, []).append(sequence_of(datagram))

    async def take_next_offer(self) -> None:
        offered = await self._court.next(SubscribeOffered, participant=self._name)
        await self.take_offer(offered.negotiation, offered.sdp)


class LargeRoom:
    def __init__(self, court: Court) -> None:
        self.court = court
        self.mouths: dict[str, RtpPeer] = {}
        self.ears: dict[str, Ear] = {}
        self.sinks: dict[str, Collected] = {}
        self._said: dict[str, int] = {}

    async def enter_to_speak(self, name: str, grants: Grants) -> None:
        ssrc = 1000 + len(self._said)
        await self.court.enter(name, grants)
        self.mouths[name] = await self.court.publish(name, ssrc)
        self._said[name] = 0
        self._say(name, QUIET)
        await self.court.next(TrackPublished, participant=name)
        self.sinks[name] = Collected()
        self._source(name).attach(self.sinks[name])

    async def enter_to_listen(self, name: str) -> None:
        await self.court.enter(name, OBSERVING)
        ear = self.ears[name] = Ear(self.court, name)
        await ear.open()
        self.court.peers.append(ear.peer)
        await self.court.bus.send(RequestSubscribe(room="r", participant=name, connection="down"))
        await ear.take_next_offer()

    async def obeyed(self) -> None:
        """Everything the room was told so far, the observers' answers too."""
        await self.court.bus.send(RequestSubscribe(room="r", participant="stranger", connection="x"))
        await self.court.next(MediaRefused, participant="stranger")

    async def round(self, speakers: Collection[str], level: int = SPEECH, packets: int = 10) -> set[str]:
        """Everybody sends; the ``speakers`` speech, the others the noise of a room. Returns who was heard by the observers, all of whom
        must have heard the same."""
        before = {name: {who: len(got) for who, got in ear.sequences.items()} for name, ear in self.ears.items()}
        for _ in range(packets):
            for name in self.mouths:
                self._say(name, level if name in speakers else QUIET)
        await self._everything_read()
        heard = [
            {who for who, got in ear.sequences.items() if len(got) > before[name].get(who, 0)}
            for name, ear in self.ears.items()
        ]
        assert all(each == heard[0] for each in heard)
        return heard[0]

    async def _everything_read(self) -> None:
        for name, mouth in self.mouths.items():
            while self._source(name).reception.highest < self._said[name]:
                await mouth.next_rtcp(205, 15)
        # The bench is always heard, and a socket keeps the order: when its last word is there, so is all before it.
        awaited = [asyncio.ensure_future(ear.more((JUDGES[0], MICROPHONE), 1)) for ear in self.ears.values()]
        await asyncio.sleep(0)
        self._say(JUDGES[0], QUIET)
        await asyncio.gather(*awaited)

    def _say(self, name: str, level: int) -> None:
        self._said[name] += 1
        ssrc = 1000 + list(self._said).index(name)
        self.mouths[name].send_rtp(opus(self._said[name], ssrc, b"sound", level))

    def _source(self, name: str) -> Source:
        (source,) = self.court.hall.rooms()[0]._members[name].sources()
        return source

    def packets_to_sinks(self, name: str) -> list[int]:
        self.court.hall._endpoint.tick()
        return [sequence for _, sequence, _ in self.sinks[name].received]

    def said(self, name: str) -> int:
        return self._said[name]


@asynccontextmanager
async def large_room(directory: Path) -> AsyncIterator[LargeRoom]:
    async with open_court(directory, TURNS) as court:
        room = LargeRoom(court)
        for name in JUDGES:
            await room.enter_to_speak(name, ON_THE_BENCH)
        for name in PARTIES:
            await room.enter_to_speak(name, IN_COURT)
        for name in OBSERVERS:
            await room.enter_to_listen(name)
        await room.obeyed()
        yield room


async def test_the_loudest_are_heard_from_their_first_word_and_the_bench_always(tmp_path: Path) -> None:
    async with large_room(tmp_path) as room:
        first, second = set(PARTIES[:TURNS]), set(PARTIES[TURNS:])
        assert await room.round([]) >= set(JUDGES)
        assert len(await room.round([])) == TURNS + len(JUDGES)
        assert await room.round(first) == first | set(JUDGES)
        assert await room.round({*second, *first}) == first | set(JUDGES), "nobody who speaks is cut short"
        (shouting, other) = sorted(second)
        heard = {name: len(room.ears["observer0"].sequences.get(name, [])) for name in (shouting, other)}
        assert shouting in await room.round({shouting}, SPEECH - LOUDER_BY_DB, packets=5)
        got = room.ears["observer0"].sequences
        assert len(got[shouting]) == heard[shouting] + 5, "from the first word on"
        assert len(got.get(other, [])) == heard[other]


async def test_what_was_not_forwarded_is_no_loss_to_anybody_and_missing_in_no_record(tmp_path: Path) -> None:
    async with large_room(tmp_path) as room:
        everybody = (*JUDGES, *PARTIES)
        for turn in range(12):
            loud = PARTIES[turn % len(PARTIES)]
            await room.round({loud}, max(5, SPEECH - turn * LOUDER_BY_DB), packets=4)
        for ear in room.ears.values():
            for sequences in ear.sequences.values():
                assert sequences == list(range(sequences[0], sequences[0] + len(sequences))), (
                    "no hole to repair or conceal"
                )
        for name in everybody:
            assert room.packets_to_sinks(name) == list(range(2, room.said(name) + 1))
        sent = sum(len(sequences) for sequences in room.ears["observer0"].sequences.values())
        assert sent < 0.9 * sum(room.said(name) for name in everybody)


async def test_a_room_of_many_is_offered_once_and_slots_are_used_again(tmp_path: Path) -> None:
    async with large_room(tmp_path) as room:

        def sections() -> set[int]:
            return {len(re.findall("^m=", ear.offers[-1], re.MULTILINE)) for ear in room.ears.values()}

        assert {len(ear.offers) for ear in room.ears.values()} == {1}
        assert sections() == {len(JUDGES) + len(PARTIES) + 1}, (
            "a voice each, and a picture that waits for its first track"
        )
        await room.court.bus.send(RemoveMember(room="r", participant=PARTIES[0]))
        del room.mouths[PARTIES[0]]
        for ear in room.ears.values():
            await ear.take_next_offer()
        await room.enter_to_speak("late", IN_COURT)
        for ear in room.ears.values():
            await ear.take_next_offer()
        assert {len(ear.offers) for ear in room.ears.values()} == {3}
        assert sections() == {len(JUDGES) + len(PARTIES) + 1}, "the leaver's slot was free"
        await room.obeyed()
        assert "late" in await room.round({"late"}, 5)
