"""The papers that are signed: the integrity sheet (RCD-2, RCD-7) and the fault statement (RCD-4). What they say; how it looks stands in
``templates/paper.typ``."""

import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import segno

from hearing_server.domain.archive import Gap, Segment, Track
from hearing_server.domain.case import Case
from hearing_server.domain.fault import Fault
from hearing_server.domain.hearing import Hearing
from hearing_server.domain.participant import Participant
from hearing_server.domain.permissions import Act, Extent, extent
from hearing_server.domain.recording import RecordingSpan, recorded_ms
from hearing_server.domain.role import Role, title
from hearing_server.domain.seal import SealRecord
from hearing_server.exports.paper_words import (
    FAULT_CAUSES,
    GAP_CAUSES,
    LANGUAGES,
    MEASURES,
    SOURCES,
    SPAN_CAUSES,
    WORDS,
)

BEIJING = timezone(timedelta(hours=8))
Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verified:
    """The newest verification on the server."""

    at_ms: int
    findings: int
    files: int
    lines: int


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """All that the papers of one hearing say."""

    court: str
    case: Case
    hearing: Hearing
    people: Sequence[Participant]
    spans: Sequence[RecordingSpan]
    tracks: Sequence[Track]
    segments: Sequence[Segment]
    gaps: Sequence[Gap]
    faults: Sequence[Fault]
    seal: SealRecord
    verified: Verified | None
    now_ms: int


def integrity_sheet(facts: PaperFacts, language: str) -> dict[str, Any]:
    """For `typesetting.typeset`."""
    return _Paper(facts, language).sheet()


def fault_statement(facts: PaperFacts, language: str) -> dict[str, Any]:
    """For `typesetting.typeset`; only where there is something to state."""
    return _Paper(facts, language).statement()


class _Paper:
    """Composes in one language."""

    def __init__(self, facts: PaperFacts, language: str) -> None:
        self._facts = facts
        self._at = LANGUAGES.index(language)
        titles = {person.id: title(person.role, person.side, english=language == "en") for person in facts.people}
        self._names = {person.id: f"{titles[person.id]} {person.name}" for person in facts.people}
        self._who = {person.id: f"{titles[person.id]}\n{person.name}" for person in facts.people}
        """In a column of their own, so that no name is broken."""

    def sheet(self) -> dict[str, Any]:
        steps = {"kind": "steps", "items": [self._word(f"how_{number}") for number in (1, 2, 3)]}
        parts = [
            self._case(),
            self._heading("acts"),
            self._paragraph("acts_basis"),
            *self._acts(),
            self._heading("tracks"),
            self._tracks(),
            self._heading("seal"),
            *self._seal(),
            self._heading("how"),
            steps,
            self._heading("signing"),
            self._paragraph("signing_is"),
            self._signatures([person for person in self._facts.people if _signs(person)]),
        ]
        return self._whole("sheet_title", parts)

    def statement(self) -> dict[str, Any]:
        head = [self._word(name) for name in ("number", "when", "cause", "affected", "done")]
        rows = [self._fault(number, fault) for number, fault in enumerate(self._facts.faults, 1)]
        bench = [person for person in self._facts.people if person.role in (Role.PRESIDING_JUDGE, Role.CLERK)]
        parts = [
            self._case(),
            self._paragraph("statement_basis"),
            self._heading("faults"),
            _listing(head, [1.2, 3.7, 4, 4.8, 4], rows),
            {"kind": "room", "text": self._word("opinion"), "lines": 3},
            self._heading("statement_signing"),
            self._signatures(bench),
        ]
        return self._whole("statement_title", parts)

    def _whole(self, name: str, parts: list[Part]) -> dict[str, Any]:
        facts = self._facts
        foot = {"case_number": facts.case.case_number, "hearing": facts.hearing.id, "at": self._time(facts.now_ms)}
        return {
            "title": self._word(name),
            "court": facts.court,
            "language": ("zh", "en")[self._at],
            "region": ("cn", "us")[self._at],
            "made": _date(facts.now_ms),
            "page": self._word("page"),
            "foot": self._word("foot", **foot),
            "parts": parts,
        }

    def _case(self) -> Part:
        case, hearing, facts = self._facts.case, self._facts.hearing, self._facts
        rows = [
            ("case_number", case.case_number),
            ("case_title", case.title),
            ("courtroom", hearing.courtroom),
            ("hearing", hearing.id),
            ("opened", "" if hearing.opened_at_ms is None else self._time(hearing.opened_at_ms)),
            ("closed", "" if hearing.closed_at_ms is None else self._time(hearing.closed_at_ms)),
            ("recorded", self._length(recorded_ms(facts.spans, facts.now_ms))),
            ("zone", self._word("zone_is")),
        ]
        return {"kind": "facts", "rows": [[self._word(name), value] for name, value in rows if value]}

    def _acts(self) -> list[Part]:
        spans, faults = self._facts.spans, self._facts.faults
        told = self._word("some_faults", count=len(faults)) if faults else self._word("no_faults")
        if not spans:
            return [self._paragraph("no_spans")]
        head = [self._word(name) for name in ("number", "start", "start_cause", "stop", "stop_cause", "length")]
        rows = [self._span(number, span) for number, span in enumerate(spans, 1)]
        return [_listing(head, [1.3, 4, 2.9, 4, 3.6, 2.8], rows), {"kind": "paragraph", "text": told}]

    def _span(self, number: int, span: RecordingSpan) -> list[str]:
        ended = span.end_ms is not None
        return [
            str(number),
            self._time(span.start_ms),
            self._of(SPAN_CAUSES, span.start_cause),
            self._time(span.end_ms) if span.end_ms is not None else self._word("unknown"),
            self._of(SPAN_CAUSES, span.end_cause or "") if ended else self._word("unknown"),
            self._length(span.end_ms - span.start_ms) if span.end_ms is not None else "",
        ]

    def _tracks(self) -> Part:
        if not self._facts.tracks:
            return self._paragraph("no_tracks")
        segments: dict[tuple[str, str], list[Segment]] = defaultdict(list)
        gaps: dict[tuple[str, str], list[Gap]] = defaultdict(list)
        for segment in self._facts.segments:
            segments[segment.participant_id, segment.track].append(segment)
        for gap in self._facts.gaps:
            gaps[gap.participant_id, gap.track].append(gap)
        head = [self._word(name) for name in ("who", "what", "from_until", "segments", "packets", "gaps")]
        rows = [
            self._track(track, segments[track.participant_id, track.id], gaps[track.participant_id, track.id])
            for track in self._facts.tracks
        ]
        return _listing(head, [3.8, 2.1, 2.6, 1.4, 4.2, 4.3], rows)

    def _track(self, track: Track, segments: list[Segment], gaps: list[Gap]) -> list[str]:
        counts = [
            sum(segment.packets_received for segment in segments),
            sum(segment.packets_written for segment in segments),
            sum(segment.packets_read_back for segment in segments),
        ]
        end_ms = track.ended_at_ms or max((segment.end_ms for segment in segments), default=None)
        end = self._clock(end_ms) if end_ms is not None else self._word("unknown")
        return [
            self._who.get(track.participant_id, track.participant_id),
            f"{self._of(SOURCES, track.source)}\n{track.codec}",
            f"{self._clock(track.published_at_ms)} –\n{end}",
            str(len(segments)),
            " / ".join(f"{count:,}" for count in counts),
            self._gaps(gaps),
        ]

    def _gaps(self, gaps: list[Gap]) -> str:
        lasted: dict[str, list[int]] = defaultdict(list)
        for gap in gaps:
            lasted[gap.cause].append(max(0, gap.end_ms - gap.start_ms))
        told = [
            self._word("gap", cause=self._of(GAP_CAUSES, cause), count=len(each), length=self._seconds(sum(each)))
            for cause, each in lasted.items()
        ]
        return "\n".join(told) or self._word("no_gaps")

    def _seal(self) -> list[Part]:
        seal = self._facts.seal
        stamp = self._word("stamp_none")
        if seal.stamped_at_ms is not None:
            stamp = self._word("stamp_is", at=self._time(seal.stamped_at_ms), authority=seal.authority or "")
        sealed = self._word("sealed_is", at=self._time(seal.sealed_at_ms), number=seal.number, leaves=seal.leaves)
        rows = [("sealed", sealed), ("stamp", stamp), ("check", self._check())]
        return [
            {
                "kind": "root",
                "rows": [
                    [self._word("root"), _in_groups(seal.root)],
                    [self._word("key"), _in_groups(seal.key_id)],
                ],
                "qr": _qr(f"hearing-seal/1 {seal.hearing_id} {seal.number} {seal.root}"),
                "alt": self._word("qr"),
            },
            {"kind": "facts", "rows": [[self._word(name), value] for name, value in rows]},
        ]

    def _check(self) -> str:
        verified = self._facts.verified
        if verified is None:
            return self._word("check_none")
        at = self._time(verified.at_ms)
        if verified.findings:
            return self._word("check_broken", at=at, count=verified.findings)
        return self._word("check_whole", at=at, files=verified.files, lines=verified.lines)

    def _fault(self, number: int, fault: Fault) -> list[str]:
        start = self._time(fault.start_ms)
        if fault.end_ms is None:
            when = self._word("unended", start=start)
        elif fault.end_ms == fault.start_ms:
            when = self._word("at", start=start)
        else:
            length = self._seconds(fault.end_ms - fault.start_ms)
            end = self._clock(fault.end_ms)
            when = self._word(
                "until", day=self._day(fault.start_ms), start=self._clock(fault.start_ms), end=end, length=length
            )
        done = [self._pick(MEASURES[each.measure]).format(at=self._clock(each.at_ms)) for each in fault.done]
        lost = [self._word("packets_lost", count=f"{fault.packets:,}")] if fault.packets else []
        return [
            str(number),
            when,
            self._pick(FAULT_CAUSES[fault.cause]),
            "\n".join([*self._affected(fault), *lost]),
            "\n".join(done) or self._word("nothing_done"),
        ]

    def _affected(self, fault: Fault) -> list[str]:
        """One line a person: a line that was lost is lost for sound and picture."""
        sources = {(track.participant_id, track.id): track.source for track in self._facts.tracks}
        of_person: dict[str, list[str]] = defaultdict(list)
        for participant, track in fault.tracks:
            source = self._of(SOURCES, sources.get((participant, track), ""))
            if source not in of_person[participant]:
                of_person[participant].append(source)
        separator = ("、", ", ")[self._at]
        told = [
            f"{self._names.get(person, person)}：{separator.join(filter(None, each))}".rstrip("：")
            for person, each in of_person.items()
        ]
        return [line.replace("：", ": ") if self._at else line for line in told] or [self._word("everything")]

    def _signatures(self, people: list[Participant]) -> Part:
        english = self._at == 1
        rows = [[title(person.role, person.side, english=english), person.name] for person in people]
        return {
            "kind": "signatures",
            "rows": rows or [[self._word("signing_blank"), ""]],
            "signature": self._word("signature"),
            "date": self._word("date"),
        }

    def _heading(self, name: str) -> Part:
        return {"kind": "heading", "text": self._word(name)}

    def _paragraph(self, name: str) -> Part:
        return {"kind": "paragraph", "text": self._word(name)}

    def _word(self, name: str, **values: object) -> str:
        text = self._pick(WORDS[name])
        return text.format(**values) if values else text

    def _pick(self, both: tuple[str, str]) -> str:
        return both[self._at]

    def _of(self, table: dict[str, tuple[str, str]], value: str) -> str:
        return self._pick(table[value]) if value in table else value

    def _time(self, at_ms: int) -> str:
        return f"{self._day(at_ms)} {self._clock(at_ms)}"

    def _day(self, at_ms: int) -> str:
        at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(BEIJING)
        return f"{at:%Y-%m-%d}" if self._at == 1 else f"{at.year}年{at.month}月{at.day}日"

    def _clock(self, at_ms: int) -> str:
        return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(BEIJING):%H:%M:%S}"

    def _length(self, ms: int) -> str:
        hours, rest = divmod(round(ms / 1000), 3600)
        minutes, seconds = divmod(rest, 60)
        if self._at == 1:
            return f"{hours} h {minutes:02d} min {seconds:02d} s" if hours else f"{minutes} min {seconds:02d} s"
        return f"{hours}小时{minutes:02d}分{seconds:02d}秒" if hours else f"{minutes}分{seconds:02d}秒"

    def _seconds(self, ms: int) -> str:
        if ms >= 60_000:
            return self._length(ms)
        return f"{ms / 1000:.1f}" + ("秒", "\N{NO-BREAK SPACE}s")[self._at]


def _signs(person: Participant) -> bool:
    """Whoever signs the whole transcript signs for the recording too."""
    return extent(person.role, Act.SIGN_TRANSCRIPT) is Extent.YES


def _date(at_ms: int) -> dict[str, int]:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return {name: getattr(at, name) for name in ("year", "month", "day", "hour", "minute", "second")}


def _listing(head: list[str], widths: list[float], rows: list[list[str]]) -> Part:
    return {"kind": "listing", "head": head, "widths": widths, "rows": rows}


def _in_groups(hexadecimal: str) -> str:
    """Two lines of groups of eight digits, so that two people can compare them aloud."""
    groups = [hexadecimal[at : at + 8] for at in range(0, len(hexadecimal), 8)]
    return "\n".join(" ".join(groups[at : at + 4]) for at in range(0, len(groups), 4))


def _qr(text: str) -> str:
    """SVG; error correction that survives a fold or a stamp across it."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="svg", border=1, xmldecl=False, svgclass=None)
    return picture.getvalue().decode()
