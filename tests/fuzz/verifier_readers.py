"""What the verifier reads: files of a folder that anybody may have made. It finds fault with them and never fails on them, and every
finding can be told."""

import json
from pathlib import Path

from recorder.verification.chains import parsed, read_journal, read_manifest
from recorder.verification.changed_media import written_frames
from recorder.verification.findings import Report
from recorder.verification.proof import check_proof
from recorder.verification.record import Lines, check_hearing, check_packets, check_told, check_transcript
from recorder.verification.seal_file import check_seal
from recorder.verification.sealed_lines import compare_lines, sealed_line, split_lines
from recorder.verification.stored_files import is_inside, listed_files, listed_segments
from recorder.verification.time_stamp import stamped_content
from recorder.verification.wording import LANGUAGES, sentence, verdict

HERE = Path(__file__).resolve().parent


def seal(data: bytes) -> None:
    """``seal.json``, and behind an empty line ``leaves.txt``."""
    text, _, leaves = data.partition(b"\n\n")
    report = Report()
    check_seal(report, text + b"\n", leaves, [], None)
    _tell(report)


def seal_proof(data: bytes) -> None:
    _tell(check_proof("proof.json", data, ["0" * 64], None))


def seal_lines(data: bytes) -> None:
    """Lines of every kind of file in one, as each reader sees them."""
    report = Report()
    manifest, journal = read_manifest(report, data), read_journal(report, data)
    read = [(number, parsed(row, ())) for number, row in enumerate(split_lines(data), 1)]
    lines: Lines = [(number, line) for number, line in read if line is not None]
    check_hearing(report, "journal.jsonl", journal, check_hearing(report, "manifest.jsonl", manifest, None))
    check_told(report, manifest, journal)
    check_transcript(report, lines, journal)
    check_packets(report, manifest)
    for file in listed_segments(report, manifest) + listed_files(report, lines):
        assert not is_inside(HERE, file.path) or (HERE / file.path).resolve().is_relative_to(HERE)
    rows = split_lines(data)
    compare_lines(report, "journal.jsonl", [sealed_line("journal.jsonl", row) for row in rows[1:]], rows[:-1])
    _tell(report)


def seal_stamp(data: bytes) -> None:
    content = stamped_content(data)
    assert content is None or len(content.imprint) <= len(data)


def seal_sidecar(data: bytes) -> None:
    try:
        frames = written_frames(data, 0, 1 << 20)
    except (ValueError, KeyError, TypeError):  # as its caller expects
        return
    assert len(frames) <= len(data)


def _tell(report: Report) -> None:
    for language in LANGUAGES:
        for finding in [*report.findings, *report.notices]:
            assert sentence(finding, language)
        verdict(report, language)
    json.dumps(report.as_dict())
