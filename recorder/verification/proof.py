"""A proof that one line, such as a sentence of the transcript, stood in the sealed record: checked without the rest of it."""

from __future__ import annotations

import json
from typing import Any

from recorder.merkle import holds_leaf, leaf_hash
from recorder.verification.findings import Report, iso_time
from recorder.verification.keys import decoded, statement_signed
from recorder.verification.time_stamp import check_stamps

PROOF_FORMAT = "hearing-proof/1"


def check_proof(name: str, data: bytes, keys: list[str], authority: str | None) -> Report:
    """``name`` is what the findings call it."""
    report = Report()
    try:
        proof = json.loads(data)
        if proof["format"] != PROOF_FORMAT:
            raise ValueError
        statement: dict[str, Any] = dict(proof["seal"]["statement"])
        _check(report, name, proof, statement, keys, authority)
    except (ValueError, KeyError, TypeError, RecursionError):
        report.find("proof_unreadable", name)
    return report


def _check(
    report: Report, name: str, proof: dict[str, Any], statement: dict[str, Any], keys: list[str], authority: str | None
) -> None:
    seal, number, text = proof["seal"], statement["number"], proof["text"]
    wrong = statement_signed(statement, seal["signature"])
    if wrong is not None:
        report.find(wrong, name, number=number, key=str(statement.get("key")))
        return
    if keys and statement["key"] not in keys:
        report.find("key_foreign", name, field="key", number=number, key=statement["key"])
    else:
        report.notice("key_trusted" if keys else "key_unchecked", name, number=number, key=statement["key"])
    check_stamps(report, number, decoded(seal["signature"]), seal.get("stamps"), authority)
    leaf = leaf_hash(f"{proof['file']}\n{text}".encode())
    path = [bytes.fromhex(step) for step in proof["path"]]
    if not holds_leaf(bytes.fromhex(statement["root"]), statement["leaves"], proof["index"], leaf, path):
        report.find("proof_wrong", name)
        return
    told = {"number": number, "at": iso_time(statement["sealed_at_ms"]), "hearing": statement["hearing"], "text": text}
    report.notice("proof_good", name, of=proof["file"], **told)
