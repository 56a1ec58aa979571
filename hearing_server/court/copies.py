"""The copies of a recording as people see them, and asking for them to be compared. Copying itself is done by ``jobs``."""

from dataclasses import dataclass

from hearing_server.court.archive import Reader, admit, reader_actor
from hearing_server.court.office import Office, new_id
from hearing_server.domain.copies import CopiesState, StoreCounts, StoreTrouble, copies_state
from hearing_server.domain.errors import WrongState
from hearing_server.domain.permissions import Act
from hearing_server.domain.reconciliation import ReconciliationStanding
from hearing_server.domain.record_access import may_check_copies
from hearing_server.storage import copies, journal, reconciliations, retention


@dataclass(frozen=True, slots=True)
class CopiesStanding:
    """``counts`` of each store that has or should have something; ``reconciliation`` is the newest one."""

    state: CopiesState
    counts: list[StoreCounts]
    troubles: list[StoreTrouble]
    reconciliation: ReconciliationStanding | None
    deleted_at_ms: int | None


async def read_copies(office: Office, reader: Reader, hearing_id: str) -> CopiesStanding:
    """Raises ``NotFound``, ``NotPermitted``."""
    await admit(office, reader, hearing_id, may_check_copies, Act.CHECK_COPIES)
    async with office.database.reading() as transaction:
        counts = await copies.counts(transaction, hearing_id)
        troubles = await copies.troubles(transaction, hearing_id)
        deleted_at_ms = (await retention.of_hearing(transaction, hearing_id)).deleted_at_ms
        state = copies_state(counts, troubles) if deleted_at_ms is None else CopiesState.DELETED
        newest = await reconciliations.of_hearing(transaction, hearing_id)
        return CopiesStanding(state, counts, troubles, newest, deleted_at_ms)


async def ask_reconciliation(office: Office, reader: Reader, hearing_id: str) -> None:
    """Every byte of every copy is read. Raises ``NotFound``, ``NotPermitted``, or ``WrongState`` when it was deleted."""
    await admit(office, reader, hearing_id, may_check_copies, Act.CHECK_COPIES)
    now_ms = office.clock.now_ms()
    async with office.database.transaction() as transaction:
        if (await retention.of_hearing(transaction, hearing_id)).began_at_ms is not None:
            raise WrongState("recording_deleted")
        if await reconciliations.ask(transaction, new_id(), hearing_id, now_ms, thorough=True):
            await journal.append(transaction, hearing_id, now_ms, "reconciliation_asked", reader_actor(reader), {})
