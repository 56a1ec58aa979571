from recorder.gaps import GapBook, GapCause, merged


def test_a_gap_lasts_from_the_last_good_frame_to_the_next() -> None:
    book = GapBook()
    book.good_frame(0, 960)
    book.add(GapCause.NETWORK_LOSS, 11, 2, 2880)
    book.good_frame(2880, 3840)
    (gap,) = book.take()
    assert (gap.start_rtp, gap.end_rtp, gap.packets) == (960, 2880, 2)
    assert book.take() == ()


def test_neighbours_of_one_cause_are_told_as_one() -> None:
    book = GapBook()
    for index, start in enumerate((0, 30_000, 300_000)):
        book.good_frame(start, start + 3000)
        book.add(GapCause.NETWORK_LOSS, index * 100, 1, start + 6000)
        book.add(GapCause.UNDECODABLE, index * 100 + 1, 4, start + 6000)
        book.good_frame(start + 6000, start + 9000)
    told = merged(list(book.take()), 90_000)
    assert [(gap.cause.value, gap.first_sequence, gap.packets) for gap in told] == [
        ("network_loss", 0, 2),
        ("undecodable", 1, 8),
        ("network_loss", 200, 1),
        ("undecodable", 201, 4),
    ]
