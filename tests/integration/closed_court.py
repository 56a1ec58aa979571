"""A closed hearing with a real recording, and the jobs that seal it."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from hearing_server.domain.hearing import HearingStatus
from hearing_server.domain.job import SLOW, JobKind
from hearing_server.domain.transcript import text_sha256
from hearing_server.jobs.__main__ import Folders, SealingTerms, work_of
from hearing_server.jobs.runner import JobRunner
from hearing_server.jobs.runner import now_ms as real_ms
from hearing_server.storage import journal, utterances
from hearing_server.storage.jobs import JobDesk, queue
from recorder.manifest import line_hash
from tests.integration.http_court import HttpCourt, Visitor, open_office
from tests.unit.hearing_server.sealing.sealed_hearing import ENVELOPE, SENTENCES, record, spoken
from tests.unit.recorder.recorder_process import HEARING

UNSTAMPED = SealingTerms("示范人民法院")


@dataclass
class ClosedCourt:
    """A closed hearing with a real recording under its id, and the work that is done in the background."""

    court: HttpCourt
    folder: Path
    clerk: Visitor
    hearing: str
    judge: dict[str, str]
    terms: SealingTerms

    def path(self, rest: str = "") -> str:
        return f"/api/hearings/{self.hearing}/seal{rest}"

    @property
    def recording(self) -> Path:
        return self.court.recordings / self.hearing

    async def work(self) -> None:
        """Every quick job that is waiting."""
        desk = JobDesk(self.court.office.database)
        work = work_of(self.court.office.database, desk, Folders.below(self.folder), self.terms)
        runner = JobRunner(desk, {kind: act for kind, act in work.items() if kind not in SLOW})
        while await runner.do_next():
            pass

    async def ask(self) -> None:
        async with self.court.office.database.transaction() as transaction:
            await queue(transaction, f"job-{real_ms()}", JobKind.SEAL, self.hearing, real_ms())

    async def standing(self) -> Any:
        return await self.clerk.must("GET", self.path())


@asynccontextmanager
async def closed_court(
    folder: Path, terms: SealingTerms = UNSTAMPED, client: Path | None = None
) -> AsyncIterator[ClosedCourt]:
    told = await asyncio.to_thread(record, folder / "recordings")
    async with open_office(folder, client=client) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        judge = await court.seat(clerk, hearing, "王法官", "presiding_judge")
        token = await court.link(clerk, hearing, judge)
        seat = await clerk.must("POST", "/api/join", {"token": token})
        here = ClosedCourt(court, folder, clerk, hearing, {"Authorization": f"Bearer {seat['session_token']}"}, terms)
        await asyncio.to_thread(take_over, court.recordings, hearing)
        async with court.office.database.transaction() as transaction:
            for fact in told:
                data = {name: value for name, value in fact.items() if name not in ENVELOPE}
                name = renamed(json.dumps(data), hearing)
                key = renamed(fact["fact"], hearing)
                await journal.append(transaction, hearing, fact["at_ms"], fact["type"], "worker", json.loads(name), key)
            for number in range(len(SENTENCES)):
                await say(here, transaction, judge, number)
            change = text("UPDATE hearings SET status = :status WHERE id = :id")
            await transaction.execute(change, {"status": HearingStatus.CLOSED.value, "id": hearing})
        yield here


async def say(here: ClosedCourt, transaction: Any, speaker: str, number: int) -> None:
    utterance, original = spoken(number)
    said = dataclasses.replace(
        utterance, id=f"u{number}-{here.hearing}", hearing_id=here.hearing, participant_id=speaker
    )
    await utterances.add(transaction, said, original.edited_at_ms)
    data = {"utterance": said.id, "text_sha256": text_sha256(said.text), "words": 1}
    await journal.append(transaction, here.hearing, original.edited_at_ms, "utterance_recognised", "worker", data)


def renamed(value: str, hearing: str) -> str:
    return value.replace(HEARING, hearing)


def take_over(recordings: Path, hearing: str) -> None:
    """The recording as if it had been made for this hearing: same bytes, its manifest told anew."""
    manifest = recordings / HEARING / "manifest.jsonl"
    previous, lines = "0" * 64, []
    for row in manifest.read_text(encoding="utf-8").splitlines():
        line = json.loads(renamed(row, hearing)) | {"prev": previous}
        line["hash"] = previous = line_hash({name: value for name, value in line.items() if name != "hash"})
        lines.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    manifest.write_text("".join(lines), encoding="utf-8")
    (recordings / HEARING).rename(recordings / hearing)
