"""Sealing once, again, after a crash, and never over what contradicts it."""

import dataclasses
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hearing_server.sealing.anchor import AnchoredRoot
from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.sealing.errors import NothingToSeal, RecordContradicted
from hearing_server.sealing.proofs import SealedRecordings
from hearing_server.sealing.record_lines import RecordLines, journal_line, transcript_lines
from hearing_server.sealing.sealed_folder import SealedFolder
from hearing_server.sealing.transparency_log import TransparencyLog
from recorder.merkle import consistency_proof, grew_from
from recorder.verification.findings import Report
from recorder.verification.folder import verify
from recorder.verification.keys import statement_signed
from recorder.verification.proof import check_proof
from recorder.verification.seal_file import anchored
from recorder.verification.sealed_lines import canonical, read_leaves
from tests.unit.hearing_server.sealing.sealed_hearing import (
    SEALED_AT_MS,
    Journal,
    record,
    record_lines,
    seal_folder,
    spoken,
)
from tests.unit.recorder.recorder_process import HEARING


class Court:
    """A data folder with one recorded, unsealed hearing."""

    def __init__(self, data: Path) -> None:
        self.recordings = data / "recordings"
        self.keys = CourtKeys(data / "keys")
        told = record(self.recordings)
        self.record, self.journal = record_lines(told)
        self.folder = self.recordings / HEARING
        self.published = SealedRecordings(self.recordings, self.keys, TransparencyLog(data / "transparency", self.keys))

    def seal(self, now_ms: int = SEALED_AT_MS) -> dict[str, object]:
        return seal_folder(self.recordings, self.keys, self.record, now_ms).statement

    def verify(self) -> Report:
        return verify(self.folder, keys=[key.id for key in self.keys.published()])

    def add_rows(self, *types: str) -> None:
        for type in types:
            self.journal.add(type, {})
        self.record = dataclasses.replace(self.record, journal=[journal_line(row) for row in self.journal.rows])


@pytest.fixture
def court(tmp_path: Path) -> Court:
    return Court(tmp_path)


def test_a_second_seal_grows_from_the_first(court: Court) -> None:
    first = court.seal()
    court.add_rows("archive_viewed", "composite_rendered")
    utterance, original = spoken(1)
    edited = dataclasses.replace(original, revision=1, text="请原告陈述。", edited_by="clerk-1")
    court.journal.add("utterance_edited", {"utterance": "u1", "revision": 1, "text_sha256": "wrong"})
    court.add_rows()
    added = transcript_lines(utterance, [original, edited])
    court.record = dataclasses.replace(court.record, transcript=[*court.record.transcript, added[1]])
    second = court.seal(SEALED_AT_MS + 1000)
    assert (first["number"], second["number"]) == (1, 2)
    assert second["previous"] == {"leaves": first["leaves"], "root": first["root"]}
    assert isinstance(first["leaves"], int) and second["leaves"] == first["leaves"] + 4
    hashes = [line.leaf for line in read_leaves((court.folder / "leaves.txt").read_bytes())]
    roots = bytes.fromhex(str(first["root"])), bytes.fromhex(str(second["root"]))
    assert grew_from(first["leaves"], roots[0], len(hashes), roots[1], consistency_proof(hashes, first["leaves"]))
    report = court.verify()
    assert [finding.code for finding in report.findings] == [
        "text_altered"
    ]  # the journal's hash above is wrong on purpose
    assert [seal["number"] for seal in report.seals] == [1, 2]


def test_an_earlier_seal_that_is_taken_out_is_missed(court: Court) -> None:
    court.seal()
    court.add_rows("archive_viewed")
    court.seal()
    seal = json.loads((court.folder / "seal.json").read_bytes())
    del seal["seals"][0]
    (court.folder / "seal.json").write_text(canonical(seal) + "\n")
    assert [(finding.code, finding.values["number"]) for finding in court.verify().findings] == [
        ("seal_out_of_order", 1)
    ]


def test_sealing_again_without_anything_new_changes_nothing(court: Court) -> None:
    first = court.seal()
    before = {path: path.read_bytes() for path in court.folder.rglob("*") if path.is_file()}
    assert court.seal(SEALED_AT_MS + 5000) == first
    assert before == {path: path.read_bytes() for path in court.folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("written", ["journal.jsonl", "transcript.jsonl", "leaves.txt", "seal.json"])
def test_sealing_that_was_cut_off_is_done_again(court: Court, written: str) -> None:
    """Files are written in this order; whatever stands behind the last seal is written anew."""
    court.seal()
    whole = {path.name: path.read_bytes() for path in court.folder.iterdir() if path.is_file()}
    court.add_rows("archive_viewed")
    court.seal()
    later = {path.name: path.read_bytes() for path in court.folder.iterdir() if path.is_file()}
    order = ["journal.jsonl", "transcript.jsonl", "participants.jsonl", "files.jsonl", "leaves.txt", "seal.json"]
    for name in order:
        kept = order.index(name) < order.index(written)
        (court.folder / name).write_bytes((later if kept else whole)[name])
    (court.folder / (written + ".new")).write_bytes(b"half")
    court.seal()
    assert court.verify().findings == []
    assert json.loads((court.folder / "seal.json").read_bytes())["seals"][-1]["statement"]["number"] == 2


def test_nothing_is_sealed_over_a_changed_record(court: Court) -> None:
    court.seal()
    whole = court.record
    court.record = dataclasses.replace(whole, journal=[whole.journal[0].replace("server", "clerk"), *whole.journal[1:]])
    with pytest.raises(RecordContradicted, match="the journal is not what was sealed"):
        court.seal()
    court.record = dataclasses.replace(whole, transcript=whole.transcript[1:])
    with pytest.raises(RecordContradicted, match="the transcript is not what was sealed"):
        court.seal()
    court.record = whole
    manifest = court.folder / "manifest.jsonl"
    original = manifest.read_bytes()
    manifest.write_bytes(original.replace(b"recess", b"closed", 1))
    with pytest.raises(RecordContradicted, match=r"manifest.jsonl is not what was sealed"):
        court.seal()
    manifest.write_bytes(original)
    leaves = court.folder / "leaves.txt"
    leaves.write_bytes(b"".join(leaves.read_bytes().splitlines(keepends=True)[1:]))
    with pytest.raises(RecordContradicted, match=r"leaves.txt is not what was sealed"):
        court.seal()


def test_a_folder_without_a_recording_is_not_sealed(tmp_path: Path) -> None:
    folder = SealedFolder(tmp_path)
    with pytest.raises(NothingToSeal), folder.alone():
        pass


def test_keys_are_private_made_once_and_replaced(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: CourtKeys(tmp_path / "keys").current().id, range(8)))
    assert len(set(keys)) == 1
    first = CourtKeys(tmp_path / "keys").current()
    private = tmp_path / "keys" / "seal-0001.pem"
    assert private.stat().st_mode & 0o777 == 0o600
    second = CourtKeys(tmp_path / "keys").rotate()
    assert second.id != first.id and not private.exists()
    published = CourtKeys(tmp_path / "keys").published()
    assert [(key.number, key.id, key.current) for key in published] == [(1, first.id, False), (2, second.id, True)]
    assert not [name for name in (tmp_path / "keys").iterdir() if "draft" in name.name]


def test_a_seal_of_a_replaced_key_still_holds_and_the_next_has_the_new_one(court: Court) -> None:
    first = court.seal()
    court.keys.rotate()
    court.add_rows("archive_viewed")
    second = court.seal()
    assert first["key"] != second["key"]
    assert court.verify().findings == []
    newest = [court.keys.current().id]
    assert [finding.code for finding in verify(court.folder, keys=newest).findings] == ["key_foreign"]


def test_log_of_roots_only_grows(tmp_path: Path) -> None:
    keys = CourtKeys(tmp_path / "keys")
    log, key = TransparencyLog(tmp_path / "transparency", keys), keys.current().id
    receipts = [log.place(AnchoredRoot("h", number, f"{number:064x}"), number) for number in range(1, 6)]
    again = log.place(AnchoredRoot("h", 2, f"{2:064x}"), 9)
    assert (again["index"], again["entry"]) == (1, receipts[1]["entry"])
    for number, receipt in enumerate(receipts, 1):
        assert anchored(f"{number:064x}", receipt, [key]) and not anchored(f"{number + 1:064x}", receipt, [key])
        assert not anchored(f"{number:064x}", receipt, ["0" * 64])
    for earlier in range(1, 6):
        for size in range(earlier, 6):
            before, after = (bytes.fromhex(receipts[at - 1]["head"]["root"]) for at in (earlier, size))
            proof = [bytes.fromhex(step) for step in log.growth(earlier, size)]
            assert grew_from(earlier, before, size, after, proof)
    head = log.head(10)
    assert head["head"]["size"] == 5 and statement_signed(head["head"], head["signature"]) is None
    with pytest.raises(IndexError):
        log.growth(1, 6)


def test_a_rewritten_log_cannot_prove_its_growth(tmp_path: Path) -> None:
    keys = CourtKeys(tmp_path / "keys")
    log = TransparencyLog(tmp_path / "transparency", keys)
    receipts = [log.place(AnchoredRoot("h", number, f"{number:064x}"), number) for number in range(1, 4)]
    roots = tmp_path / "transparency" / "roots.jsonl"
    roots.write_text(roots.read_text().replace(f"{1:064x}", "f" * 64) + '{"cut off')
    later = log.place(AnchoredRoot("h", 4, f"{4:064x}"), 4)
    assert anchored(f"{4:064x}", later, [keys.current().id]) and "cut off" not in roots.read_text()
    before, after = (bytes.fromhex(each["head"]["root"]) for each in (receipts[2], later))
    assert not grew_from(3, before, 4, after, [bytes.fromhex(step) for step in log.growth(3, 4)])


def test_a_sentence_and_a_segment_are_proven_alone(court: Court) -> None:
    court.seal()
    shutil.copytree(court.recordings, court.recordings.with_name("elsewhere"))
    sealed = court.published
    fact = next(line["fact"] for line in manifest(court) if line["type"] == "segment_sealed")
    for proof in (sealed.prove_utterance(HEARING, "u2", None), sealed.prove_segment(HEARING, fact["sha256"])):
        assert proof is not None
        report = check_proof("proof.json", canonical(proof).encode(), [court.keys.current().id], None)
        assert not report.findings
        assert {notice.code for notice in report.notices} == {"key_trusted", "stamp_none", "proof_good"}
        changed = canonical({**proof, "text": proof["text"].replace("1", "2")}).encode()
        assert [f.code for f in check_proof("proof.json", changed, [], None).findings] == ["proof_wrong"]
        foreign = check_proof("proof.json", canonical(proof).encode(), ["0" * 64], None)
        assert [finding.code for finding in foreign.findings] == ["key_foreign"]
    assert sealed.prove_utterance(HEARING, "u2", 1) is None and sealed.prove_segment(HEARING, "0" * 64) is None
    text = (court.folder / "transcript.jsonl").read_text()
    (court.folder / "transcript.jsonl").write_text(text.replace("三万元", "一万元"))
    assert sealed.prove_utterance(HEARING, "u2", None) is None


def manifest(court: Court) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (court.folder / "manifest.jsonl").read_bytes().splitlines()]


def test_no_proof_before_the_first_seal(court: Court) -> None:
    assert court.published.seals(HEARING) == []
    assert court.published.prove_utterance(HEARING, "u1", None) is None


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"format":"hearing-proof/1","seal":3}', b'{"format":"hearing-proof/1","seal":{}}']
)
def test_what_is_no_proof_is_said_to_be_none(data: bytes) -> None:
    assert [finding.code for finding in check_proof("p.json", data, [], None).findings] == ["proof_unreadable"]


def test_lines_of_the_record_are_what_was_hashed() -> None:
    journal = Journal()
    journal.add("hearing_closed", {"reason": "争议\u2028“大”", "share": 0.5, "none": None})
    line = journal_line(journal.rows[0])
    assert RecordLines([line], [], []).journal == [canonical(json.loads(line))]
