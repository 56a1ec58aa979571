"""How well everybody's line is: what the worker measured, with what each device said of itself, kept for the hearing."""

import asyncio
from collections.abc import Mapping

from hearing_server.court.live_hearing import LiveHearing
from hearing_server.domain.line_quality import MINUTE_MS, Figures, LineKey, LineMinute, OwnFigures, View
from hearing_server.storage import line_quality
from signaling.protocol.from_client import ReportQuality
from signaling.protocol.line_figures import LinesMeasured


def hear_own_figures(live: LiveHearing, participant: str, said: ReportQuality) -> None:
    """Kept until the worker's next figures. However often a device says something, one set is kept."""
    line = live.line(participant)
    told = OwnFigures.told(
        round_trip_ms=said.round_trip_ms,
        loss=said.loss,
        received_kbps=said.received_kbps,
        sent_kbps=said.sent_kbps,
        freezes=said.freezes,
    )
    line.own = told.after(line.own)


async def keep_lines(live: LiveHearing, measured: LinesMeasured) -> None:
    """A sample of the hearing. Only people of the hearing are in it."""
    sample: dict[LineKey, Figures] = {}
    for measurement in measured.lines:
        if measurement.participant in live.people:
            for view, figures in ((View.PUBLISH, measurement.publish), (View.SUBSCRIBE, measurement.subscribe)):
                if figures is not None:
                    sample[measurement.participant, view] = tuple(figures)
    for participant in live.people:
        line = live.line(participant)
        if line.own is not None:
            sample[participant, View.OWN], line.own = line.own.figures, None
    minute_ms = measured.at_ms - measured.at_ms % MINUTE_MS
    async with live.resources.database.transaction() as transaction:
        before = await line_quality.minute_to_change(transaction, live.hearing.id, minute_ms)
        # In a thread: with two hundred people it takes long enough to be felt by whatever else this loop does.
        packed = await asyncio.to_thread(_with_sample, minute_ms, before, measured.at_ms, sample)
        await line_quality.save_minute(transaction, live.hearing.id, minute_ms, packed)


def _with_sample(minute_ms: int, before: bytes | None, at_ms: int, sample: Mapping[LineKey, Figures]) -> bytes:
    minute = LineMinute(minute_ms) if before is None else LineMinute.unpacked(minute_ms, before)
    minute.add(at_ms, sample)
    return minute.packed()
