"""What a verification finds. A finding says what and where by code and values; `wording` makes a sentence of it."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import Any

MOST_OF_A_KIND = 20
"""Of the same kind in one file; what follows is only counted, so that a rewritten file does not drown the rest."""


@dataclass(frozen=True)
class Finding:
    """``line`` counts from 1; ``values`` fill the sentence."""

    code: str
    file: str = ""
    line: int | None = None
    field: str | None = None
    values: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass
class Report:
    """``findings`` speak against the recording; ``notices`` say what was or was not looked at."""

    findings: list[Finding] = dataclasses.field(default_factory=list)
    notices: list[Finding] = dataclasses.field(default_factory=list)
    seals: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    """Per seal: number, root, leaves, sealed_at_ms, key; once its signature holds also the stamp and, unless another key
    was given, hearing, case_number, court."""
    files: int = 0
    """Segments and sidecars that were read."""
    lines: int = 0
    """Lines that were compared with the seal."""

    def find(self, code: str, file: str = "", line: int | None = None, field: str | None = None, **values: Any) -> None:
        self.findings.append(Finding(code, file, line, field, values))

    def notice(self, code: str, file: str = "", **values: Any) -> None:
        self.notices.append(Finding(code, file, values=values))

    def blames(self, file: str) -> bool:
        return any(finding.file == file for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": "hearing-verification/1",
            "findings": [dataclasses.asdict(finding) for finding in in_short(self.findings)],
            "notices": [dataclasses.asdict(notice) for notice in self.notices],
            "seals": self.seals,
            "files": self.files,
            "lines": self.lines,
        }


def in_short(findings: list[Finding]) -> list[Finding]:
    """At most `MOST_OF_A_KIND` of each kind and file, then one that tells how many more there are."""
    counts: dict[tuple[str, str], int] = {}
    kept = []
    for finding in findings:
        kind = (finding.code, finding.file) if finding.line is not None else (finding.code, "")
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= MOST_OF_A_KIND:
            kept.append(finding)
    for (code, file), count in counts.items():
        if count > MOST_OF_A_KIND:
            kept.append(Finding("and_more", file, values={"kind": code, "count": count - MOST_OF_A_KIND}))
    return kept


def is_moment(at_ms: Any) -> bool:
    """Whether a number that stands in a file is a time between 1970 and 9999."""
    return isinstance(at_ms, (int, float)) and 0 <= at_ms < 253_402_300_800_000


def iso_time(at_ms: float) -> str:
    """UTC to the millisecond, as ``2029-03-01T02:03:04.567Z``. Raises `ValueError`."""
    if not is_moment(at_ms):
        raise ValueError("no time")
    whole_s, rest_ms = divmod(round(at_ms), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole_s)) + f".{rest_ms:03d}Z"
