"""Somebody who takes part in one hearing: seat, place, presence, identity. Roles stand in ``role``."""

from dataclasses import dataclass, replace
from enum import StrEnum

from hearing_server.domain.errors import InvalidValue, WrongState
from hearing_server.domain.role import CALLED_WHEN_NEEDED, COURT_STAFF, Role


class Place(StrEnum):
    """Where somebody is. Consultation and mediation rooms are numbered: ``consult:1``."""

    LOBBY = "lobby"
    """候审室: waits, receives nothing."""
    COURTROOM = "courtroom"
    """法庭, the only place that is recorded."""
    WITNESS_ROOM = "witness_room"
    """证人室: waits apart, receives nothing."""
    CONSULT = "consult"
    """私密会谈室, numbered."""
    BENCH_ROOM = "bench_room"
    """合议室."""
    MEDIATION = "mediation"
    """调解室, numbered."""
    GALLERY = "gallery"
    """旁听席: receives the courtroom while it is open to the public."""
    SUPPORT = "support"
    """技术支持室."""


LINK_LIFETIME_MS = 7 * 24 * 3600 * 1000
"""After the time on the notice, or after it was made when that is later."""


def kind_of(place: str) -> Place:
    """``consult:2`` is a ``consult``."""
    return Place(place.partition(":")[0])


class Presence(StrEnum):
    """How far somebody's attendance has come."""

    INVITED = "invited"
    """Named, never here yet."""
    SIGNED_IN = "signed_in"
    """Here, nothing checked yet."""
    TESTING = "testing"
    """Checks camera, microphone and speaker."""
    IDENTITY_PENDING = "identity_pending"
    """Waits for the clerk to verify who they are."""
    IDENTITY_VERIFIED = "identity_verified"
    """Verified at this hearing (ID-1)."""
    WAITING = "waiting"
    """In lobby or witness room, ready."""
    PRESENT = "present"
    """In place: courtroom, gallery."""
    RECONNECTING = "reconnecting"
    """The line dropped; the seat is kept."""
    CONNECTION_LOST = "connection_lost"
    """The line dropped and did not come back in time."""
    LEFT = "left"
    """Left of their own will."""
    EXCUSED = "excused"
    """May go, with leave of the court."""
    DISMISSED = "dismissed"
    """A witness who is no longer needed and may go; until then they wait, and may be recalled."""
    EXPELLED = "expelled"
    """责令退出."""
    ABSENT = "absent"
    """The judge stated it; the system never does (ABS-2)."""
    FINISHED = "finished"
    """The hearing is over."""


class DepartureCause(StrEnum):
    """Why somebody vanished (OLR 25). The system proposes, the judge decides."""

    CONNECTION_LOST = "connection_lost"
    DEVICE_FAILURE = "device_failure"
    POWER_OR_FORCE_MAJEURE = "power_or_force_majeure"
    LEFT_VOLUNTARILY = "left_voluntarily"
    REMOVED = "removed"
    SERVER_FAULT = "server_fault"


class WitnessStatus(StrEnum):
    """How far a witness's or expert's testimony has come."""

    ISOLATED = "isolated"
    """Not called yet: hears and sees nothing (WIT-1)."""
    OATH_SIGNED = "oath_signed"
    """保证书 signed (WIT-3)."""
    CALLED = "called"
    """Called in."""
    OATH_READ = "oath_read"
    """保证书 read aloud."""
    TESTIFYING = "testifying"
    DISMISSED = "dismissed"
    """Out again: hears and sees nothing (WIT-1)."""
    RECALLED = "recalled"
    """Called in once more."""


IN_COURT = frozenset({WitnessStatus.CALLED, WitnessStatus.OATH_READ, WitnessStatus.TESTIFYING, WitnessStatus.RECALLED})
"""A witness or expert takes part only in these."""

HERE = frozenset(
    {
        Presence.SIGNED_IN,
        Presence.TESTING,
        Presence.IDENTITY_PENDING,
        Presence.IDENTITY_VERIFIED,
        Presence.WAITING,
        Presence.PRESENT,
    }
)
"""Presences of somebody who is connected now."""


class IdentityMethod(StrEnum):
    """How somebody's identity was verified at this hearing (ID-1)."""

    DOCUMENT_SHOWN = "document_shown"
    KNOWN_TO_COURT = "known_to_court"
    PAIRED_DEVICE = "paired_device"


@dataclass(frozen=True, slots=True)
class Identity:
    """Proof that identity was verified at this hearing, not at an earlier one."""

    method: IdentityMethod
    verified_by: str
    """Participant id."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class Participant:
    """One person's part in one hearing."""

    id: str
    hearing_id: str
    seat: int
    name: str
    role: Role
    side: str = ""
    staff_id: str | None = None
    place: str = Place.LOBBY
    presence: Presence = Presence.INVITED
    witness_status: WitnessStatus | None = None
    identity: Identity | None = None
    muted_by_court: bool = False
    camera_locked: bool = False
    share_allowed: bool = False
    """The bench lets them show their screen; who may by their role needs no leave."""
    hand_raised_at_ms: int | None = None
    link_generation: int = 0
    link_issued_at_ms: int | None = None
    link_revoked_at_ms: int | None = None
    created_at_ms: int = 0

    def link_expires_at_ms(self, scheduled_at_ms: int) -> int | None:
        """When the newest join link ends; it follows the hearing when that is put off. None when none was made."""
        if self.link_issued_at_ms is None:
            return None
        return max(scheduled_at_ms, self.link_issued_at_ms) + LINK_LIFETIME_MS

    @property
    def is_here(self) -> bool:
        return self.presence in HERE

    @property
    def keeps_seat(self) -> bool:
        """Connected, or expected back: a dropped socket does not touch the media (the client's line may still carry it)."""
        return self.is_here or self.presence is Presence.RECONNECTING

    @property
    def is_in_courtroom(self) -> bool:
        return self.place == Place.COURTROOM

    @property
    def is_called(self) -> bool:
        """Whether a witness or expert is between call and dismissal."""
        return self.witness_status in IN_COURT

    @property
    def waiting_place(self) -> Place:
        """Where they wait: witnesses apart from everybody."""
        return Place.WITNESS_ROOM if self.role in CALLED_WHEN_NEEDED else Place.LOBBY

    def arrive(self) -> "Participant":
        """Come in for the first time, or come back: to the same place as before (ABS-4). Raises ``WrongState`` for
        somebody who was ordered out."""
        if self.presence is Presence.EXPELLED:
            raise WrongState("expelled")
        here = self if self.presence is not Presence.INVITED else replace(self, place=first_place(self.role))
        if here.role in CALLED_WHEN_NEEDED and here.witness_status is None:
            here = replace(here, witness_status=WitnessStatus.ISOLATED)
        return replace(here, presence=here._presence_in_place())

    def lose_line(self) -> "Participant":
        return replace(self, presence=Presence.RECONNECTING, hand_raised_at_ms=None)

    def give_up_waiting(self) -> "Participant":
        """The line did not come back in time."""
        return replace(self, presence=Presence.CONNECTION_LOST)

    def leave(self) -> "Participant":
        return replace(self, presence=Presence.LEFT, hand_raised_at_ms=None)

    def verify(self, identity: Identity) -> "Participant":
        verified = replace(self, identity=identity)
        return replace(verified, presence=verified._presence_in_place()) if self.is_here else verified

    def admit(self, override_reason: str) -> "Participant":
        """Into the courtroom. Raises ``WrongState`` unless verified or overridden with a reason (ID-1)."""
        if self.is_in_courtroom:
            raise WrongState("already_in_courtroom")
        if kind_of(self.place) not in (Place.LOBBY, Place.WITNESS_ROOM):
            raise WrongState("not_waiting", (self.place,))
        if not self.is_here:
            raise WrongState("not_here")
        if self.identity is None and not override_reason.strip():
            raise WrongState("identity_unverified")
        admitted = replace(self, place=Place.COURTROOM, presence=Presence.PRESENT)
        if self.role in CALLED_WHEN_NEEDED:
            again = self.witness_status is WitnessStatus.DISMISSED
            return replace(admitted, witness_status=WitnessStatus.RECALLED if again else WitnessStatus.CALLED)
        return admitted

    def send_to_waiting(self) -> "Participant":
        """Out of the courtroom; a witness is dismissed by it."""
        if not self.is_in_courtroom:
            raise WrongState("not_in_courtroom")
        if self.role in COURT_STAFF:
            raise InvalidValue("court_staff_stay")
        waiting = replace(self, place=self.waiting_place, hand_raised_at_ms=None, share_allowed=False)
        if self.role in CALLED_WHEN_NEEDED:
            waiting = replace(waiting, witness_status=WitnessStatus.DISMISSED)
        return replace(waiting, presence=waiting._presence_in_place()) if self.is_here else waiting

    def mute(self, muted: bool) -> "Participant":
        if self.muted_by_court is muted:
            raise WrongState("already_so")
        return replace(self, muted_by_court=muted)

    def lock_camera(self, locked: bool) -> "Participant":
        if self.camera_locked is locked:
            raise WrongState("already_so")
        return replace(self, camera_locked=locked)

    def allow_share(self, allowed: bool) -> "Participant":
        """Only for somebody who is in the courtroom; the leave ends when they go out."""
        if self.share_allowed is allowed:
            raise WrongState("already_so")
        if allowed and not self.is_in_courtroom:
            raise WrongState("not_in_courtroom")
        return replace(self, share_allowed=allowed)

    def raise_hand(self, raised: bool, now_ms: int) -> "Participant":
        if not raised:
            return replace(self, hand_raised_at_ms=None)
        return replace(self, hand_raised_at_ms=self.hand_raised_at_ms or now_ms)

    def finish(self) -> "Participant":
        """The hearing is over. How somebody left before that stays on record."""
        over = replace(self, hand_raised_at_ms=None)
        return replace(over, presence=Presence.FINISHED) if self.is_here else over

    def _presence_in_place(self) -> Presence:
        """Wherever one does not wait, being there is being present."""
        if kind_of(self.place) not in (Place.LOBBY, Place.WITNESS_ROOM):
            return Presence.PRESENT
        return Presence.IDENTITY_PENDING if self.identity is None else Presence.WAITING


def first_place(role: Role) -> Place:
    """Where somebody comes in."""
    if role in COURT_STAFF:
        return Place.COURTROOM
    if role in CALLED_WHEN_NEEDED:
        return Place.WITNESS_ROOM
    if role in (Role.OBSERVER, Role.REPORTER, Role.INSPECTOR):
        return Place.GALLERY
    if role is Role.TECH_OFFICER:
        return Place.SUPPORT
    return Place.LOBBY
