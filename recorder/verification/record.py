"""What manifest, journal and transcript say of each other."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any

from recorder.verification.chains import JOURNAL, MANIFEST
from recorder.verification.findings import Report

TRANSCRIPT = "transcript.jsonl"
PARTICIPANTS = "participants.jsonl"
Lines = list[tuple[int, dict[str, Any]]]
"""Objects of a file's lines, each with its number."""
EXPLAINING = ("undecodable", "paused")
"""Causes of gaps that tell of packets that came and are not in the files."""


def check_hearing(report: Report, file: str, lines: Lines, hearing: str | None) -> str | None:
    """Whether every line is of one hearing: ``hearing``, or the one of the first line. Returns it."""
    for number, line in lines:
        fact = line.get("fact")
        told = line.get("chain") if file == JOURNAL else fact.get("hearing") if isinstance(fact, dict) else None
        if told is None:
            continue
        hearing = hearing or str(told)
        if told != hearing:
            report.find("foreign_line", file, number, hearing=str(told), expected=hearing)
    return hearing


def check_packets(report: Report, manifest: Lines) -> None:
    """Received = written = read back, or a gap says how many and why."""
    explained: dict[str, int] = defaultdict(int)
    missing: dict[str, int] = defaultdict(int)
    for number, line in manifest:
        fact = line["fact"] or {}
        try:
            if line["type"] == "recording_gap" and fact["cause"] in EXPLAINING:
                explained[fact["track"]] += fact["packets"]
            elif line["type"] == "segment_sealed":
                missing[fact["track"]] += fact["packets_received"] - fact["packets_read_back"]
        except (KeyError, TypeError):
            report.find("line_unreadable", MANIFEST, number)
    for track, packets in missing.items():
        if packets > explained[track]:
            report.find("packets_unexplained", MANIFEST, track=track, packets=packets, explained=explained[track])


def check_told(report: Report, manifest: Lines, journal: Lines) -> None:
    """What the recorder told stands in the journal, with the same hash of each segment; the journal tells of no other segments."""
    told = {row["fact"]: (number, row) for number, row in journal if row["fact"] is not None}
    written = set()
    for number, line in manifest:
        fact = line["fact"]
        if not isinstance(fact, dict) or "fact" not in fact:
            continue
        written.add(fact["fact"])
        if fact["fact"] not in told:
            report.find("fact_untold", MANIFEST, number, fact=fact["fact"])
            continue
        row_number, row = told[fact["fact"]]
        if row["data"].get("sha256") != fact.get("sha256"):
            path = str(fact.get("path"))
            report.find("told_otherwise", MANIFEST, number, "fact.sha256", path=path, row=row_number)
    for number, row in journal:
        if row["type"] == "segment_sealed" and row["fact"] not in written:
            report.find("fact_unwritten", JOURNAL, number, fact=str(row["fact"]))


def check_transcript(report: Report, transcript: Lines, journal: Lines) -> None:
    """Each version of each utterance has the text whose hash was journalled when it was recognised or edited."""
    recognised: dict[str, str] = {}
    edited: dict[tuple[str, str], str] = {}
    for _, row in journal:
        data = row["data"]
        if row["type"] == "utterance_recognised":
            recognised[str(data.get("utterance"))] = str(data.get("text_sha256"))
        elif row["type"] == "utterance_edited":
            edited[str(data.get("utterance")), str(data.get("revision"))] = str(data.get("text_sha256"))
    hashes = set(recognised.values())
    for number, line in transcript:
        text, revision = line.get("text"), line.get("revision")
        if not isinstance(text, str) or not isinstance(revision, int):
            report.find("line_unreadable", TRANSCRIPT, number)
            continue
        utterance, digest = str(line.get("utterance")), hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        journalled = edited.get((utterance, str(revision))) if revision else recognised.get(utterance)
        if journalled is None and not revision and digest in hashes:
            continue  # an utterance whose id was taken already was given another
        if journalled is None:
            report.find("utterance_unknown", TRANSCRIPT, number, utterance=utterance, revision=revision)
        elif journalled != digest:
            report.find("text_altered", TRANSCRIPT, number, "text", utterance=utterance, revision=revision)


def name_people(report: Report, participants: Lines) -> None:
    """Findings about somebody's recording say whose it is, unless the list of names itself is in doubt."""
    if report.blames(PARTICIPANTS):
        return
    names = {str(line.get("participant")): str(line.get("name")) for _, line in participants}
    for finding in report.findings:
        parts = finding.file.split("/")
        if parts[0] == "tracks" and len(parts) > 2 and parts[1] in names:
            finding.values["person"] = names[parts[1]]
