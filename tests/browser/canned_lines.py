"""Lines of the canned court: the bench and the clerk have good ones, the plaintiff a fair one, the defendant a bad one, and the
observer none."""

import random
import time

from aiohttp import web

from hearing_server.web.line_models import LineQuality, MeasuredHistory, OwnHistory

SPANS = 60
SPAN_MS = 5_000
LOSS_PER_MILLE = {"judge": 0, "clerk": 1, "plaintiff": 20, "defendant": 140}
ROUND_TRIP_MS = {"judge": 12, "clerk": 9, "plaintiff": 180, "defendant": 420}


async def canned_lines(request: web.Request) -> web.Response:
    """``GET /api/hearings/h1/quality``: five minutes, the first time it is asked for; nothing new after that."""
    last_ms = int(time.time() * 1000)
    if (after_ms := request.query.get("after_ms")) is not None:
        return _answered(LineQuality(measured=[], own=[], last_ms=int(after_ms)))
    at_ms = [last_ms - SPAN_MS * back for back in reversed(range(SPANS))]
    lines = LineQuality(
        measured=[
            _measured(name, direction, at_ms) for name in LOSS_PER_MILLE for direction in ("publish", "subscribe")
        ],
        own=[_own(name, at_ms) for name in LOSS_PER_MILLE],
        last_ms=last_ms,
    )
    return _answered(lines)


def _answered(lines: LineQuality) -> web.Response:
    return web.Response(text=lines.model_dump_json(), content_type="application/json")


def _measured(name: str, direction: str, at_ms: list[int]) -> MeasuredHistory:
    chance = random.Random(f"{name} {direction}")
    receives = direction == "subscribe"
    rates = [round(chance.gauss(2_400 if receives else 1_400, 120)) for _ in at_ms]
    packets = [rate * 6 // 10 for rate in rates]
    lost = [each * LOSS_PER_MILLE[name] // 1000 for each in packets]
    nothing, unknown = [0] * len(at_ms), [-1] * len(at_ms)
    return MeasuredHistory.model_validate(
        {
            "participant": name,
            "direction": direction,
            "at_ms": at_ms,
            "kbps": rates,
            "packets": packets,
            "lost": lost,
            "jitter_ms": [chance.randint(1, 9) for _ in at_ms],
            "round_trip_ms": [ROUND_TRIP_MS[name]] * len(at_ms) if receives else unknown,
            "asked": lost,
            "repeated": lost if receives else nothing,
            "keyframes_asked": nothing,
            "full": [1] * len(at_ms),
            "half": [1] * len(at_ms),
            "quarter": [1] * len(at_ms),
            "withheld": nothing,
            "estimate_kbps": [6_000] * len(at_ms) if receives else unknown,
        }
    )


def _own(name: str, at_ms: list[int]) -> OwnHistory:
    return OwnHistory(
        participant=name,
        at_ms=at_ms,
        round_trip_ms=[ROUND_TRIP_MS[name] + 5] * len(at_ms),
        loss_per_mille=[LOSS_PER_MILLE[name]] * len(at_ms),
        received_kbps=[2_400] * len(at_ms),
        sent_kbps=[1_400] * len(at_ms),
        freezes=[LOSS_PER_MILLE[name] // 50] * len(at_ms),
    )
