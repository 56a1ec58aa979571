"""The same copies on PostgreSQL, where several copiers write at once."""

from collections import Counter
from pathlib import Path

import pytest

from tests.fakes.misbehaving_store import Behaviour, MisbehavingStore
from tests.fakes.s3_server import terms_of
from tests.integration.copied_court import HEARING, copied_court, folder_store
from tests.integration.postgresql_cluster import binaries, running_cluster

PROGRAMS = binaries()
pytestmark = pytest.mark.skipif(
    PROGRAMS is None,
    reason="PostgreSQL's initdb and pg_ctl are not installed; as root, scripts/setup.sh test installs them",
)


async def test_copiers_that_write_at_once_make_each_copy_once_and_tell_everything_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PROGRAMS is not None
    store, backup = MisbehavingStore(), folder_store(tmp_path / "backup")
    with running_cluster(PROGRAMS) as cluster:
        async with store.running() as address, copied_court(tmp_path, cluster.new_database()) as court:
            primary = terms_of(address)
            async with court.copying(primary, backup), court.copying(primary, backup):
                for number in range(10):
                    await court.seal_segment(number)
                await court.verified(10)
                store.behaviour = Behaviour.FAULT
                for number in range(10, 20):
                    await court.seal_segment(number)
                await court.alarmed(5)
                store.behaviour = Behaviour.GOOD
                await court.verified(20, within_s=40)
                await court.calm()
                assert await court.reconcile() == []
            assert len(store.objects) == 20 and all(f"{HEARING}/" in key for key in store.objects)
            kinds = Counter(
                [row.type for name in ("copies_failing", "copies_recovered") for row in await court.rows(name)]
            )
            assert kinds == {"copies_failing": 1, "copies_recovered": 1}
    said = caplog.text + "".join(capsys.readouterr())
    assert "Traceback" not in said and "copy_failed" not in said
