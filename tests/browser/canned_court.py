"""A court that never changes, for looking at screens: the built client, the HTTP answers a visitor needs, and a WebSocket that
says welcome with a canned snapshot. It speaks the protocol's own models, so a screen shown here shows what they allow.

The join token names who comes and to what: ``judge.session`` is the presiding judge in mid-hearing. No law, no media.
"""

import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from hearing_server.web.models import PairedKiosk, RevisionList, RevisionView, Seat, ServerInfo
from signaling.protocol.base import Message
from signaling.protocol.court_words import ConnectionState, ErrorCode, RecordingState, TranscriptionState
from signaling.protocol.from_client import EditUtterance, Hello, Leave, Ping, client_message
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import (
    CompositeView,
    HearingView,
    ParticipantView,
    RecordingView,
    Snapshot,
    StageView,
    TranscriptionView,
    UtteranceView,
    WordView,
)
from signaling.protocol.to_client import (
    Accepted,
    CaptionPartial,
    Error,
    Goodbye,
    Pong,
    Speaking,
    UtteranceChanged,
    Welcome,
)
from tests.browser.canned_lines import canned_lines
from tests.browser.canned_people import ACTS, CROWD, PEOPLE

DIST = Path(__file__).parents[2] / "hearing_server" / "web" / "dist"
RULES = (
    "一、服从法庭指挥，遵守诉讼礼仪。\n二、不得鼓掌、喧哗，不得随意离开画面。\n三、未经法庭许可，不得录音、录像、截屏或者传播庭审内容。\n"
    "四、发言、陈述和辩论，应当经法庭许可。\n五、在安静、光线充足的地方参加庭审，不得有他人旁听。"
)
STAGES = (
    ("attendance_check", "核对到庭", "Attendance"),
    ("discipline", "宣布法庭纪律", "Rules of the court"),
    ("opening", "宣布开庭", "Opening"),
    ("claims", "诉辩", "Claims"),
    ("issues", "归纳争议焦点", "Issues"),
    ("investigation", "法庭调查", "Investigation"),
    ("debate", "法庭辩论", "Debate"),
    ("final_statement", "最后陈述", "Final statements"),
    ("mediation", "调解", "Mediation"),
    ("judgment", "宣判", "Judgment"),
    ("transcript_check", "核对笔录", "Transcript check"),
    ("closing", "闭庭", "Closing"),
)
SAID = (
    ("judge", "现在开庭。今天依法公开审理原告李秀英诉被告王建国民间借贷纠纷一案。"),
    ("judge", "请原告陈述诉讼请求和事实理由。"),
    ("plaintiff", "请求判令被告返还借款本金十万元，并支付利息。"),
    ("judge", "被告对原告的诉讼请求有什么意见？"),
    ("defendant", "对借款事实没有异议，但是我已经还了三万元，是通过银行转账还的。"),
    ("judge", "原告，被告所说的三万元你是否收到？"),
    ("plaintiff", "收到过三万元，但那是另一笔货款，与本案借款无关。"),
    ("judge", "请双方围绕三万元的性质举证。首先由被告出示银行转账凭证。"),
)
MOVES = {"lobby": ["ready", "cancelled"], "ready": ["in_session"], "session": ["recess", "closed", "adjourned"]}
STATUS = {
    "lobby": "lobby_open",
    "ready": "ready",
    "session": "in_session",
    "recess": "recess",
    "alarm": "in_session",
    "crowd": "in_session",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Who comes, and what is going on: ``lobby``, ``ready``, ``session``, ``recess``, ``alarm``, ``crowd`` or ``waiting``."""

    who: str
    scene: str

    @property
    def under_way(self) -> bool:
        return self.scene in {"session", "recess", "alarm", "crowd"}


def _now_ms() -> int:
    return int(time.time() * 1000)


def _participant(visit: Visit, name: str) -> ParticipantView:
    person, role, side, seat = (PEOPLE | CROWD)[name]
    staff = name in {"judge", "clerk"}
    inside = staff or (visit.under_way and not (visit.who == name and visit.scene == "waiting"))
    place = "gallery" if name in {"observer", "technician"} else "courtroom" if inside else "lobby"
    presence = "present" if place != "lobby" else "waiting" if name == "plaintiff" else "identity_pending"
    return ParticipantView(
        participant=name,
        name=person,
        role=role,
        side=side,
        place=place,
        presence=presence,
        connection=ConnectionState.CONNECTED,
        microphone=name != "clerk",
        camera=name not in CROWD,
        screen=False,
        camera_locked=False,
        share_allowed=False,
        muted_by_court=visit.scene == "alarm" and name == "defendant",
        hand_raised_at_ms=_now_ms() - 20_000 if visit.under_way and name == "defendant" else None,
        seat=seat,
    )


def _words(text: str, start_ms: int) -> list[WordView]:
    pairs = [text[at : at + 2] for at in range(0, len(text), 2)]
    return [
        WordView(
            text=pair,
            start_ms=start_ms + at * 300,
            end_ms=start_ms + at * 300 + 280,
            confidence=0.55 if at % 7 == 3 else 0.97,
        )
        for at, pair in enumerate(pairs)
    ]


def _utterances() -> list[UtteranceView]:
    begin = _now_ms() - len(SAID) * 9_000
    return [
        UtteranceView(
            utterance=f"u{at}",
            revision=1 if at == 2 else 0,
            participant=who,
            text=text,
            words=_words(text, begin + at * 9_000),
            start_ms=begin + at * 9_000,
            end_ms=begin + at * 9_000 + 6_000,
            status="edited" if at == 2 else "asr",
            edited_by="clerk" if at == 2 else None,
        )
        for at, (who, text) in enumerate(SAID)
    ]


def _hearing(visit: Visit) -> HearingView:
    status = STATUS.get(visit.scene, "lobby_open")
    now = _now_ms()
    return HearingView(
        hearing="h1",
        case_number="（2026）示01民初1234号",
        case_title="李秀英诉王建国民间借贷纠纷",
        court_name="示范人民法院",
        courtroom="第三法庭",
        status=status,
        allowed_status=MOVES.get(visit.scene, ["in_session"]),
        stage="investigation" if visit.under_way else None,
        stages=[
            StageView(
                stage=stage,
                title_zh=zh,
                title_en=en,
                wording_zh="现在进行法庭调查。" if stage == "investigation" else "",
            )
            for stage, zh, en in STAGES
        ],
        scheduled_at_ms=now - 600_000,
        opened_at_ms=now - 500_000 if visit.under_way else None,
        opens_at_ms=None,
        resumes_at_ms=now + 900_000 if visit.scene == "recess" else None,
        reason="休息" if visit.scene == "recess" else "",
        help_phone="12368",
    )


def _is_seen(name: str, who: str) -> bool:
    return name != "technician" and (name != "observer" or who != "plaintiff")


def _snapshot(visit: Visit) -> Snapshot:
    alarm = visit.scene == "alarm"
    running = (
        RecordingState.DEGRADED
        if alarm
        else RecordingState.SUSPENDED
        if visit.scene == "recess"
        else RecordingState.RECORDING
    )
    alone = visit.scene in {"lobby", "waiting"} and visit.who not in {"judge", "clerk"}
    names = [visit.who] if alone else [name for name in PEOPLE if name == visit.who or _is_seen(name, visit.who)]
    names += CROWD if visit.scene == "crowd" else []
    utterances = _utterances() if visit.under_way else []
    return Snapshot(
        hearing=_hearing(visit),
        participants=[_participant(visit, name) for name in names],
        utterances=utterances,
        utterance_count=len(utterances),
        recording=RecordingView(
            state=running if visit.under_way else RecordingState.OFF,
            started_at_ms=_now_ms() - 500_000 if visit.under_way else None,
            elapsed_ms=497_000 if visit.under_way else 0,
            message="磁盘写入变慢，已启用备用路径。" if alarm else "",
        ),
        transcription=TranscriptionView(
            state=TranscriptionState.LIVE, model="court-demo-zh", demo_model=True, lag_ms=120
        ),
        composite=CompositeView(state="none", progress=0.0, remaining_s=None),
    )


def _may_publish(who: str) -> list[SourceLabel]:
    return [] if who in {"observer", "technician"} else [SourceLabel.MICROPHONE, SourceLabel.CAMERA]


def _seat(token: str) -> Seat:
    who = token.partition(".")[0]
    name, role, _, _ = PEOPLE[who]
    return Seat(
        session_token=token,
        expires_at_ms=_now_ms() + 3_600_000,
        hearing="h1",
        participant=who,
        name=name,
        role=role,
        case_number="（2026）示01民初1234号",
        case_title="李秀英诉王建国民间借贷纠纷",
        status="in_session",
        scheduled_at_ms=_now_ms(),
        discipline_text=RULES,
        discipline_sha256=hashlib.sha256(RULES.encode()).hexdigest(),
        may_publish=_may_publish(who),
    )


class CannedSocket:
    """One visitor's socket. Acts are accepted without effect, but for edits of the transcript: ``u5`` was always changed by
    somebody else a moment before."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._sequence = 1

    async def _say(self, message: Message) -> None:
        await self._socket.send_str(message.model_dump_json())

    async def _welcome(self, hello: Hello) -> None:
        who, _, scene = hello.token.partition(".")
        visit = Visit(who, scene)
        await self._say(
            Welcome(
                type="welcome",
                sequence=self._sequence,
                resume="canned",
                resumed=False,
                participant=who,
                permissions=ACTS[who].split(),
                may_publish=_may_publish(who) if visit.under_way or who in {"judge", "clerk"} else [],
                ice_servers=[],
                snapshot=_snapshot(visit),
                server_time_ms=_now_ms(),
            )
        )
        if scene == "crowd":
            await self._say(Speaking(type="speaking", participants=["party27"]))
        if scene == "session":
            await self._say(Speaking(type="speaking", participants=["defendant"]))
            said = "我有银行的转账凭证，当时备注写的是还款"
            await self._say(CaptionPartial(type="caption_partial", utterance="u9", participant="defendant", text=said))

    async def _edit(self, edit: EditUtterance) -> None:
        known = next(line for line in _utterances() if line.utterance == edit.utterance)
        if edit.utterance == "u5" and edit.base_revision == 0:
            theirs = known.model_copy(
                update={"revision": 1, "edited_by": "judge", "text": "原告，被告所说的三万元，你是否已经收到？"}
            )
            refusal = Error(
                type="error",
                request=edit.request,
                code=ErrorCode.CONFLICT,
                message="已被修改。",
                fatal=False,
                utterance=theirs,
            )
            await self._say(refusal)
            return
        update = {
            "revision": edit.base_revision + 1,
            "text": edit.text,
            "participant": edit.participant,
            "edited_by": "clerk",
        }
        self._sequence += 1
        changed = known.model_copy(update=update)
        await self._say(UtteranceChanged(type="utterance_changed", sequence=self._sequence, utterance=changed))
        await self._say(Accepted(type="accepted", request=edit.request))

    async def serve(self) -> None:
        async for frame in self._socket:
            if frame.type is not WSMsgType.TEXT:
                break
            message = client_message.validate_json(frame.data)
            match message:
                case Hello():
                    await self._welcome(message)
                case Ping():
                    await self._say(Pong(type="pong", time_ms=message.time_ms))
                case EditUtterance():
                    await self._edit(message)
                case Leave():
                    await self._say(Accepted(type="accepted", request=message.request))
                    await self._say(Goodbye(type="goodbye", code="left", message="", retry=False))
                case _ if hasattr(message, "request"):
                    await self._say(Accepted(type="accepted", request=message.request))
                case _:
                    pass


def _json(body: Message) -> web.Response:
    return web.Response(text=body.model_dump_json(), content_type="application/json")


async def _server(request: web.Request) -> web.Response:
    info = ServerInfo(
        court_name="示范人民法院",
        help_phone="12368",
        version="0.1.0",
        protocol_version=1,
        setup_needed=False,
        demo_model=True,
        recorder_ready=True,
    )
    return _json(info)


async def _join(request: web.Request) -> web.Response:
    return _json(_seat((await request.json())["token"]))


async def _kiosk_join(request: web.Request) -> web.Response:
    return _json(_seat("plaintiff.waiting"))


async def _kiosk_hello(request: web.Request) -> web.Response:
    return _json(PairedKiosk(kiosk="k1", name="一楼大厅 1 号", device_token="device"))


async def _revisions(request: web.Request) -> web.Response:
    texts = ("请求判令被告返还借款本金是万元并支付利息", "请求判令被告返还借款本金十万元，并支付利息。")
    rows = [
        RevisionView(
            revision=at,
            participant="plaintiff",
            text=text,
            edited_by="clerk" if at else None,
            edited_by_name="陈静" if at else None,
            edited_at_ms=_now_ms(),
        )
        for at, text in enumerate(texts)
    ]
    return _json(RevisionList(revisions=rows))


async def _socket(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await CannedSocket(socket).serve()
    return socket


async def _index(request: web.Request) -> web.FileResponse:
    return web.FileResponse(DIST / "index.html")


@asynccontextmanager
async def canned_court() -> AsyncIterator[str]:
    """Serves while inside; gives the address."""
    app = web.Application()
    app.router.add_get("/api/server", _server)
    app.router.add_post("/api/join", _join)
    app.router.add_post("/api/kiosk/hello", _kiosk_hello)
    app.router.add_post("/api/kiosk/pair", _kiosk_hello)
    app.router.add_post("/api/kiosk/join", _kiosk_join)
    app.router.add_get("/api/hearings/h1/quality", canned_lines)
    app.router.add_get("/api/hearings/h1/transcript/{utterance}/revisions", _revisions)
    app.router.add_get("/ws", _socket)
    app.router.add_get("/", _index)
    app.router.add_static("/", DIST)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=1)
    try:
        yield str(server.make_url("/")).rstrip("/")
    finally:
        await server.close()
