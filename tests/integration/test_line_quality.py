"""How the lines were, from the worker's notice to the HTTP answer: kept by the minute, shown to those who look after the hearing."""

from pathlib import Path

import pytest

from hearing_server.domain.line_quality import MINUTE_MS, LineMinute, View
from hearing_server.storage import line_quality
from signaling.protocol.line_figures import LineFigures, LinesMeasured, MeasuredLine
from tests.integration.http_court import open_office
from tests.integration.small_court import HEARING, held

AT_MS = 1_900_000_000_000 - 1_900_000_000_000 % MINUTE_MS
GOOD = LineFigures(1_400, 700, 3, 4, -1, 6, 0, 1, 1, 1, 1, 0, -1)
RECEIVED = LineFigures(2_400, 1_500, 9, 5, 40, 12, 10, 2, 1, 0, 4, 1, 5_000)


def measured(at_ms: int, **lines: LineFigures | None) -> LinesMeasured:
    return LinesMeasured(
        room=HEARING,
        hearing=HEARING,
        at_ms=at_ms,
        span_ms=5_000,
        lines=[MeasuredLine(participant=name, publish=GOOD, subscribe=line) for name, line in lines.items()],
    )


async def kept(database: object) -> list[LineMinute]:
    async with database.reading() as transaction:  # type: ignore[attr-defined]
        return await line_quality.minutes(transaction, HEARING, 0, 100)


async def test_what_was_measured_and_what_the_device_said_are_kept_apart(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        client = await court.enter("plaintiff")
        for freezes in (1, 2):
            said = {"round_trip_ms": 55.5, "loss": 7.0, "received_kbps": 900, "sent_kbps": 400, "freezes": freezes}
            await client.say("report_quality", quality="good", **said)
        await client.barrier()
        await court.worker.tell(measured(AT_MS + 1_000, plaintiff=RECEIVED, stranger=RECEIVED))
        await court.worker.tell(measured(AT_MS + 6_000, plaintiff=None))
        await court.worker.tell(measured(AT_MS + 6_000, plaintiff=None))  # heard twice
        await court.worker.tell(measured(AT_MS + MINUTE_MS, plaintiff=None))
        await court.synchronised()
        first, second = await kept(court.database)
        assert (first.minute_ms, second.minute_ms) == (AT_MS, AT_MS + MINUTE_MS)
        assert first.at_ms == [AT_MS + 1_000, AT_MS + 6_000]
        assert first.lines == {
            ("plaintiff", View.PUBLISH): [GOOD, GOOD],
            ("plaintiff", View.SUBSCRIBE): [RECEIVED, None],
            ("plaintiff", View.OWN): [(56, 1_000, 900, 400, 3), None],
        }
        assert len(await court.rows("quality_changed")) == 1


async def test_a_device_that_changes_its_word_all_the_time_does_not_fill_the_journal(tmp_path: Path) -> None:
    async with held(tmp_path) as court:
        client = await court.enter("plaintiff")
        for number in range(50):
            said = {"round_trip_ms": 1, "loss": 0, "received_kbps": 1, "sent_kbps": 1, "freezes": 0}
            await client.say("report_quality", quality=("good", "bad")[number % 2], **said)
        await client.barrier()
        assert len(await court.rows("quality_changed")) == 1


async def test_the_lines_are_shown_to_clerk_bench_and_technical_officer(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        plaintiff = await court.seat(clerk, hearing, "张三", "party", side="plaintiff")
        minutes = [LineMinute(AT_MS), LineMinute(AT_MS + MINUTE_MS)]
        minutes[0].add(AT_MS + 1_000, {(plaintiff, View.PUBLISH): GOOD, (plaintiff, View.OWN): (56, 1, 900, 400, 3)})
        minutes[0].add(AT_MS + 6_000, {(plaintiff, View.SUBSCRIBE): RECEIVED})
        minutes[1].add(AT_MS + MINUTE_MS, {(plaintiff, View.PUBLISH): GOOD})
        async with court.office.database.transaction() as transaction:
            for minute in minutes:
                await line_quality.save_minute(transaction, hearing, minute.minute_ms, minute.packed())
        path = f"/api/hearings/{hearing}/quality"

        whole = await clerk.must("GET", path)
        assert whole["last_ms"] == AT_MS + MINUTE_MS
        assert [(line["direction"], line["at_ms"]) for line in whole["measured"]] == [
            ("publish", [AT_MS + 1_000, AT_MS + MINUTE_MS]),
            ("subscribe", [AT_MS + 6_000]),
        ]
        published, subscribed = whole["measured"]
        assert (published["participant"], published["kbps"], published["lost"]) == (plaintiff, [1_400] * 2, [3] * 2)
        assert (subscribed["round_trip_ms"], subscribed["estimate_kbps"]) == ([40], [5_000])
        assert whole["own"][0]["freezes"] == [3] and whole["own"][0]["at_ms"] == [AT_MS + 1_000]

        later = await clerk.must("GET", f"{path}?after_ms={AT_MS + 1_000}")
        assert [(line["direction"], line["at_ms"]) for line in later["measured"]] == [
            ("publish", [AT_MS + MINUTE_MS]),
            ("subscribe", [AT_MS + 6_000]),
        ]
        assert (await clerk.must("GET", f"{path}?minutes=1"))["measured"][0]["at_ms"] == [AT_MS + MINUTE_MS]
        assert (await clerk.must("GET", f"{path}?after_ms=0&minutes=1"))["last_ms"] == AT_MS + 6_000
        nothing = await clerk.must("GET", f"{path}?after_ms={whole['last_ms']}")
        assert nothing == {"measured": [], "own": [], "last_ms": whole["last_ms"]}
        assert (await clerk.refused("GET", f"{path}?minutes=61"))[0] == 422

        stranger = await court.staff("clerk", name="李书记员")
        assert await stranger.refused("GET", path) == (403, "not_permitted")
        for role, permitted in (
            ("presiding_judge", True),
            ("clerk", True),
            ("tech_officer", True),
            ("bailiff", False),
            ("party", False),
            ("witness", False),
            ("observer", False),
        ):
            more = {"side": "defendant"} if role == "party" else {}
            person = await court.seat(clerk, hearing, f"李{role}", role, **more)
            token = await court.link(clerk, hearing, person)
            seat = await clerk.must("POST", "/api/join", {"token": token})
            visitor = await court.visitor()
            status, _ = await visitor.ask("GET", path, headers={"Authorization": f"Bearer {seat['session_token']}"})
            assert status == (200 if permitted else 403), role
        refusals = await court.journal(hearing, "act_refused")
        assert ["view_lines" in row.data for row in refusals] == [True] * 5


@pytest.mark.parametrize("after_ms", [None, 0])
async def test_a_hearing_without_figures_has_none(tmp_path: Path, after_ms: int | None) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        query = "" if after_ms is None else f"?after_ms={after_ms}"
        answer = await clerk.must("GET", f"/api/hearings/{hearing}/quality{query}")
        assert answer == {"measured": [], "own": [], "last_ms": 0}
