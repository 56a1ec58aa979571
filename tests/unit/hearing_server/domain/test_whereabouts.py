"""What the journal tells of where somebody was."""

from hearing_server.domain.journal import JournalRow, seal
from hearing_server.domain.whereabouts import Whereabouts, WhereaboutsChange, whereabouts


def rows(*told: tuple[int, str, str, dict[str, object]]) -> list[JournalRow]:
    """Of (at_ms, type, actor, data)."""
    sealed: list[JournalRow] = []
    for at_ms, type, actor, data in told:
        sealed.append(seal(sealed[-1] if sealed else None, "h1", at_ms, type, actor, data, None))
    return sealed


def test_a_lost_line_counts_from_the_last_sign_of_life_until_somebody_is_back() -> None:
    journal = rows(
        (1_000, "session_opened", "participant:p1", {"resumed": False}),
        (2_000, "media_connected", "worker", {"participant": "p1", "direction": "publish"}),
        (60_000, "line_lost", "participant:p1", {"silent_ms": 12_000}),
        (80_000, "session_opened", "participant:p1", {"resumed": True}),
        (90_000, "participant_left", "participant:p1", {}),
    )
    assert whereabouts(journal) == [
        WhereaboutsChange("p1", 1_000, Whereabouts.HERE),
        WhereaboutsChange("p1", 48_000, Whereabouts.LOST),
        WhereaboutsChange("p1", 80_000, Whereabouts.HERE),
        WhereaboutsChange("p1", 90_000, Whereabouts.AWAY),
    ]


def test_media_that_ended_on_purpose_is_no_loss_and_the_receiving_side_tells_nothing() -> None:
    leg: dict[str, object] = {"participant": "p1", "direction": "publish", "last_stun_age_ms": 20_000}
    journal = rows(
        (1_000, "media_connected", "worker", leg),
        (30_000, "media_disconnected", "worker", leg | {"cause": "closed"}),
        (31_000, "media_disconnected", "worker", leg | {"cause": "expired", "direction": "subscribe"}),
        (50_000, "media_disconnected", "worker", leg | {"cause": "expired"}),
        (60_000, "connection_given_up", "server", {"participant": "p1"}),
    )
    assert whereabouts(journal) == [
        WhereaboutsChange("p1", 1_000, Whereabouts.HERE),
        WhereaboutsChange("p1", 30_000, Whereabouts.LOST),
        WhereaboutsChange("p1", 60_000, Whereabouts.AWAY),
    ]


def test_what_has_nothing_to_do_with_it_is_passed_over() -> None:
    assert whereabouts(rows((1_000, "hearing_opened", "participant:p1", {"openness": "public"}))) == []
