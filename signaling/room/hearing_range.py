"""Who receives whom: what is published in the places that a member receives from."""

from collections.abc import Iterable, Mapping

from signaling.media.publication import Publication
from signaling.room.member import Member

HeardInPlaces = Mapping[str | None, set[Publication]]


def heard_in_places(members: Iterable[Member]) -> HeardInPlaces:
    """What is published, by place."""
    heard: dict[str | None, set[Publication]] = {}
    for member in members:
        heard.setdefault(member.grants.publish_to, set()).update(member.publications())
    return heard


def connect(member: Member, heard: HeardInPlaces) -> bool:
    """Brings the receiving leg up to date. Own tracks are never sent back. Returns whether anything changed."""
    leg = member.subscribe
    if leg is None:
        return False
    wanted: set[Publication] = set()
    for place in member.grants.receive_from:
        wanted |= heard.get(place, set())
    wanted -= set(member.publications())
    present = set(leg.publications)
    # Additions first: a publisher who came back with a new track keeps the slot, and nothing has to be negotiated.
    for publication in wanted - present:
        leg.add(publication)
    for publication in present - wanted:
        leg.remove(publication)
    return wanted != present
