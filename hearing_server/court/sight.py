"""What one recipient may see of a hearing. Every snapshot and every event is cut to this, in this one place (WIT-1, PUB-2)."""

from dataclasses import dataclass

from hearing_server.domain.hearing import Hearing
from hearing_server.domain.participant import Participant, Place, Presence, kind_of
from hearing_server.domain.permissions import Act
from hearing_server.domain.permit import may

_WHERE_PROCEEDINGS_ARE_SEEN = frozenset({Place.COURTROOM, Place.GALLERY, Place.BENCH_ROOM})


@dataclass(frozen=True, slots=True)
class Sight:
    """All False: status and times of the hearing, and oneself; no stage, reason, person, caption, level or recording."""

    proceedings: bool = False
    """Stage, who is in the courtroom, who speaks, whether it is recorded."""
    captions: bool = False
    """Captions, utterances and who edits them."""
    everybody: bool = False
    """People in lobby, witness room and gallery too, and warnings meant for judge and clerk."""
    faults: bool = False
    """What is wrong with the copies of the recording."""


def sight_of(viewer: Participant, hearing: Hearing) -> Sight:
    """A witness before the call, a party in the lobby, an observer of a closed hearing: none of it."""
    inside = kind_of(viewer.place) in _WHERE_PROCEEDINGS_ARE_SEEN and may(viewer, hearing, Act.WATCH)
    return Sight(
        proceedings=inside,
        captions=inside and may(viewer, hearing, Act.SEE_CAPTIONS),
        everybody=inside and may(viewer, hearing, Act.ADMIT),
        faults=inside and may(viewer, hearing, Act.CHECK_COPIES),
    )


def sees_person(viewer: Participant, sight: Sight, other: Participant) -> bool:
    if other.id == viewer.id or sight.everybody:
        return True
    return sight.proceedings and other.is_in_courtroom and other.presence is not Presence.INVITED
