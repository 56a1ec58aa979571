"""One change to a hearing: what was loaded, what is decided, and what follows once it is committed."""

from collections.abc import Callable, Mapping
from typing import Self

from hearing_server.domain.errors import NotFound
from hearing_server.domain.hearing import Hearing
from hearing_server.domain.journal import JournalRow
from hearing_server.domain.participant import Participant
from hearing_server.storage import hearings, journal, participants
from hearing_server.storage.database import Transaction
from signaling.protocol.worker import WorkerCommand


class Deed:
    """Stands inside one transaction. After the commit ``commands`` go to the worker and ``afterwards`` are called, in order;
    they do not happen when the transaction fails."""

    def __init__(
        self, transaction: Transaction, hearing: Hearing, people: list[Participant], actor: str, now_ms: int
    ) -> None:
        self.transaction = transaction
        self.hearing = hearing
        self.people = {person.id: person for person in people}
        self.actor = actor
        self.now_ms = now_ms
        self.commands: list[WorkerCommand] = []
        self.afterwards: list[Callable[[], None]] = []

    @classmethod
    async def load(cls, transaction: Transaction, hearing: str, actor: str, now_ms: int) -> Self:
        """Raises ``NotFound``."""
        loaded = await hearings.by_id_to_change(transaction, hearing)
        if loaded is None:
            raise NotFound("hearing", (hearing,))
        return cls(transaction, loaded, await participants.of_hearing(transaction, hearing), actor, now_ms)

    def person(self, participant: str) -> Participant:
        """Raises ``NotFound``."""
        try:
            return self.people[participant]
        except KeyError:
            raise NotFound("participant", (participant,)) from None

    async def change_hearing(self, hearing: Hearing) -> None:
        self.hearing = hearing
        await hearings.save(self.transaction, hearing)

    async def change_person(self, person: Participant) -> None:
        self.people[person.id] = person
        await participants.save(self.transaction, person)

    async def note(
        self, type: str, data: Mapping[str, object] | None = None, *, at_ms: int | None = None, fact: str | None = None
    ) -> JournalRow:
        """A row of the hearing's journal."""
        return await journal.append(
            self.transaction,
            self.hearing.id,
            self.now_ms if at_ms is None else at_ms,
            type,
            self.actor,
            data or {},
            fact,
        )
