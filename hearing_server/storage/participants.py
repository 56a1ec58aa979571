"""Participants, and what they acknowledged."""

from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from hearing_server.domain.participant import Identity, IdentityMethod, Participant, Presence, WitnessStatus
from hearing_server.domain.role import Role
from hearing_server.storage.database import Transaction
from hearing_server.storage.schema import discipline_acknowledgements, join_links, participants


async def add(transaction: Transaction, participant: Participant) -> None:
    await transaction.execute(insert(participants).values(id=participant.id, **_values(participant)))


async def save(transaction: Transaction, participant: Participant) -> None:
    await transaction.execute(
        update(participants).where(participants.c.id == participant.id).values(**_values(participant))
    )


async def remove(transaction: Transaction, participant: str) -> None:
    """For somebody who never took part; anybody else is referred to by the record, and the database refuses."""
    await transaction.execute(delete(participants).where(participants.c.id == participant))


async def by_id(transaction: Transaction, participant: str) -> Participant | None:
    row = (await transaction.execute(select(participants).where(participants.c.id == participant))).first()
    return _participant(row) if row else None


async def of_hearing(transaction: Transaction, hearing: str) -> list[Participant]:
    """In order of seats."""
    query = select(participants).where(participants.c.hearing_id == hearing).order_by(participants.c.seat)
    return [_participant(row) for row in await transaction.execute(query)]


async def of_staff(transaction: Transaction, staff: str) -> list[Participant]:
    """Seats of an account, over all hearings."""
    query = select(participants).where(participants.c.staff_id == staff).order_by(participants.c.id)
    return [_participant(row) for row in await transaction.execute(query)]


async def add_link(transaction: Transaction, token_sha256: str, participant: Participant) -> None:
    """A join link of the participant's present generation."""
    await transaction.execute(
        insert(join_links).values(
            token_sha256=token_sha256, participant_id=participant.id, generation=participant.link_generation
        )
    )


async def link(transaction: Transaction, token_sha256: str) -> tuple[str, int] | None:
    """Participant id and generation of a join link, whatever became of it; None for one that was never made."""
    row = (await transaction.execute(select(join_links).where(join_links.c.token_sha256 == token_sha256))).first()
    return (row.participant_id, row.generation) if row else None


async def acknowledge_discipline(
    transaction: Transaction, acknowledgement: str, hearing: str, participant: str, text_sha256: str, at_ms: int
) -> None:
    """Keep that somebody accepted the court's rules (OPN-2)."""
    await transaction.execute(
        insert(discipline_acknowledgements).values(
            id=acknowledgement, hearing_id=hearing, participant_id=participant, text_sha256=text_sha256, at_ms=at_ms
        )
    )


async def acknowledged(transaction: Transaction, hearing: str) -> set[str]:
    """Ids of those who accepted the court's rules."""
    query = select(discipline_acknowledgements.c.participant_id).where(
        discipline_acknowledgements.c.hearing_id == hearing
    )
    return {row.participant_id for row in await transaction.execute(query)}


def _values(participant: Participant) -> dict[str, object]:
    identity = participant.identity
    return {
        "hearing_id": participant.hearing_id,
        "seat": participant.seat,
        "name": participant.name,
        "role": participant.role.value,
        "side": participant.side,
        "staff_id": participant.staff_id,
        "place": str(participant.place),
        "presence": participant.presence.value,
        "witness_status": participant.witness_status.value if participant.witness_status else None,
        "identity_method": identity.method.value if identity else None,
        "identity_verified_by": identity.verified_by if identity else None,
        "identity_verified_at_ms": identity.at_ms if identity else None,
        "muted_by_court": participant.muted_by_court,
        "camera_locked": participant.camera_locked,
        "share_allowed": participant.share_allowed,
        "hand_raised_at_ms": participant.hand_raised_at_ms,
        "link_generation": participant.link_generation,
        "link_issued_at_ms": participant.link_issued_at_ms,
        "link_revoked_at_ms": participant.link_revoked_at_ms,
        "created_at_ms": participant.created_at_ms,
    }


def _participant(row: Row[Any]) -> Participant:
    verified = row.identity_method is not None
    return Participant(
        id=row.id,
        hearing_id=row.hearing_id,
        seat=row.seat,
        name=row.name,
        role=Role(row.role),
        side=row.side,
        staff_id=row.staff_id,
        place=row.place,
        presence=Presence(row.presence),
        witness_status=WitnessStatus(row.witness_status) if row.witness_status else None,
        identity=Identity(IdentityMethod(row.identity_method), row.identity_verified_by, row.identity_verified_at_ms)
        if verified
        else None,
        muted_by_court=row.muted_by_court,
        camera_locked=row.camera_locked,
        share_allowed=row.share_allowed,
        hand_raised_at_ms=row.hand_raised_at_ms,
        link_generation=row.link_generation,
        link_issued_at_ms=row.link_issued_at_ms,
        link_revoked_at_ms=row.link_revoked_at_ms,
        created_at_ms=row.created_at_ms,
    )
