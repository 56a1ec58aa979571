"""Malformed, unknown, oversized, out-of-phase and unpermitted: each a stable code and a sentence, nothing changed, and the
server goes on."""

import contextlib
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hearing_server.domain.hearing import HearingStatus
from hearing_server.web.socket import SocketLimits
from signaling.protocol.base import MAX_MESSAGE_BYTES, PROTOCOL_VERSION
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.to_client import Error, Goodbye
from tests.integration.acts import open_session
from tests.integration.court_client import CourtClient
from tests.integration.small_court import HEARING, held

HELLO = {"type": "hello", "version": PROTOCOL_VERSION, "token": f"judge@{HEARING}"}


async def _refused(client: CourtClient) -> tuple[Error, Goodbye]:
    error = await client.until(Error)
    return error, await client.goodbye()


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("not json", ErrorCode.MALFORMED),
        ("[1]", ErrorCode.MALFORMED),
        (json.dumps({"type": "hello"}), ErrorCode.MALFORMED),
        (json.dumps({"type": "dance"}), ErrorCode.UNKNOWN_TYPE),
        (json.dumps({"type": "ping", "time_ms": 1}), ErrorCode.OUT_OF_PHASE),
        (json.dumps({**HELLO, "version": 999}), ErrorCode.VERSION),
        (json.dumps({**HELLO, "token": "nonsense"}), ErrorCode.TOKEN_INVALID),
        (json.dumps({**HELLO, "token": "expired"}), ErrorCode.TOKEN_EXPIRED),
        (json.dumps({**HELLO, "token": "revoked"}), ErrorCode.TOKEN_REVOKED),
        (json.dumps({**HELLO, "token": "judge\0"}), ErrorCode.INVALID_VALUE),
        (json.dumps({**HELLO, "token": "judge@elsewhere"}), ErrorCode.NOT_FOUND),
        (json.dumps({**HELLO, "token": f"stranger@{HEARING}"}), ErrorCode.NOT_FOUND),
        (json.dumps({**HELLO, "token": "fault"}), ErrorCode.INTERNAL),
        ("x" * (MAX_MESSAGE_BYTES + 1), ErrorCode.TOO_LARGE),
    ],
    ids=lambda value: value if isinstance(value, ErrorCode) else None,
)
async def test_a_wrong_hello_is_refused_with_a_code_and_a_sentence(tmp_path: Path, first: str, code: ErrorCode) -> None:
    async with held(tmp_path) as court:
        client = await court.connect("judge")
        await client.socket.send_str(first)
        error = await client.until(Error)
        assert error.code is code
        assert error.fatal
        assert error.message
        assert "Traceback" not in "".join(client.raw)
        await client.closed()
        assert await court.rows("session_opened") == []
        await court.enter("judge")  # the server goes on


async def test_a_small_frame_that_unpacks_to_megabytes_is_too_large(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        socket = await court.http.ws_connect(f"{court.url}/ws", compress=15)
        client = CourtClient(socket, "")
        await socket.send_str("x" * (5 * 1024 * 1024))
        assert (await client.until(Error)).code is ErrorCode.TOO_LARGE
        await client.closed()
        await court.enter("judge")


async def test_a_frame_of_megabytes_only_ends_its_own_socket(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        client = await court.connect("judge")
        with contextlib.suppress(ConnectionError):  # the server may hang up while the client still sends
            await client.socket.send_str("x" * (5 * 1024 * 1024))
        while (await client.socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        assert await court.rows("session_opened") == []
        await court.enter("judge")


async def test_a_binary_frame_is_malformed(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        client = await court.connect("judge")
        await client.socket.send_bytes(b"\x00")
        error, goodbye = await _refused(client)
        assert (error.code, goodbye.code) == (ErrorCode.MALFORMED, ErrorCode.MALFORMED)


async def test_whoever_says_no_hello_is_not_waited_for(tmp_path: Path) -> None:
    async with held(tmp_path, limits=SocketLimits(hello_within_s=0.05)) as court:
        client = await court.connect("judge")
        error, goodbye = await _refused(client)
        assert error.code is ErrorCode.OUT_OF_PHASE
        assert goodbye.retry


async def test_a_silent_client_is_taken_for_lost(tmp_path: Path) -> None:
    async with held(tmp_path, limits=SocketLimits(silent_after_s=0.1)) as court:
        client = await court.enter("judge")
        await client.closed()


async def test_a_page_of_another_site_is_turned_away(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await court.http.ws_connect(f"{court.url}/ws", origin="https://evil.example")
        assert refused.value.status == 403
        socket = await court.http.ws_connect(f"{court.url}/ws", origin="http://court.example")
        await socket.close()


async def test_too_many_messages_end_the_socket(tmp_path: Path) -> None:
    async with held(tmp_path, limits=SocketLimits(messages_per_s=0.001, burst=5)) as court:
        client = await court.enter("judge")
        for mark in range(10):
            await client.say("ping", time_ms=mark)
        error, goodbye = await _refused(client)
        assert error.code is ErrorCode.TOO_MANY
        assert goodbye.retry


@pytest.mark.parametrize(
    ("text", "code", "request_id"),
    [
        ("{", ErrorCode.MALFORMED, None),
        ('{"type":"raise_hand","request":"7"}', ErrorCode.MALFORMED, "7"),
        ('{"type":"raise_hand","request":"7","raised":true,"more":1}', ErrorCode.MALFORMED, "7"),
        ('{"type":"dance","request":"7"}', ErrorCode.UNKNOWN_TYPE, "7"),
        (json.dumps(HELLO), ErrorCode.OUT_OF_PHASE, None),
        ("[" * 100_000, ErrorCode.MALFORMED, None),
    ],
)
async def test_a_wrong_message_is_refused_and_the_session_goes_on(
    tmp_path: Path, text: str, code: ErrorCode, request_id: str | None
) -> None:
    async with held(tmp_path) as court:
        client = await court.enter("judge")
        await client.socket.send_str(text)
        error = await client.until(Error)
        assert (error.code, error.request, error.fatal) == (code, request_id, False)
        await client.barrier()


@pytest.mark.parametrize(
    ("who", "act", "code"),
    [
        ("plaintiff", {"type": "open_hearing"}, ErrorCode.NOT_PERMITTED),
        ("observer", {"type": "close_hearing"}, ErrorCode.NOT_PERMITTED),
        ("witness", {"type": "admit", "participant": "witness"}, ErrorCode.NOT_PERMITTED),
        ("clerk", {"type": "open_hearing"}, ErrorCode.NOT_PERMITTED),
        ("judge", {"type": "open_hearing"}, ErrorCode.WRONG_STATE),
        ("judge", {"type": "resume_hearing"}, ErrorCode.WRONG_STATE),
        ("judge", {"type": "call_recess", "reason": "x"}, ErrorCode.WRONG_STATE),
        ("judge", {"type": "advance_stage", "stage": "dancing"}, ErrorCode.INVALID_VALUE),
        ("judge", {"type": "mark_ready"}, ErrorCode.WRONG_STATE),
        ("judge", {"type": "admit", "participant": "nobody"}, ErrorCode.NOT_FOUND),
        ("clerk", {"type": "admit", "participant": "plaintiff"}, ErrorCode.WRONG_STATE),
        ("clerk", {"type": "send_to_waiting", "participant": "clerk"}, ErrorCode.INVALID_VALUE),
        ("judge", {"type": "ask_to_unmute", "participant": "plaintiff"}, ErrorCode.WRONG_STATE),
        ("plaintiff", {"type": "raise_hand", "raised": True}, ErrorCode.WRONG_STATE),
        ("plaintiff", {"type": "acknowledge_discipline", "text_sha256": "0" * 64}, ErrorCode.INVALID_VALUE),
        (
            "clerk",
            {"type": "edit_utterance", "utterance": "u", "base_revision": 0, "text": "a", "participant": "clerk"},
            ErrorCode.NOT_FOUND,
        ),
        (
            "judge",
            {"type": "edit_utterance", "utterance": "u", "base_revision": 0, "text": "a", "participant": "clerk"},
            ErrorCode.NOT_PERMITTED,
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else str(value),
)
async def test_an_act_that_cannot_be_is_refused_and_changes_nothing(
    tmp_path: Path, who: str, act: dict[str, Any], code: ErrorCode
) -> None:
    async with held(tmp_path) as court:
        client = await court.enter(who)
        before = await court.hearing(), len(await court.rows())
        answer = await client.act(**act)
        assert isinstance(answer, Error)
        assert answer.code is code
        assert answer.message
        assert not answer.fatal
        refusals = 1 if code is ErrorCode.NOT_PERMITTED else 0
        assert len(await court.rows("act_refused")) == refusals
        assert (await court.hearing(), len(await court.rows()) - refusals) == before


async def test_sentences_are_in_the_language_of_hello(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        client = await court.connect("clerk")
        await client.hello(language="en")
        refused = await client.act("mark_ready")
        assert isinstance(refused, Error)
        assert refused.message.startswith("The opening checklist is incomplete: the presiding judge is absent")


async def test_media_before_the_courtroom_and_broken_sdp_have_codes(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        plaintiff = await court.enter("plaintiff")
        await plaintiff.say("publish_offer", connection="c", sdp="v=0", sources=[])
        assert (await plaintiff.until(Error)).code is ErrorCode.WRONG_STATE
        await judge.say("publish_offer", connection="c", sdp="broken", sources=[])
        assert (await judge.until(Error)).code is ErrorCode.SDP_INVALID
        await clerk.barrier()


async def test_no_hearing_opens_without_recorder_or_unacknowledged_transcriber(tmp_path: Path) -> None:
    async with held(tmp_path, ready=False) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await clerk.does("mark_ready", gap_reason="当事人同意")
        refused = await judge.act("open_hearing", without_transcription=True)
        assert isinstance(refused, Error)
        assert refused.code is ErrorCode.RECORDER_UNAVAILABLE
        await court.worker.say_ready(True)
        await court.worker.say_transcriber_loading()
        await court.synchronised()
        unacknowledged = await judge.act("open_hearing")
        assert isinstance(unacknowledged, Error)
        assert unacknowledged.code is ErrorCode.WRONG_STATE
        await judge.does("open_hearing", without_transcription=True)


async def test_a_draft_admits_nobody(tmp_path: Path) -> None:
    async with held(tmp_path, status=HearingStatus.DRAFT) as court:
        client = await court.connect("judge")
        await client.socket.send_json(HELLO)
        error, _ = await _refused(client)
        assert error.code is ErrorCode.WRONG_STATE


async def test_closing_without_final_statements_needs_a_reason(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        clerk, judge = await court.enter("clerk"), await court.enter("judge")
        await open_session(court, judge, clerk)
        refused = await judge.act("close_hearing")
        assert isinstance(refused, Error)
        assert refused.code is ErrorCode.WRONG_STATE
        await judge.does("close_hearing", reason="当事人撤诉")
