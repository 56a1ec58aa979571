"""People and hearings for tests of the rules."""

from dataclasses import replace

from hearing_server.domain.hearing import Hearing, HearingStatus, Openness
from hearing_server.domain.participant import Participant, Place, Presence, WitnessStatus
from hearing_server.domain.role import Role

HEARING = Hearing("h1", "c1", "civil", Openness.PUBLIC, "", scheduled_at_ms=0)


def hearing(status: HearingStatus, openness: Openness = Openness.PUBLIC) -> Hearing:
    return replace(HEARING, status=status, openness=openness)


def person(
    role: Role, place: str | None = None, *, presence: Presence = Presence.PRESENT, side: str = ""
) -> Participant:
    """Somebody who is here; in the courtroom unless told otherwise. A witness there has been called."""
    place = place or Place.COURTROOM
    called = WitnessStatus.CALLED if place == Place.COURTROOM else WitnessStatus.ISOLATED
    return Participant(
        id=role.value,
        hearing_id="h1",
        seat=list(Role).index(role),
        name=role.value,
        role=role,
        side=side,
        place=place,
        presence=presence,
        witness_status=called if role in (Role.WITNESS, Role.EXPERT) else None,
    )
