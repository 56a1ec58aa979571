"""Which microphones are forwarded in a large room. Sources are real ones; only the network before them is left out."""

from signaling.room.floor import KEPT_S, LOUDER_BY_DB, Floor
from tests.unit.signaling.room.speaker import Speaker

QUIET, SPEECH, LOUD = 80, 35, 15


class Room:
    """With three turns, and a clock that stands still until `passes`."""

    def __init__(self, count: int) -> None:
        self.now_s = 100.0
        self.floor = Floor(3, lambda: self.now_s)
        self.speakers = [Speaker(f"s{n}") for n in range(count)]
        self.seat(self.speakers)

    def seat(self, speakers: list[Speaker]) -> None:
        self.floor.seat({speaker.source for speaker in speakers})

    def passes(self, seconds: float, *levels: int) -> None:
        """In steps of 100 ms, in which the first speakers send packets with these levels."""
        for _ in range(round(seconds * 10)):
            for speaker, level in zip(self.speakers, levels, strict=False):
                speaker.send(level)
            self.floor.look()
            for speaker in self.speakers:
                speaker.source.take_peak()
            self.now_s += 0.1

    @property
    def heard(self) -> list[int]:
        return [n for n, speaker in enumerate(self.speakers) if speaker.heard]


def test_in_a_small_room_everybody_is_heard_always() -> None:
    room = Room(3)
    room.passes(60)
    assert room.heard == [0, 1, 2]


def test_no_more_than_the_turns_are_heard() -> None:
    room = Room(8)
    assert len(room.heard) == 3
    for speaker in room.speakers:
        speaker.send(SPEECH)
    assert len(room.heard) == 3


def test_the_first_loud_packet_is_heard_already() -> None:
    room = Room(8)
    silent = next(speaker for speaker in room.speakers if not speaker.heard)
    assert not silent.send(QUIET)
    assert silent.send(SPEECH)
    assert silent.send(QUIET), "the end of the syllable too"
    assert len(room.heard) == 3


def test_noise_takes_nobodys_turn() -> None:
    room = Room(5)
    before = room.heard
    room.passes(10, *[60] * 5)
    assert room.heard == before


def test_a_pause_for_breath_does_not_cost_the_turn_and_a_long_silence_does() -> None:
    room = Room(4)
    room.passes(1, SPEECH, SPEECH, SPEECH)
    assert room.heard == [0, 1, 2]
    room.passes(KEPT_S - 0.3, QUIET, SPEECH, SPEECH)
    assert not room.speakers[3].send(SPEECH), "nobody has been silent for long"
    room.passes(0.5, QUIET, SPEECH, SPEECH)
    assert room.speakers[3].send(SPEECH)
    assert room.heard == [1, 2, 3]


def test_silence_alone_moves_nobody() -> None:
    room = Room(4)
    room.passes(1, SPEECH, SPEECH, SPEECH)
    room.passes(100, QUIET, QUIET, QUIET, QUIET)
    assert room.heard == [0, 1, 2]


def test_the_one_silent_for_longest_makes_room() -> None:
    room = Room(4)
    for last in ([SPEECH, SPEECH, SPEECH], [SPEECH, QUIET, SPEECH], [QUIET, QUIET, SPEECH]):
        room.passes(1, *last)
    room.passes(2 * KEPT_S, QUIET, QUIET, QUIET)
    room.speakers[3].send(SPEECH)
    assert room.heard == [0, 2, 3]


def test_who_is_much_louder_is_heard_over_a_chorus() -> None:
    room = Room(4)
    room.passes(1, SPEECH, SPEECH, SPEECH + 5)
    assert not room.speakers[3].send(SPEECH + 5 - LOUDER_BY_DB + 1)
    assert room.speakers[3].send(LOUD)
    assert room.heard == [0, 1, 3], "in place of the quietest"


def test_a_chorus_does_not_flicker() -> None:
    """Five people argue at the same loudness for half a minute."""
    room = Room(5)
    changes, before = 0, room.heard
    for step in range(300):
        room.passes(0.1, *(SPEECH + (step * 7 + n * 3) % 8 for n in range(5)))
        changes += room.heard != before
        before = room.heard
    assert changes <= 2


def test_a_turn_that_became_free_goes_to_who_spoke_last() -> None:
    room = Room(5)
    room.passes(1, QUIET, QUIET, SPEECH, SPEECH, SPEECH)
    room.passes(3, SPEECH, SPEECH, SPEECH)
    assert room.heard == [0, 1, 2]
    room.passes(1, *[QUIET] * 5)
    room.seat(room.speakers[1:])
    assert len(room.heard) == 4, "three, and the one whom the floor does not concern any more"
    assert room.heard[1:3] == [1, 2]


def test_when_the_room_empties_all_are_heard_again() -> None:
    room = Room(5)
    room.seat(room.speakers[:3])
    assert room.heard == [0, 1, 2, 3, 4]


def test_one_who_is_locked_waits_for_the_unlocking_however_loud() -> None:
    room = Room(3)
    locked = room.speakers[0].source
    locked.suspend()
    room.seat(room.speakers[1:])
    assert room.heard == [1, 2]
    locked.resume()
    assert room.heard == [0, 1, 2]
