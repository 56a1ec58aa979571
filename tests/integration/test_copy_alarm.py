"""A store that does not take what is recorded: clerk and bench are told in the courtroom, the parties are not alarmed."""

from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from hearing_server.court.clock import SystemClock
from hearing_server.court.copy_watch import CopyWatch
from hearing_server.domain.copies import CopyTrouble, StoreName, StoreTrouble
from hearing_server.storage import copies
from hearing_server.web.store_metrics import StoreMetrics
from signaling.protocol.to_client import RecordingChanged
from tests.integration.acts import open_session
from tests.integration.small_court import HEARING, held


async def test_the_courtroom_is_told_that_a_store_fails_and_that_it_works_again(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        judge, clerk = await court.enter("judge"), await court.enter("clerk")
        parties = await open_session(court, judge, clerk)
        await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        watch = CopyWatch(court.database, SystemClock(), court.courthouse.hearing_changed)
        trouble = StoreTrouble(HEARING, StoreName.PRIMARY, CopyTrouble.UNREACHABLE, 5)
        async with court.database.transaction() as transaction:
            await copies.raise_trouble(transaction, trouble)
        await watch.look()
        for warned in (judge, clerk):
            told = await warned.until(RecordingChanged, lambda said: said.recording.state == "degraded")
            assert "副本" in told.recording.message
        registry = CollectorRegistry()
        registry.register(StoreMetrics(lambda: watch.failing))
        line = 'hearing_store_failing{code="store_unreachable",store="primary"} 1.0'
        assert line in generate_latest(registry).decode()
        async with court.database.transaction() as transaction:
            await copies.end_trouble(transaction, HEARING, StoreName.PRIMARY)
        await watch.look()
        back = await judge.until(RecordingChanged, lambda said: said.recording.state == "recording")
        assert back.recording.message == "" and not watch.failing
        party = parties["plaintiff"]
        await party.barrier()
        assert all(said.recording.state != "degraded" for said in party.all_heard(RecordingChanged))
