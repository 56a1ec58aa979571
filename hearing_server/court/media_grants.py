"""The domain's media rights as the grants that the media layer obeys."""

from hearing_server.domain.hearing import Hearing
from hearing_server.domain.media_rights import Source, media_rights
from hearing_server.domain.participant import Participant
from hearing_server.domain.role import title
from signaling.protocol.grants import Grants, SourceLabel
from signaling.protocol.worker import SetMember


def labels(sources: tuple[Source, ...]) -> list[SourceLabel]:
    return [SourceLabel(source.value) for source in sources]


def grants_of(person: Participant, hearing: Hearing) -> Grants:
    rights = media_rights(person, hearing)
    return Grants(
        publish=tuple(labels(rights.publish)),
        publish_to=rights.publish_to,
        receive_from=rights.receive_from,
        always_heard=rights.always_heard,
    )


def member_of(room: str, person: Participant, hearing: Hearing) -> SetMember:
    """``display_name`` and ``role_title`` are what the recording shows on the seat plate."""
    return SetMember(
        room=room,
        participant=person.id,
        display_name=person.name,
        role_title=title(person.role, person.side),
        grants=grants_of(person, hearing),
    )
