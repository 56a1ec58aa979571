"""What was not recorded, put together from the tables that tell of it."""

from hearing_server.domain.fault import Done, Fault, Measure, faults_of
from hearing_server.storage import archive, journal
from hearing_server.storage.database import Transaction


async def of_hearing(transaction: Transaction, hearing: str) -> list[Fault]:
    """In the order of time; empty when there is nothing to state."""
    rows = await journal.of_types(transaction, hearing, [measure.value for measure in Measure])
    return faults_of(
        await archive.spans(transaction, hearing),
        await archive.gaps(transaction, hearing),
        await archive.segments(transaction, hearing),
        [Done(Measure(row.type), row.at_ms) for row in rows],
    )
