from recorder.gaps import MAX_TOLD, Gap, GapBook, GapCause, merged


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


def test_gaps_of_a_clock_that_makes_no_sense_are_told_as_one_of_each_cause() -> None:
    causes = (GapCause.UNDECODABLE, GapCause.NETWORK_LOSS)
    gaps = [Gap(causes[n % 2], n, 2, n * 900_000, n * 900_000 + 5) for n in range(500)]
    told = merged(gaps, 90_000)
    assert [(gap.cause, gap.first_sequence, gap.packets) for gap in told] == [(causes[0], 0, 500), (causes[1], 1, 500)]
    assert (told[0].start_rtp, told[0].end_rtp) == (0, 498 * 900_000 + 5)
    few = gaps[:MAX_TOLD]
    assert merged(few, 90_000) == few
