"""What a demonstration ends with: one object for programs, one table for people."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CaptionDelays(Part):
    """Milliseconds at a listening client; null when no caption came."""

    first_partial_p50: float | None
    """From the start of speech to the first words."""
    final_p95: float | None
    """From the end of speech to the final text."""


class WordTimeErrors(Part):
    """Word starts and ends against the truth, on the hearing clock."""

    compared: int
    spoken: int
    median: float
    max: float
    worst_line: int
    """The line of the script with the largest difference."""


class TrackCount(Part):
    """Packets of one participant's microphone or camera, over all their segments."""

    participant: str
    kind: str
    received: int
    written: int
    read_back: int


class CompositeFile(Part):
    path: str
    duration_s: float


class JournalCheck(Part):
    rows: int
    valid: bool


class HearingResult(Part):
    """One hearing, or several together."""

    participants: int
    utterances: int
    character_error_rate: float
    caption_ms: CaptionDelays
    word_time_ms: WordTimeErrors
    tracks: list[TrackCount]
    segments: int
    composite: CompositeFile | None
    journal: JournalCheck
    lost: int
    """Packets that were received or announced and are not in the archive."""
    problems: list[str]
    """What else is not as it should be, a sentence each."""

    @property
    def sound(self) -> bool:
        """Nothing was lost and nothing is wrong."""
        return self.lost == 0 and not self.problems


class HearingResults(Part):
    """Several hearings held at once: the sums, then each."""

    participants: int
    utterances: int
    character_error_rate: float
    lost: int
    hearings: list[HearingResult]

    @classmethod
    def of(cls, hearings: list[HearingResult]) -> "HearingResults":
        return cls(
            participants=sum(one.participants for one in hearings),
            utterances=sum(one.utterances for one in hearings),
            character_error_rate=max((one.character_error_rate for one in hearings), default=0.0),
            lost=sum(one.lost for one in hearings),
            hearings=hearings,
        )


def table(result: HearingResult) -> str:
    """For reading on a terminal."""
    caption, words = result.caption_ms, result.word_time_ms
    rows = [
        ("participants", str(result.participants)),
        ("utterances", str(result.utterances)),
        ("character error rate", f"{result.character_error_rate:.2%}"),
        ("first caption, median", _ms(caption.first_partial_p50)),
        ("final text, 95 %", _ms(caption.final_p95)),
        (
            "word times, median / largest",
            f"{words.median:.0f} / {words.max:.0f} ms in line {words.worst_line} ({words.compared} of {words.spoken} words)",
        ),
        ("segments", str(result.segments)),
        ("composite", f"{result.composite.duration_s:.1f} s, {result.composite.path}" if result.composite else "none"),
        ("journal", f"{result.journal.rows} rows, {'valid' if result.journal.valid else 'BROKEN'}"),
        ("packets lost", str(result.lost)),
    ]
    lines = [f"  {name:<30}{value}" for name, value in rows]
    lines.append(f"  {'track':<30}{'received':>10}{'written':>10}{'read back':>11}")
    for track in result.tracks:
        name = f"{track.participant} {track.kind}"
        lines.append(f"  {name:<30}{track.received:>10}{track.written:>10}{track.read_back:>11}")
    lines += [f"  ! {problem}" for problem in result.problems]
    return "\n".join(lines)


def _ms(value: float | None) -> str:
    return "none" if value is None else f"{value:.0f} ms"
