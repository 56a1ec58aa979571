"""One live session per person (ID-2), and coming back to it (ABS-1, ABS-4)."""

import json
from dataclasses import replace
from pathlib import Path

from hearing_server.domain.participant import Presence
from hearing_server.web.socket import SocketLimits
from signaling.protocol.base import PROTOCOL_VERSION
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.snapshot import UtteranceView
from signaling.protocol.to_client import Error, HearingChanged, MediaLost, ParticipantChanged, UtteranceChanged
from signaling.protocol.worker import RemoveMember, SetMember
from tests.integration.acts import admit, hear_utterance, open_session
from tests.integration.small_court import HEARING, TERMS, held


async def test_a_resumed_session_is_told_exactly_what_it_missed(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.connect("judge")
        welcome = await judge.hello()
        await open_session(court, judge, clerk)
        await judge.barrier()
        await judge.drop()
        await clerk.until(ParticipantChanged, lambda said: said.participant.presence == "reconnecting")
        await hear_utterance(court, "u1", "plaintiff", "你好")
        await clerk.does("advance_stage", stage="debate")
        again = await court.connect("judge")
        resumed = await again.hello(resume=welcome.resume, last_sequence=judge.last_sequence)
        assert resumed.resumed
        assert resumed.snapshot is None
        await again.barrier()
        numbers = [message.sequence for message in again.heard if hasattr(message, "sequence")][1:]
        assert numbers == list(range(judge.last_sequence + 1, judge.last_sequence + 1 + len(numbers)))
        assert [said.utterance.text for said in again.all_heard(UtteranceChanged)] == ["你好"]
        assert again.all_heard(HearingChanged)[-1].hearing.stage == "debate"
        assert (await court.person("judge")).presence is Presence.PRESENT
        assert not court.worker.said(RemoveMember)
        assert json.loads((await court.rows("session_opened"))[-1].data)["resumed"] is True


async def test_a_reloaded_page_gets_the_whole_snapshot_in_the_same_seat(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk = await court.enter("clerk")
        plaintiff = await court.connect("plaintiff")
        welcome = await plaintiff.hello()
        await admit(clerk, "plaintiff")
        await plaintiff.drop()
        reloaded = await court.connect("plaintiff")
        again = await reloaded.hello(resume=welcome.resume, last_sequence=0)
        assert not again.resumed
        assert again.snapshot is not None
        own = next(view for view in again.snapshot.participants if view.participant == "plaintiff")
        assert own.place == "courtroom"


async def test_a_resume_the_server_does_not_know_is_a_new_session_without_media(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        client = await court.connect("judge")
        welcome = await client.hello(resume="of another life", last_sequence=99)
        assert not welcome.resumed
        await client.until(MediaLost)


async def test_a_second_device_is_refused_until_it_takes_over(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        first = await court.enter("judge")
        second = await court.connect("judge")
        await second.say("hello", version=PROTOCOL_VERSION, token=second.token)
        refused = await second.until(Error)
        assert refused.code is ErrorCode.ALREADY_CONNECTED
        assert refused.fatal
        third = await court.connect("judge")
        await third.hello(take_over=True)
        goodbye = await first.goodbye()
        assert (goodbye.code, goodbye.retry) == ("replaced", False)
        await third.barrier()
        assert json.loads((await court.rows("session_opened"))[-1].data)["took_over"] is True
        assert (await court.person("judge")).presence is Presence.PRESENT


async def test_a_half_open_socket_gives_way_to_the_same_client(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        first = await court.connect("judge")
        welcome = await first.hello()
        second = await court.connect("judge")
        resumed = await second.hello(resume=welcome.resume, last_sequence=welcome.sequence)
        assert resumed.resumed is (welcome.sequence > 0)
        assert (await first.goodbye()).code == "replaced"
        await second.barrier()


async def test_a_seat_is_given_up_when_nobody_comes_back(tmp_path: Path) -> None:
    async with held(tmp_path, terms=replace(TERMS, seat_kept_ms=30)) as court:
        clerk, plaintiff = await court.enter("clerk"), await court.enter("plaintiff")
        await admit(clerk, "plaintiff")
        await court.worker.obeyed(SetMember, lambda said: said.participant == "plaintiff" and bool(said.grants.publish))
        await plaintiff.drop()
        await clerk.until(ParticipantChanged, lambda said: said.participant.presence == "connection_lost")
        await court.worker.obeyed(RemoveMember, lambda said: said.participant == "plaintiff")
        lost = json.loads((await court.rows("line_lost"))[0].data)
        assert lost["proposed_cause"] == "connection_lost"
        back = await court.connect("plaintiff")
        welcome = await back.hello()
        assert welcome.snapshot is not None
        assert (await court.person("plaintiff")).place == "courtroom"


async def test_leaving_is_told_apart_from_losing_the_line(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, plaintiff = await court.enter("clerk"), await court.enter("plaintiff")
        await plaintiff.does("leave")
        goodbye = await plaintiff.goodbye()
        assert (goodbye.code, goodbye.retry) == ("left", False)
        await clerk.until(ParticipantChanged, lambda said: said.participant.presence == "left")
        assert await court.rows("line_lost") == []
        assert len(await court.rows("participant_left")) == 1


async def test_a_client_that_does_not_read_is_dropped_and_the_others_hear_it(tmp_path: Path) -> None:
    limits = SocketLimits(outbox=20, goodbye_within_s=0.1)
    async with held(tmp_path, limits=limits) as court:
        clerk = await court.enter("clerk")
        plaintiff = await court.enter("plaintiff")
        await admit(clerk, "plaintiff")
        live = await court.courthouse.live(HEARING)
        long_utterance = UtteranceView(
            utterance="u1",
            revision=0,
            participant="plaintiff",
            text="长" * 20_000,
            words=[],
            start_ms=1,
            end_ms=2,
            status="asr",
            edited_by=None,
        )
        while (await court.person("plaintiff")).presence is not Presence.RECONNECTING:
            for _ in range(5):
                live.show_utterance(long_utterance)  # fills what the kernel buffers, then the outbox
            await clerk.barrier()
        row = (await court.rows("line_lost"))[0]
        assert json.loads(row.data)["ended_by"] == "slow_client"
        await plaintiff.closed()
        again = await court.connect("plaintiff")
        await again.hello()


async def test_a_withdrawn_link_ends_the_session_and_its_media(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, plaintiff = await court.enter("clerk"), await court.enter("plaintiff")
        await admit(clerk, "plaintiff")
        await court.courthouse.link_withdrawn(HEARING, "plaintiff")
        goodbye = await plaintiff.goodbye()
        assert (goodbye.code, goodbye.retry) == (ErrorCode.TOKEN_REVOKED, False)
        await court.worker.obeyed(RemoveMember, lambda said: said.participant == "plaintiff")


async def test_a_stopping_server_says_so_and_nobody_is_marked_absent(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        judge = await court.enter("judge")
        await court.courthouse.close()
        goodbye = await judge.goodbye()
        assert (goodbye.code, goodbye.retry) == (ErrorCode.SHUTTING_DOWN, True)
        assert await court.rows("line_lost") == []
