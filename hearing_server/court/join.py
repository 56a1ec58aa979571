"""Taking a seat: by link, by signing in, at a kiosk. A seat comes with a session token, which is said in ``hello``."""

from dataclasses import dataclass

from hearing_server.court.credentials import (
    CodeInvalid,
    SeatClaims,
    TokenExpired,
    TokenInvalid,
    TokenRevoked,
    join_token_sha256,
    keyed_code_hash,
)
from hearing_server.court.kiosks import recognise_kiosk
from hearing_server.court.office import Office, staff_actor
from hearing_server.court.participants import HEARING
from hearing_server.court.ports import SessionClaims
from hearing_server.court.schedule import load_hearing, note_refusal
from hearing_server.domain.case import Case
from hearing_server.domain.errors import NotFound, NotPermitted, WrongState
from hearing_server.domain.hearing import Hearing, HearingStatus
from hearing_server.domain.participant import Participant
from hearing_server.domain.staff import StaffAccount
from hearing_server.storage import cases, journal, kiosks, participants
from hearing_server.storage import staff as accounts
from hearing_server.storage.database import Transaction

SEAT_LIFETIME_MS = 12 * 3600 * 1000
"""A hearing day. Whoever needs longer opens the link again."""

WITHOUT_SEATS = frozenset({HearingStatus.DRAFT, HearingStatus.CANCELLED})
"""A draft was told to nobody yet; a cancelled hearing will not be."""


@dataclass(frozen=True, slots=True)
class TakenSeat:
    session_token: str
    expires_at_ms: int
    hearing: Hearing
    case: Case
    participant: Participant


async def take_seat_by_link(office: Office, token: str) -> TakenSeat:
    """Raises ``TokenInvalid`` for a link that was never made, ``TokenExpired``, ``TokenRevoked`` when a newer one was made or
    it was withdrawn."""
    async with office.database.transaction() as transaction:
        link = await participants.link(transaction, join_token_sha256(token))
        if link is None:
            raise TokenInvalid
        participant = await participants.by_id(transaction, link[0])
        if participant is None:
            raise TokenRevoked("participant_struck")
        _require_link(participant, link[1])
        hearing = await load_hearing(transaction, participant.hearing_id)
        if (participant.link_expires_at_ms(hearing.scheduled_at_ms) or 0) <= office.clock.now_ms():
            raise TokenExpired
        return await _take(office, transaction, participant, link_generation=link[1])


async def take_seat_as_staff(office: Office, who: StaffAccount, hearing_id: str) -> TakenSeat:
    """The seat that was given to this account. Raises ``NotPermitted`` when it has none in this hearing."""
    async with office.database.transaction() as transaction:
        await load_hearing(transaction, hearing_id)
        people = await participants.of_hearing(transaction, hearing_id)
        mine = next((person for person in people if person.staff_id == who.id), None)
        if mine is not None:
            return await _take(office, transaction, mine, staff=who)
    refusal = NotPermitted("take_seat")
    await note_refusal(office, hearing_id, staff_actor(who), refusal)
    raise refusal


async def take_seat_at_kiosk(office: Office, device_token: str, code: str) -> TakenSeat:
    """Uses the six digits up. Raises ``TokenInvalid`` or ``TokenRevoked`` for the device, ``CodeInvalid`` for the digits."""
    kiosk = await recognise_kiosk(office, device_token)
    now_ms = office.clock.now_ms()
    async with office.database.transaction() as transaction:
        hashed = keyed_code_hash(office.code_key, HEARING, code)
        led_to = await kiosks.take_hearing_code(transaction, hashed, kiosk.id, now_ms)
        if led_to is None:
            raise CodeInvalid
        participant = await participants.by_id(transaction, led_to[1])
        if participant is None:
            raise CodeInvalid
        return await _take(office, transaction, participant, kiosk=kiosk.id)


class SessionKeeper:
    """Verifies session tokens, with what the court withdrew since they were made. Implements ``ports.SessionTokens``."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def verify(self, token: str) -> SessionClaims:
        """Raises ``TokenInvalid``, ``TokenExpired`` or ``TokenRevoked``."""
        claims = self._office.tokens.read_seat(token)
        async with self._office.database.reading() as transaction:
            await _require_in_force(transaction, claims)
        return claims.session


async def _require_in_force(transaction: Transaction, claims: SeatClaims) -> None:
    session = claims.session
    participant = await participants.by_id(transaction, session.participant)
    if participant is None:
        raise TokenRevoked("participant_struck")
    if participant.hearing_id != session.hearing:
        raise TokenInvalid
    if claims.link_generation is not None:
        _require_link(participant, claims.link_generation)
    if session.kiosk is not None:
        kiosk = await kiosks.by_id(transaction, session.kiosk)
        if kiosk is None or kiosk.revoked:
            raise TokenRevoked("kiosk")
    if session.staff is not None:
        account = await accounts.by_id(transaction, session.staff)
        if account is None or participant.staff_id != account.id:
            raise TokenRevoked("staff")
        if account.password_generation != claims.password_generation:
            raise TokenRevoked("staff")


def _require_link(participant: Participant, generation: int) -> None:
    if participant.link_generation != generation or participant.link_revoked_at_ms is not None:
        raise TokenRevoked("link")


async def _take(
    office: Office,
    transaction: Transaction,
    participant: Participant,
    *,
    link_generation: int | None = None,
    staff: StaffAccount | None = None,
    kiosk: str | None = None,
) -> TakenSeat:
    hearing = await load_hearing(transaction, participant.hearing_id)
    if hearing.status in WITHOUT_SEATS:
        raise WrongState("no_seats_yet" if hearing.status is HearingStatus.DRAFT else "cancelled", (hearing.status,))
    case = await cases.by_id(transaction, hearing.case_id)
    if case is None:
        raise NotFound("case")
    now_ms = office.clock.now_ms()
    expires_at_ms = now_ms + SEAT_LIFETIME_MS
    session = SessionClaims(hearing.id, participant.id, expires_at_ms, kiosk, staff.id if staff else None)
    token = office.tokens.sign_seat(SeatClaims(session, link_generation, staff.password_generation if staff else None))
    by = "link" if link_generation is not None else "sign_in" if staff else "kiosk"
    data = {"by": by, "kiosk": kiosk}
    await journal.append(transaction, hearing.id, now_ms, "seat_taken", f"participant:{participant.id}", data)
    return TakenSeat(token, expires_at_ms, hearing, case, participant)
