"""A small hearing that was really recorded, with its journal and transcript, sealed by the court's own code."""

import time
from pathlib import Path
from typing import Any

from hearing_server.domain.journal import JournalRow, seal
from hearing_server.domain.participant import Participant
from hearing_server.domain.role import Role
from hearing_server.domain.transcript import Revision, Utterance, Word, text_sha256
from hearing_server.sealing.anchor import AnchoredRoot
from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.sealing.record_lines import RecordLines, journal_line, participant_line, transcript_lines
from hearing_server.sealing.sealed_folder import Seal, SealedFolder, Subject
from hearing_server.sealing.transparency_log import TransparencyLog
from tests.unit.recorder.recorder_process import HEARING, RecorderProcess, closed, microphone, started, stopped
from tests.unit.recorder.sent_media import Sender, opus_payloads, tone

SUBJECT = Subject(HEARING, "（2029）示01民初1号", "示范人民法院")
SEALED_AT_MS = 1_900_000_100_000
ENVELOPE = {"type", "fact", "room", "hearing", "at_ms"}
SENTENCES = ("现在开庭。", "请原告陈述诉讼请求。", "请求判令被告支付货款三万元。")


def record(recordings: Path, skipped: int = 0) -> list[dict[str, Any]]:
    """Two people, a recess between; what the recorder told. Recordings that skip other packets at their beginning differ."""
    born_us = time.monotonic_ns() // 1000
    voices = Sender(0x21, 111, 48000, born_us), Sender(0x22, 111, 48000, born_us)
    packets = [voice.packets(tone(3), opus_payloads)[skipped:] for voice in voices]
    with RecorderProcess(recordings) as recorder:
        for part, cause in ((slice(0, 70), "recess"), (slice(90, None), "closed")):
            recorder.tell(started(born_us))
            for number, (voice, person) in enumerate(zip(voices, ("judge-1", "plaintiff-1"), strict=True), 1):
                recorder.tell(microphone(number, voice, person))
                recorder.packets(number, packets[number - 1][part])
                recorder.tell(closed(number, len(packets[number - 1][part])))
            recorder.tell(stopped(cause))
            recorder.until_type("recording_stopped")
        recorder.finish()
        return [message for message in recorder.said if "fact" in message]


class Journal:
    """Rows as the front would have committed them."""

    def __init__(self, hearing: str = HEARING) -> None:
        self.hearing = hearing
        self.rows: list[JournalRow] = []

    def add(self, type: str, data: dict[str, object], at_ms: int = 1_900_000_000_000, fact: str | None = None) -> None:
        previous = self.rows[-1] if self.rows else None
        self.rows.append(seal(previous, self.hearing, at_ms, type, "worker" if fact else "server", data, fact))

    def tell(self, told: list[dict[str, Any]]) -> None:
        for fact in told:
            data = {name: value for name, value in fact.items() if name not in ENVELOPE}
            self.add(fact["type"], data, fact["at_ms"], fact["fact"])


def spoken(number: int) -> tuple[Utterance, Revision]:
    text, start_ms = SENTENCES[number], 1_900_000_000_000 + number * 1000
    word = Word(text[:2], start_ms, start_ms + 400, 0.925)
    utterance = Utterance(
        f"u{number}", HEARING, "judge-1", text, (word,), text[:2], start_ms, start_ms + 900, "court-demo-zh"
    )
    return utterance, Revision(utterance.id, 0, "judge-1", text, None, start_ms + 1000)


def record_lines(told: list[dict[str, Any]]) -> tuple[RecordLines, Journal]:
    journal = Journal()
    journal.add("hearing_opened", {})
    journal.tell(told)
    transcript = []
    for number in range(len(SENTENCES)):
        utterance, original = spoken(number)
        data = {"utterance": utterance.id, "text_sha256": text_sha256(utterance.text), "words": 1}
        journal.add("utterance_recognised", data, original.edited_at_ms, f"utterance:{number}")
        transcript += transcript_lines(utterance, [original])
    journal.add("hearing_closed", {"reason": ""})
    people = [
        Participant("judge-1", HEARING, 1, "王法官", Role.PRESIDING_JUDGE),
        Participant("plaintiff-1", HEARING, 2, "张三", Role.PARTY, "plaintiff"),
    ]
    return RecordLines(
        [journal_line(row) for row in journal.rows], transcript, [participant_line(p) for p in people]
    ), journal


def seal_folder(recordings: Path, keys: CourtKeys, record: RecordLines, now_ms: int = SEALED_AT_MS) -> Seal:
    """With a receipt of the court's log, but without a stamp."""
    folder = SealedFolder(recordings / HEARING)
    with folder.alone():
        sealed = folder.seal(SUBJECT, record, keys.current(), now_ms)
        log = TransparencyLog(recordings.parent / "transparency", keys)
        if not folder.entries()[sealed.number - 1]["anchors"]:
            folder.add("anchors", sealed.number, log.place(AnchoredRoot(HEARING, sealed.number, sealed.root), now_ms))
    return sealed
