"""When somebody was in reach of the court, when their line was lost, and when they were away: read out of the hearing's journal.

Playback needs it: where nothing of a camera was recorded, a camera that was switched off, a lost signal and an empty chair look alike.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hearing_server.domain.journal import JournalRow


class Whereabouts(StrEnum):
    """Where somebody was, as far as the court could tell."""

    HERE = "here"
    """In reach: what is not recorded was not sent."""
    LOST = "lost"
    """The line or the media broke."""
    AWAY = "away"
    """Not here yet, left, or given up."""


@dataclass(frozen=True, slots=True)
class WhereaboutsChange:
    """From ``at_ms`` on the hearing clock; before the first change somebody is away."""

    participant: str
    at_ms: int
    whereabouts: Whereabouts


TELLING = frozenset(
    {
        "session_opened",
        "media_connected",
        "line_lost",
        "media_disconnected",
        "participant_left",
        "connection_given_up",
        "session_withdrawn",
    }
)
"""Types of the journal rows that ``whereabouts`` reads; it passes over others."""

_MEANT = frozenset({"closed", "replaced", "removed"})
"""A media connection that ended so was ended on purpose."""


def whereabouts(rows: Iterable[JournalRow]) -> list[WhereaboutsChange]:
    """Changes in order of time, of each participant only those that are one."""
    told = [change for row in rows if row.type in TELLING and (change := _told(row, json.loads(row.data))) is not None]
    changes: list[WhereaboutsChange] = []
    last: dict[str, Whereabouts] = {}
    for change in sorted(told, key=lambda change: change.at_ms):
        if last.get(change.participant, Whereabouts.AWAY) is not change.whereabouts:
            changes.append(change)
            last[change.participant] = change.whereabouts
    return changes


def _told(row: JournalRow, data: dict[str, Any]) -> WhereaboutsChange | None:
    """A loss is noticed seconds after it happened; it counts from the last sign of life."""
    acting = row.actor.removeprefix("participant:") if row.actor.startswith("participant:") else ""
    person = str(data.get("participant") or acting)
    match row.type:
        case "session_opened":
            return WhereaboutsChange(person, row.at_ms, Whereabouts.HERE)
        case "line_lost":
            silent_ms = int(data.get("silent_ms") or 0)
            return WhereaboutsChange(person, row.at_ms - silent_ms, Whereabouts.LOST)
        case "media_connected" if data.get("direction") == "publish":
            return WhereaboutsChange(person, row.at_ms, Whereabouts.HERE)
        case "media_disconnected" if data.get("direction") == "publish" and data.get("cause") not in _MEANT:
            silent_ms = int(data.get("last_stun_age_ms") or 0)
            return WhereaboutsChange(person, row.at_ms - silent_ms, Whereabouts.LOST)
        case "participant_left" | "connection_given_up" | "session_withdrawn":
            return WhereaboutsChange(person, row.at_ms, Whereabouts.AWAY)
        case _:
            return None
