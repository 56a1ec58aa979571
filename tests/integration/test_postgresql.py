"""The same records on PostgreSQL, where several servers write at once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from hearing_server.domain.archive import Segment
from hearing_server.domain.case import Case, Procedure
from hearing_server.domain.job import LEASE_MS, MAX_ATTEMPTS, JobState, RenderedComposite
from hearing_server.domain.transcript import Utterance, Word
from hearing_server.storage import archive, cases, hearings, journal, kiosks, participants, server_secrets, utterances
from hearing_server.storage.database import Database
from hearing_server.storage.jobs import JobDesk, composite_of, queue_composite
from hearing_server.storage.schema import metadata
from tests.integration.http_court import open_office
from tests.integration.postgresql_cluster import Cluster, binaries, running_cluster
from tests.unit.hearing_server.storage.court_database import HEARING, JUDGE, PLAINTIFF

PROGRAMS = binaries()
pytestmark = pytest.mark.skipif(
    PROGRAMS is None,
    reason="PostgreSQL's initdb and pg_ctl are not installed; as root, scripts/setup.sh test installs them",
)
RENDERED = RenderedComposite("composite.mp4", 4.0, 1000, "a" * 64)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    assert PROGRAMS is not None
    with running_cluster(PROGRAMS) as running:
        yield running


@asynccontextmanager
async def two_fronts(cluster: Cluster) -> AsyncIterator[tuple[Database, Database]]:
    """Two servers that started at the same moment on an empty database; one case, one hearing, two people."""
    url = cluster.new_database()
    async with AsyncExitStack() as stack:
        one, other = Database(url), Database(url)
        for database in (one, other):
            stack.push_async_callback(database.close)
        await asyncio.gather(one.open(), other.open())
        async with one.transaction() as transaction:
            await cases.add(transaction, Case("c1", "(2026) AB 1", "借款纠纷", Procedure.CIVIL, None, 1))
            await hearings.add(transaction, HEARING)
            for person in (JUDGE, PLAINTIFF):
                await participants.add(transaction, person)
        yield one, other


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": metadata})
    return list(compare_metadata(context, metadata))


async def test_fronts_that_start_at_once_migrate_once_to_the_schema_of_the_tables(cluster: Cluster) -> None:
    async with two_fronts(cluster) as (one, other):
        async with other.reading() as transaction:
            assert await transaction.run_sync(_differences) == []
        await one.close()
        await one.open()
        assert await one.is_reachable()


async def test_fronts_that_start_at_once_have_the_same_keys(cluster: Cluster) -> None:
    async with two_fronts(cluster) as (one, other):
        keys = await asyncio.gather(*(server_secrets.key(database, "tokens", 1) for database in (one, other) * 4))
        assert len(set(keys)) == 1


async def test_writers_of_two_fronts_make_one_unbroken_chain(cluster: Cluster) -> None:
    async with two_fronts(cluster) as fronts:

        async def write(number: int) -> None:
            async with fronts[number % 2].transaction() as transaction:
                await journal.append(transaction, "h1", number, "written", "server", {"n": number, "字": "庭"})

        await asyncio.gather(*(write(number) for number in range(40)))
        async with fronts[0].reading() as transaction:
            result = await journal.check(transaction, "h1")
        assert (result.rows, result.valid) == (40, True)


@pytest.mark.parametrize("table", ["journal", "utterance_revisions"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
async def test_append_only_tables_refuse_every_other_change(cluster: Cluster, table: str, statement: str) -> None:
    column = {"journal": "at_ms", "utterance_revisions": "edited_at_ms"}[table]
    said = Utterance("u1", "h1", "judge", "现在开庭。", (Word("现在开庭", 1, 5, 0.5),), "现在 开庭", 1, 5, "m")
    async with two_fronts(cluster) as (front, _):
        async with front.transaction() as transaction:
            await journal.append(transaction, "h1", 1, "written", "server", {})
            await utterances.add(transaction, said, at_ms=1)
        with pytest.raises(DBAPIError, match="append-only"):
            async with front.transaction() as transaction:
                await transaction.execute(text(statement.format(table, column, 9)))
        async with front.reading() as transaction:
            assert (await journal.check(transaction, "h1")).valid
            assert len(await utterances.revisions(transaction, "u1")) == 1


async def test_a_fact_is_stored_once_and_may_have_a_long_name(cluster: Cluster) -> None:
    fact = f"segment:{'h' * 64}:{'路' * 300}"
    async with two_fronts(cluster) as (front, _):
        async with front.transaction() as transaction:
            await journal.append(transaction, "h1", 1, "segment_sealed", "worker", {}, fact=fact)
            segment = Segment(fact, "h1", "judge", "t", "camera", "路" * 300, 1, 2, 2**40, "0" * 64, 4, 4, 4, False)
            await archive.add_segment(transaction, segment)
        with pytest.raises(IntegrityError):
            async with front.transaction() as transaction:
                await journal.append(transaction, "h1", 2, "segment_sealed", "worker", {}, fact=fact)
        async with front.reading() as transaction:
            assert await journal.has_fact(transaction, fact)
            assert await archive.segments(transaction, "h1") == [segment]


async def test_who_changes_a_hearing_sees_what_the_one_before_wrote(cluster: Cluster) -> None:
    """A clerk makes a link on one front while the person's hand goes up on the other: both remain."""
    async with two_fronts(cluster) as (one, other):

        async def issue_link() -> None:
            async with other.transaction() as transaction:
                await hearings.by_id_to_change(transaction, "h1")
                person = await participants.by_id(transaction, "plaintiff")
                assert person is not None
                await participants.save(transaction, replace(person, link_generation=1))

        async with one.transaction() as transaction:
            await hearings.by_id_to_change(transaction, "h1")
            person = await participants.by_id(transaction, "plaintiff")
            assert person is not None
            waiting = asyncio.create_task(issue_link())
            await _until_somebody_waits(one)
            await participants.save(transaction, person.raise_hand(True, 7))
        await waiting
        async with one.reading() as transaction:
            after = await participants.by_id(transaction, "plaintiff")
        assert after is not None
        assert (after.link_generation, after.hand_raised_at_ms) == (1, 7)


async def _until_somebody_waits(database: Database) -> None:
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(20):
        while True:
            async with database.reading() as transaction:
                if (await transaction.execute(waits)).scalar_one():
                    return


async def test_a_reading_is_one_view_and_writes_nothing(cluster: Cluster) -> None:
    async with two_fronts(cluster) as (one, other):
        async with one.reading() as reading:
            assert await journal.count(reading, "h1") == 0
            async with other.transaction() as transaction:
                await journal.append(transaction, "h1", 1, "written", "server", {})
            assert await journal.count(reading, "h1") == 0
        with pytest.raises(DBAPIError, match="read-only"):
            async with one.reading() as reading:
                await hearings.save(reading, HEARING)


async def test_one_runner_gets_the_job_and_a_lost_one_is_fenced_off(cluster: Cluster) -> None:
    async with two_fronts(cluster) as fronts:
        asked = await asyncio.gather(*(_ask_for_composite(fronts[number % 2], f"j{number}") for number in range(4)))
        assert sorted(asked) == [False, False, False, True]
        desks = [JobDesk(front) for front in fronts]
        claims = await asyncio.gather(*(desks[number % 2].claim(f"runner{number}", 1_000) for number in range(8)))
        (job,) = [claim for claim in claims if claim is not None]
        assert await desks[0].claim("late", 1_000 + LEASE_MS - 1) is None
        again = await desks[1].claim("second", 1_000 + LEASE_MS)
        assert again is not None and (again.id, again.attempt) == (job.id, 2)
        assert not await desks[0].publish_composite(job, RENDERED, 2_000 + LEASE_MS)
        assert await desks[1].report_progress(again, 0.5, 3.0, 2_000 + LEASE_MS)
        assert await desks[1].publish_composite(again, RENDERED, 3_000 + LEASE_MS)
        async with fronts[0].reading() as transaction:
            standing = await composite_of(transaction, "h1")
            rows = await journal.page(transaction, "h1", 0, 10)
        assert standing is not None and (standing.state, standing.rendered) == (JobState.DONE, RENDERED)
        assert [row.type for row in rows] == ["composite_rendered"]


async def _ask_for_composite(front: Database, job: str) -> bool:
    async with front.transaction() as transaction:
        return await queue_composite(transaction, job, "h1", 1)


async def test_a_job_that_failed_for_good_is_told_once(cluster: Cluster) -> None:
    async with two_fronts(cluster) as fronts:
        await _ask_for_composite(fronts[0], "j1")
        desks = [JobDesk(front) for front in fronts]
        for attempt in range(MAX_ATTEMPTS):
            assert await desks[0].claim("runner", attempt * LEASE_MS + 1) is not None
        end_ms = MAX_ATTEMPTS * LEASE_MS + 1
        assert await asyncio.gather(*(desks[number % 2].claim("other", end_ms) for number in range(6))) == [None] * 6
        async with fronts[0].reading() as transaction:
            rows = await journal.page(transaction, "h1", 0, 10)
        assert [row.type for row in rows] == ["composite_failed"]


async def test_a_kiosk_code_is_used_up_by_one_of_two_fronts(cluster: Cluster) -> None:
    async with two_fronts(cluster) as fronts:
        async with fronts[0].transaction() as transaction:
            insert = "INSERT INTO staff VALUES ('s1', '林', 'lin', 'x', 1, 'clerk', 1, NULL)"
            await transaction.execute(text(insert))
            assert await kiosks.add_pairing_code(transaction, "0" * 64, "s1", 1, 1_000)

        async def take(front: Database) -> str | None:
            async with front.transaction() as transaction:
                return await kiosks.take_pairing_code(transaction, "0" * 64, 2)

        taken = await asyncio.gather(*(take(fronts[number % 2]) for number in range(4)))
        assert sorted(taken, key=str) == [None, None, None, "s1"]


async def test_closed_connections_of_the_pool_are_replaced(cluster: Cluster) -> None:
    async with two_fronts(cluster) as (front, _):
        assert await front.is_reachable()
        cluster.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
        )
        async with front.transaction() as transaction:
            await journal.append(transaction, "h1", 1, "written", "server", {})


async def test_cases_are_found_in_whatever_case(cluster: Cluster) -> None:
    async with two_fronts(cluster) as (front, _), front.reading() as transaction:
        assert [case.id for case in await cases.search(transaction, "ab 1", 10)] == ["c1"]
        assert await cases.search(transaction, "a%1", 10) == []


async def test_the_office_works_on_it_from_the_first_administrator_to_a_seat(cluster: Cluster, tmp_path: Path) -> None:
    async with open_office(tmp_path, database_url=cluster.new_database()) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        person = await court.seat(clerk, hearing, "张三", "party", side="plaintiff")
        old, token = [await court.link(clerk, hearing, person) for _ in range(2)]
        assert await clerk.refused("POST", "/api/join", {"token": old}) == (401, "token_revoked")
        assert (await clerk.must("POST", "/api/join", {"token": token}))["participant"] == person
        assert (await clerk.must("GET", f"/api/hearings/{hearing}/journal"))["valid"] is True
        nul = {"case_number": "1\0", "title": "空"}
        assert await clerk.refused("POST", "/api/cases", nul) == (422, "invalid_value")
        for path in ("/api/cases/%00", "/api/cases?query=%00"):
            assert await clerk.refused("GET", path) == (422, "invalid_value")
