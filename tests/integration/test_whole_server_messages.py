"""Whoever talks nonsense to a whole server is refused with a code and a sentence; the hearing beside them goes on, with
sound and pictures, as if nothing had been said. The refusals themselves are listed in `test_socket_refusals`."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiortc import RTCPeerConnection

from hearing_server.demo.court_api import CourtApi
from signaling.protocol.base import PROTOCOL_VERSION
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.to_client import Error, Goodbye, MediaLost, SubscribeOffer
from tests.integration.court_client import CourtClient
from tests.integration.whole_court import (
    PARTS,
    Listener,
    WholeCourt,
    assert_discreet,
    hearing_in_session,
    measured_stalls,
)
from tests.integration.whole_server import WholeServer, whole_server

PAUSE_S = 0.3
HUGE = 10**40

WRONG_ACTS: tuple[tuple[str, str, ErrorCode], ...] = (
    ("presiding_judge", f'{{"request":"q","type":"call_recess","reason":"x","resumes_at_ms":{HUGE}}}', ErrorCode.MALFORMED),
    ("presiding_judge", '{"request":"q","type":"call_recess","reason":"x","resumes_at_ms":-1}', ErrorCode.MALFORMED),
    ("presiding_judge", '{"request":"q","type":"advance_stage","stage":"\\ud800"}', ErrorCode.MALFORMED),
    ("presiding_judge", '{"request":"q","type":"open_hearing"}', ErrorCode.WRONG_STATE),
    ("clerk", '{"request":"q","type":"edit_utterance","utterance":"u","base_revision":9007199254740991,"text":"",'
              '"participant":"p"}', ErrorCode.INVALID_VALUE),
    ("clerk", '{"request":"q","type":"admit","participant":"\\u0000"}', ErrorCode.INVALID_VALUE),
    ("plaintiff", '{"request":"q","type":"close_hearing","reason":"x"}', ErrorCode.NOT_PERMITTED),
    ("plaintiff", '{"request":"q","type":"mute_participant","participant":"p","muted":true}', ErrorCode.NOT_PERMITTED),
    ("plaintiff", '{"request":"q","type":"raise_hand","raised":{"a":[[[[[[[[[[]]]]]]]]]]}}', ErrorCode.MALFORMED),
    ("defendant", '{"type":"hello","version":1,"token":"x"}', ErrorCode.OUT_OF_PHASE),
    ("defendant", '{"type":"set_media","microphone":"maybe","camera":7}', ErrorCode.MALFORMED),
    ("defendant", '{"type":"report_quality","quality":"good","round_trip_ms":NaN,"loss":-1e999,"received_kbps":1e308,'
                  '"sent_kbps":-1,"freezes":-1}', ErrorCode.MALFORMED),
    ("defendant", '{"type":"ping","time_ms":Infinity}', ErrorCode.MALFORMED),
    ("defendant", '{"type":"ping","time_ms":1e999}', ErrorCode.MALFORMED),
    ("defendant", "\x00", ErrorCode.MALFORMED),
)  # fmt: skip


async def test_nonsense_is_refused_and_the_hearing_goes_on(tmp_path: Path) -> None:
    async with (
        whole_server(tmp_path) as server,
        hearing_in_session(server) as court,
        Listener(court.session("clerk")) as listener,
    ):
        await listener.hears([court.scheduled.participants[part] for part in PARTS if part != "clerk"])
        before, rows = _seen_by_the_judge(court), await _lasting_rows(court)
        with listener.watching() as pauses:
            async with measured_stalls() as stalls:
                for part, text, code in WRONG_ACTS:
                    await _refused(court, part, text, code)
                for name, sdp in (await _broken_offers()).items():
                    await _refused(court, "defendant", _publish(sdp), ErrorCode.SDP_INVALID, name)
                    await _refused(court, "clerk", _answer(court, sdp), ErrorCode.SDP_INVALID, name)
                await _refused(court, "defendant", _publish("v=0\r\n" * 25_000), ErrorCode.MALFORMED)
                await _strangers_are_turned_away(server, court)
                await _a_flood_drowns_only_itself(server, court)
        assert max(pauses.values()) <= PAUSE_S + stalls[0], (pauses, stalls)
        assert _seen_by_the_judge(court) == before
        assert await _lasting_rows(court) == rows
        for part in PARTS:
            assert not court.heard(part, Goodbye) and not court.heard(part, MediaLost), part
        await court.understood(12)
    assert_discreet(server.log(), court.secrets)


def _seen_by_the_judge(court: WholeCourt) -> list[object]:
    """The hearing, and those whose place the nonsense was said from."""
    view = court.session("presiding_judge").view
    return [view.hearing, *(view.participants[court.scheduled.participants[part]] for part in PARTS)]


async def _lasting_rows(court: WholeCourt) -> list[str]:
    """The journal without what says that somebody tried, spoke or looked."""
    passing = ("act_refused", "session_opened", "line_lost", "utterance_recognised", "segment_sealed", "seat_taken")
    return [row.type for row in await court.journal() if row.type not in passing]


async def _refused(court: WholeCourt, part: str, text: str, code: ErrorCode, name: str = "") -> None:
    session, since = court.session(part), len(court.told[part])
    await session.send_text(text)
    await court.until(part, lambda _: court.heard(part, Error, since) != [])
    await session.barrier()
    (error,) = court.heard(part, Error, since)
    assert (error.code, error.fatal) == (code, False), (name or text, error)
    assert error.message


# ---------------------------------------------------------------------- session descriptions


async def _broken_offers() -> dict[str, str]:
    """What a real client would offer, each time broken in another way."""
    peer = RTCPeerConnection()
    peer.addTransceiver("audio", "sendonly")
    peer.addTransceiver("video", "sendonly")
    await peer.setLocalDescription(await peer.createOffer())
    good = peer.localDescription.sdp
    await peer.close()
    lines = good.split("\r\n")
    sections = good.split("m=")
    return {
        "nothing": "",
        "prose": "请求法院判令被告偿还借款",
        "a session without media": "v=0\r\ns=-\r\n",
        "cut off": good[: good.index("a=rtpmap")] + "a=rtpmap:",
        "no line ends": good.replace("\r\n", " "),
        "control characters": good.replace("a=", "a=\x01"),
        "no fingerprint": "\r\n".join(line for line in lines if "fingerprint" not in line),
        "an unknown DTLS role": good.replace("a=setup:actpass", "a=setup:everything"),
        "a payload type out of range": good.replace("a=rtpmap:96 ", f"a=rtpmap:{HUGE} "),
        "a negative SSRC": good.replace("a=ssrc:", "a=ssrc:-"),
        "a port that is no number": good.replace("m=audio ", "m=audio x"),
        "two m-lines of one name": good.replace("a=mid:1", "a=mid:0"),
        "too many m-lines": sections[0] + "".join("m=" + sections[1] for _ in range(30)),
        "too many lines": good + "a=x\r\n" * 6_000,
    }


def _publish(sdp: str) -> str:
    sources = [{"mid": "0", "source": "microphone"}, {"mid": "1", "source": "camera"}]
    return json.dumps({"type": "publish_offer", "connection": "broken", "sdp": sdp, "sources": sources})


def _answer(court: WholeCourt, sdp: str) -> str:
    """To the offer that was answered rightly already."""
    offer = court.heard("clerk", SubscribeOffer)[-1]
    return json.dumps(
        {"type": "subscribe_answer", "connection": offer.connection, "negotiation": offer.negotiation, "sdp": sdp}
    )


# ---------------------------------------------------------------------- strangers


async def _strangers_are_turned_away(server: WholeServer, court: WholeCourt) -> None:
    token = court.robots["defendant"].seat.session_token
    head, _, signature = token.rpartition(".")
    forged = f"{head}.{signature[::-1]}"
    unsigned = f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}."
    for presented in ("", "x" * 4000, forged, unsigned, court.scheduled.tokens["observer"]):
        async with _socket(server) as client:
            await client.say("hello", version=PROTOCOL_VERSION, token=presented)
            error = await client.until(Error)
            assert (error.code, error.fatal) == (ErrorCode.TOKEN_INVALID, True), presented
            assert not (await client.goodbye()).retry
    for field, value in (("version", HUGE), ("version", -1)):
        async with _socket(server) as client:
            await client.socket.send_str(
                json.dumps({"type": "hello", "version": PROTOCOL_VERSION, "token": token} | {field: value})
            )
            assert (await client.until(Error)).code is ErrorCode.VERSION
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{server.base_url}/ws", origin="https://evil.example")
    assert refused.value.status == 403


async def _a_flood_drowns_only_itself(server: WholeServer, court: WholeCourt) -> None:
    async with CourtApi(server.base_url) as api, _socket(server) as client:
        client.token = (await api.join(court.scheduled.tokens["observer"])).session_token
        await client.hello(resume="x" * 1000, last_sequence=2**53 - 1)
        with_flood = "".join(json.dumps({"type": "ping", "time_ms": mark}) + "\n" for mark in range(1000)).splitlines()
        for text in with_flood:
            if client.socket.closed:
                break
            await client.socket.send_str(text)
        assert (await client.until(Error)).code is ErrorCode.TOO_MANY
        assert (await client.goodbye()).retry


@asynccontextmanager
async def _socket(server: WholeServer) -> AsyncIterator[CourtClient]:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{server.base_url}/ws", max_msg_size=0) as socket,
    ):
        yield CourtClient(socket, "")
