"""The papers that are signed: what they say, that it can be searched, and that nothing in a name becomes markup."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hearing_server.domain.archive import Gap, Segment, Track
from hearing_server.domain.case import Case, Procedure
from hearing_server.domain.export import ExportError
from hearing_server.domain.fault import Done, FaultCause, Measure, faults_of
from hearing_server.domain.hearing import Hearing, HearingStatus, Openness
from hearing_server.domain.participant import Participant
from hearing_server.domain.recording import RecordingSpan
from hearing_server.domain.role import Role
from hearing_server.domain.seal import SealRecord
from hearing_server.exports.errors import ExportFailed
from hearing_server.exports.paper_words import FAULT_CAUSES, LANGUAGES, MEASURES, WORDS
from hearing_server.exports.papers import PaperFacts, Verified, fault_statement, integrity_sheet
from hearing_server.exports.typesetting import typeset

BEGAN_MS = 1_900_000_000_000  # 2030-03-18 01:46:40 in Beijing
ROOT, KEY = "fed22170" * 8, "2c97b7ad" * 8
PEOPLE = (
    ("judge", "王法官", Role.PRESIDING_JUDGE, ""),
    ("clerk", "赵书记", Role.CLERK, ""),
    ("plaintiff", "示例科技（上海）有限公司", Role.PARTY, "plaintiff"),
    ("witness", "证人甲", Role.WITNESS, ""),
)


def facts() -> PaperFacts:
    people = [Participant(each, "h1", seat, name, role, side) for seat, (each, name, role, side) in enumerate(PEOPLE)]
    spans = [
        RecordingSpan(BEGAN_MS, "opened", BEGAN_MS + 600_000, "recess"),
        RecordingSpan(BEGAN_MS + 900_000, "resumed", BEGAN_MS + 1_800_000, "closed"),
    ]
    track = Track("m1", "h1", "judge", "microphone", "opus", BEGAN_MS, BEGAN_MS + 1_800_000, 90_000, 75)
    path, nothing = "tracks/judge/m1/00000.mkv", "0" * 64
    whole = BEGAN_MS, BEGAN_MS + 9_990
    segment = Segment("s", "h1", "judge", "m1", "microphone", path, *whole, 1, nothing, 498, 497, 496, False)
    gaps = [
        Gap("g1", "h1", "judge", "m1", BEGAN_MS + 1_000, BEGAN_MS + 1_120, 6, "network_loss"),
        Gap("g2", "h1", "judge", "m1", BEGAN_MS + 60_000, BEGAN_MS + 61_500, 75, "recorder_lost"),
    ]
    done = [Done(Measure.RECORDER_RESTORED, BEGAN_MS + 61_400)]
    return PaperFacts(
        court="示范人民法院",
        case=Case("c1", "（2029）示01民初1号", "买卖合同纠纷", Procedure.CIVIL, None, 1),
        hearing=Hearing(
            "h1",
            "c1",
            "civil",
            Openness.PUBLIC,
            "第一法庭",
            BEGAN_MS,
            HearingStatus.CLOSED,
            opened_at_ms=BEGAN_MS,
            closed_at_ms=BEGAN_MS + 1_800_000,
        ),
        people=people,
        spans=spans,
        tracks=[track],
        segments=[segment],
        gaps=gaps,
        faults=faults_of(spans, gaps, [segment], done),
        seal=SealRecord("h1", 2, ROOT, 321, 300, KEY, BEGAN_MS + 1_900_000),
        verified=Verified(BEGAN_MS + 2_000_000, 0, 12, 321),
        now_ms=BEGAN_MS + 3_000_000,
    )


def text_of(pdf: bytes, folder: Path) -> str:
    """As a reader's search sees it, without line breaks."""
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    answer = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True)
    return "".join(answer.stdout.split())


needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")


def said(paper: dict[str, Any]) -> str:
    return "".join(str(paper).split())


@needs_pdftotext
def test_sheet_can_be_searched_in_chinese(tmp_path: Path) -> None:
    pdf = typeset(integrity_sheet(facts(), "zh-CN"))
    text = text_of(pdf, tmp_path)
    for words in (
        "庭审录音录像完整性确认单",
        "（2029）示01民初1号",
        "2030年3月18日01:46:40宣布开庭2030年3月18日01:56:40休庭10分00秒",
        "录制期间发生1起故障",
        "498/497/496",
        "网络丢包1处，0.1秒",
        "录制程序中断1处，1.5秒",
        ROOT,
        KEY,
        "全部一致：12个文件、321行记录",
        "原告示例科技（上海）有限公司",
    ):
        assert words in text, words
    assert pdf.startswith(b"%PDF-1.7") and len(pdf) < 300_000


@needs_pdftotext
def test_statement_names_fault_tracks_and_what_was_done(tmp_path: Path) -> None:
    text = text_of(typeset(fault_statement(facts(), "en")), tmp_path)
    for words in ("StatementofRecordingFaults", "01:47:40–01:47:41(1.5s)", "Presidingjudge王法官:sound"):
        assert words in text, words
    assert "75packetsmissing" in text and "01:47:41recorderrestartedbyitself" in text


def test_sheet_is_signed_by_whoever_signs_the_whole_transcript() -> None:
    (signatures,) = [part for part in integrity_sheet(facts(), "en")["parts"] if part["kind"] == "signatures"]
    assert [who for who, _ in signatures["rows"]] == ["Presiding judge", "Clerk", "Plaintiff"]
    (bench,) = [part for part in fault_statement(facts(), "en")["parts"] if part["kind"] == "signatures"]
    assert [who for who, _ in bench["rows"]] == ["Presiding judge", "Clerk"]


def test_sheet_without_faults_stamp_and_verification_says_so() -> None:
    quiet = said(integrity_sheet(replace(facts(), faults=[], gaps=[], verified=None), "zh-CN"))
    assert "未发现超出一般网络丢包的缺失" in quiet and "尚未校验" in quiet and "'无'" in quiet
    broken = said(integrity_sheet(replace(facts(), verified=Verified(BEGAN_MS, 3, 12, 321)), "zh-CN"))
    assert "发现3处问题" in broken


@needs_pdftotext
def test_names_are_text_and_never_markup(tmp_path: Path) -> None:
    case = replace(facts().case, title='#import "/etc/passwd" *x* $y$ <a> \\ @b _c_ `d`')
    text = text_of(typeset(integrity_sheet(replace(facts(), case=case), "zh-CN")), tmp_path)
    assert '#import"/etc/passwd"*x*$y$<a>\\@b_c_`d`' in text


def test_hundred_tracks_and_forty_people_fill_pages(tmp_path: Path) -> None:
    one = facts()
    people = [replace(one.people[2], id=f"p{number}", name=f"当事人{number}") for number in range(40)]
    tracks = [replace(one.tracks[0], id=f"t{number}", participant_id=f"p{number % 40}") for number in range(100)]
    assert typeset(integrity_sheet(replace(one, people=people, tracks=tracks), "zh-CN")).startswith(b"%PDF")


def test_without_a_chinese_font_the_code_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fonts = tmp_path / "fonts.conf"
    cache = tmp_path / "cache"
    fonts.write_text(f"<fontconfig><dir>{tmp_path}</dir><cachedir>{cache}</cachedir></fontconfig>", encoding="utf-8")
    monkeypatch.setenv("FONTCONFIG_FILE", str(fonts))
    with pytest.raises(ExportFailed) as failure:
        typeset(integrity_sheet(facts(), "zh-CN"))
    assert failure.value.code is ExportError.FONT_MISSING


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_and_cause_has_both_languages(language: str) -> None:
    at = LANGUAGES.index(language)
    for table in (WORDS, FAULT_CAUSES, MEASURES):
        assert all(both[at] for both in table.values())
    assert set(FAULT_CAUSES) == set(FaultCause) and set(MEASURES) == set(Measure)
