"""What the acts outside the courtroom need, and how they ask for permission. The acts stand in the modules beside this one,
by what they are about: ``staff``, ``cases``, ``schedule``, ``join``, ``kiosks``, ``archive``."""

import secrets
from dataclasses import dataclass, field
from typing import Protocol

from hearing_server.court.credentials import Passwords, TokenSigner
from hearing_server.court.ports import Clock
from hearing_server.domain.errors import NotPermitted
from hearing_server.domain.journal import COURT_CHAIN
from hearing_server.domain.retention import RetentionYears
from hearing_server.domain.staff import OfficeAct, StaffAccount
from hearing_server.storage import journal
from hearing_server.storage.database import Database, Transaction


class Courtroom(Protocol):
    """The hearings that are being held, told of what the office changed in the database. A hearing nobody is in may ignore
    it all."""

    async def hearing_changed(self, hearing: str) -> None:
        """Load it anew and tell everybody: status, time, room, or who is on the list."""

    async def prepare_room(self, hearing: str) -> None:
        """Have a media room for it. Raises ``NoCapacity``."""

    async def link_withdrawn(self, hearing: str, participant: str) -> None:
        """Whoever is connected by this participant's join link must go."""

    async def kiosk_withdrawn(self, kiosk: str) -> None:
        """Whoever is connected from this device must go."""

    async def staff_signed_out(self, staff: str) -> None:
        """Whoever is connected by having signed in to this account must go."""


@dataclass(frozen=True, slots=True)
class Office:
    """Handed to every act by the composition root."""

    database: Database
    clock: Clock
    passwords: Passwords
    tokens: TokenSigner
    code_key: bytes
    """Keys the hashes of short codes."""
    courtroom: Courtroom
    base_url: str
    """Address people reach the server at, without a slash at its end."""
    retention_years: RetentionYears = field(default_factory=lambda: RetentionYears(60, 20))
    """How long recordings of each class are kept."""


def new_id() -> str:
    """An opaque id that tells nothing and cannot be guessed."""
    return secrets.token_hex(10)


def staff_actor(account: StaffAccount) -> str:
    """How the journal names an account."""
    return f"staff:{account.id}"


async def permit(office: Office, account: StaffAccount, act: OfficeAct) -> None:
    """Raises ``NotPermitted``, with a row in the court's own journal."""
    if account.may(act):
        return
    async with office.database.transaction() as transaction:
        await note(transaction, office, "act_refused", staff_actor(account), {"act": act.value})
    raise NotPermitted(act.value)


async def note(transaction: Transaction, office: Office, type: str, actor: str, data: dict[str, object]) -> None:
    """A row in the court's own journal, for what happens outside any hearing."""
    await journal.append(transaction, COURT_CHAIN, office.clock.now_ms(), type, actor, data)
