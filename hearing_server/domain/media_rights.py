"""What somebody's media may do: role × place × status, computed from the permission table. The media layer enforces it."""

from dataclasses import dataclass
from enum import StrEnum

from hearing_server.domain.hearing import Hearing, HearingStatus
from hearing_server.domain.participant import Participant, Place, kind_of
from hearing_server.domain.permissions import OUTRIGHT, Act, Extent, extent
from hearing_server.domain.permit import may

PRIVATE_PLACES = frozenset({Place.CONSULT, Place.BENCH_ROOM, Place.MEDIATION, Place.SUPPORT})
"""Who is in one of these is heard there and nowhere else; nothing in them is ever recorded (RCD-8)."""


class Source(StrEnum):
    """What a published track shows or carries."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN = "screen"


@dataclass(frozen=True, slots=True)
class MediaRights:
    """Empty means nothing at all."""

    publish: tuple[Source, ...] = ()
    publish_to: str | None = None
    receive_from: tuple[str, ...] = ()
    always_heard: bool = False


NOTHING = MediaRights()


def media_rights(participant: Participant, hearing: Hearing) -> MediaRights:
    """Between opening the lobby and closing, people in the courtroom see and hear each other, so that picture and sound can
    be settled before 开庭 and in a recess; while the bench deliberates they do not. The gallery receives only while a
    public hearing is in session. Lobby and witness room receive nothing (WIT-1)."""
    if not hearing.is_live or not participant.keeps_seat:
        return NOTHING
    place = kind_of(participant.place)
    if place is Place.COURTROOM:
        if hearing.status is HearingStatus.DELIBERATION or not may(participant, hearing, Act.WATCH):
            return NOTHING
        sources = _sources(participant, hearing)
        heard = bool(sources) and may(participant, hearing, Act.ALWAYS_HEARD)
        return MediaRights(sources, Place.COURTROOM if sources else None, (Place.COURTROOM,), heard)
    if place is Place.GALLERY and may(participant, hearing, Act.WATCH) and _gallery_receives(hearing):
        return MediaRights(receive_from=(Place.COURTROOM,))
    if place in PRIVATE_PLACES:
        sources = _sources(participant, hearing)
        return MediaRights(sources, participant.place if sources else None, (participant.place,))
    return NOTHING


def _gallery_receives(hearing: Hearing) -> bool:
    """Inspectors sit in the gallery too, but watch closed sessions as well; nobody watches outside a session."""
    return hearing.status in (HearingStatus.IN_SESSION, HearingStatus.CLOSED_SESSION, HearingStatus.INTERRUPTED)


def _sources(participant: Participant, hearing: Hearing) -> tuple[Source, ...]:
    if not may(participant, hearing, Act.PUBLISH_MEDIA):
        return ()
    voice = () if participant.muted_by_court else (Source.MICROPHONE,)
    picture = () if participant.camera_locked else (Source.CAMERA,)
    screen = (Source.SCREEN,) if may(participant, hearing, Act.SHOW_EXHIBIT) else ()
    return (*voice, *picture, *screen)


def will_publish(participant: Participant) -> tuple[Source, ...]:
    """What somebody will be able to send once in place: which devices to check. Nobody in the gallery is asked for any."""
    if extent(participant.role, Act.PUBLISH_MEDIA) is Extent.NO:
        return ()
    screen = (Source.SCREEN,) if extent(participant.role, Act.SHOW_EXHIBIT) in OUTRIGHT else ()
    return (Source.MICROPHONE, Source.CAMERA, *screen)
