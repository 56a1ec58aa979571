"""Kept minutes of the lines as one body, participant by participant."""

from collections.abc import Iterable

from hearing_server.domain.line_quality import MEASURED, OWN, Figures, LineKey, LineMinute, View
from hearing_server.web.line_models import LineQuality, MeasuredHistory, OwnHistory


def line_quality(minutes: Iterable[LineMinute], after_ms: int) -> LineQuality:
    """Samples after ``after_ms``."""
    samples: dict[LineKey, list[tuple[int, Figures]]] = {}
    last_ms = after_ms
    for minute in minutes:
        for key, line in minute.lines.items():
            kept = [(at_ms, each) for at_ms, each in zip(minute.at_ms, line, strict=True) if each and at_ms > after_ms]
            samples.setdefault(key, []).extend(kept)
        last_ms = max([last_ms, *minute.at_ms])
    there = sorted((key, values) for key, values in samples.items() if values)
    return LineQuality(
        measured=[
            MeasuredHistory.model_validate({"direction": view.value, **_columns(participant, MEASURED, values)})
            for (participant, view), values in there
            if view is not View.OWN
        ],
        own=[
            OwnHistory.model_validate(_columns(participant, OWN, values))
            for (participant, view), values in there
            if view is View.OWN
        ],
        last_ms=last_ms,
    )


def _columns(participant: str, names: tuple[str, ...], values: list[tuple[int, Figures]]) -> dict[str, object]:
    columns = zip(*(figures for _, figures in values), strict=True)
    return {
        "participant": participant,
        "at_ms": [at_ms for at_ms, _ in values],
        **{name: list(column) for name, column in zip(names, columns, strict=True)},
    }
