"""A hearing that robots hold while the store of its recordings fails: it goes on, the alarm comes in time, and afterwards every copy is
whole. The real server with its real processes, a real S3 client, and a store that behaves as it is told."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from hearing_server.web.keeping_models import CopiesView
from signaling.protocol.court_words import RecordingState
from tests.fakes.misbehaving_store import Behaviour, MisbehavingStore
from tests.integration.whole_court import Listener, WholeCourt, assert_discreet, hearing_in_session
from tests.integration.whole_server import until, whole_server

SECRET = "not-to-be-told"
ALARM_WITHIN_S = 5.0
SEALED_WITHIN_S = 40.0
"""A segment is sealed each ten seconds."""
LONGEST_PAUSE_S = 3.0
"""Of sound and pictures, on a machine that is busy with other things."""


async def test_a_store_that_hangs_does_not_touch_the_hearing_and_is_made_up_for(tmp_path: Path) -> None:
    store, backup = MisbehavingStore(), tmp_path / "backup"
    await asyncio.to_thread(backup.mkdir)
    async with store.running() as address:
        running = whole_server(
            tmp_path,
            HEARING_STORE="s3://court/archive",
            HEARING_STORE_ENDPOINT=address,
            HEARING_STORE_KEY_ID="court",
            HEARING_STORE_SECRET=SECRET,
            HEARING_STORE_TIMEOUT_S="10",
            HEARING_BACKUP=str(backup),
        )
        async with running as server, hearing_in_session(server) as court:
            assert all(SECRET not in " ".join(child.cmdline()) for child in server.children())
            async with Listener(court.session("clerk")) as listener:
                await listener.hears([court.scheduled.participants["plaintiff"]])
                await until(lambda: bool(store.objects), "copies while the hearing runs", SEALED_WITHIN_S)
                written = store.asked["PUT"]
                store.behaviour = Behaviour.HANG_ON_WRITE
                await until(lambda: store.asked["PUT"] > written, "the next segment", SEALED_WITHIN_S)
                began = time.monotonic()
                with listener.watching() as pauses:
                    await degraded(court, "presiding_judge", ALARM_WITHIN_S)
                    assert time.monotonic() - began < ALARM_WITHIN_S
                    await degraded(court, "clerk", ALARM_WITHIN_S)
                    server.child("hearing_server.jobs").kill()
                    await court.say(6)
                assert max(pauses.values()) < LONGEST_PAUSE_S, pauses
                seen = court.session("plaintiff").view.recording
                assert seen is not None and seen.state == RecordingState.RECORDING
                store.behaviour = Behaviour.GOOD
                await court.until(
                    "clerk", lambda view: view.recording is not None and view.recording.state == "recording"
                )
            await court.close()
            view = await copies_when(court, lambda view: view.state == "backed_up" and in_hand(view) == 0)
            rows = [row.type for row in await court.journal()]
            assert rows.count("copies_failing") == rows.count("copies_recovered") == 1
            path = f"/api/hearings/{court.hearing}/copies"
            await court.api.post(f"{path}/reconciliation", None, CopiesView)
            view = await copies_when(court, lambda view: view.reconciliation.state == "done")
            assert (view.reconciliation.findings, view.reconciliation.thorough) == (0, True)
            assert {each.verified for each in view.stores} == {view.reconciliation.files}
            names = await asyncio.to_thread(lambda: {path.name for path in backup.rglob("*")})
            assert any(name.startswith("seal.json.") for name in names)
            assert {key.rpartition("/")[2] for key in store.objects} == {name for name in names if "." in name}
            assert_discreet(server.log(), [*court.secrets, SECRET])


def in_hand(view: CopiesView) -> int:
    return sum(each.waiting + each.stored for each in view.stores)


async def degraded(court: WholeCourt, part: str, within_s: float) -> None:
    """Told that copies fail, in words."""
    await court.until(
        part, lambda view: view.recording is not None and view.recording.state == RecordingState.DEGRADED, within_s
    )
    view = court.session(part).view
    assert view.recording is not None and view.recording.message


async def copies_when(court: WholeCourt, holds: Callable[[CopiesView], bool], timeout_s: float = 90.0) -> CopiesView:
    async with asyncio.timeout(timeout_s):
        while True:
            view = await court.api.get(f"/api/hearings/{court.hearing}/copies", CopiesView)
            if holds(view) and await sealed(court):
                return view
            await asyncio.sleep(0.2)


async def sealed(court: WholeCourt) -> bool:
    """Both stores have the whole sealed record."""
    rows = [row.type for row in await court.journal()]
    return rows.count("copies_complete") == 2
