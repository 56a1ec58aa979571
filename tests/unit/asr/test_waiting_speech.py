import threading

from asr.waiting_speech import MOST_WAITING_MS, Mark, Pause, Speech, WaitingSpeech


def speech(sequence: int, duration_ms: int = 20) -> Speech:
    return Speech(sequence * 960, bytes(duration_ms * 32), sequence, sequence * 20_000)


def test_a_chunk_is_taken_when_it_is_whole_or_a_mark_follows() -> None:
    waiting = WaitingSpeech(shedding=True)
    for sequence in range(4):
        waiting.put(speech(sequence))
    assert not waiting.ready(100) and waiting.take(100) is None
    waiting.put(Pause(3))
    assert waiting.ready(100)
    chunk = waiting.take(100)
    assert isinstance(chunk, list) and [piece.sequence for piece in chunk] == [0, 1, 2, 3]
    assert waiting.take(100) == Pause(3)
    assert waiting.empty


def test_a_chunk_is_no_longer_than_asked_for() -> None:
    waiting = WaitingSpeech(shedding=True)
    for sequence in range(20):
        waiting.put(speech(sequence))
    chunk = waiting.take(100)
    assert isinstance(chunk, list) and len(chunk) == 5
    assert waiting.oldest_arrival_us() == 5 * 20_000


def test_deferring_takes_the_speech_and_leaves_the_marks() -> None:
    waiting = WaitingSpeech(shedding=True)
    mark = Mark(lambda: None)
    for item in (speech(1), Pause(1), speech(2), mark, speech(3)):
        waiting.put(item)
    waiting.defer()
    deferred = waiting.take_deferred()
    assert deferred is not None and [piece.sequence for piece in deferred] == [1, 3]
    assert waiting.take_deferred() is None
    assert [waiting.take(100), waiting.take(100), waiting.take(100)] == [Pause(1), mark, None]


def test_full_and_shedding_it_counts_what_it_gives_up() -> None:
    waiting = WaitingSpeech(shedding=True)
    for sequence in range(MOST_WAITING_MS // 1000 + 1):
        waiting.put(speech(sequence, 1000))
    deferred = waiting.take_deferred()
    assert deferred is not None
    assert [piece.sequence for piece in deferred] == [0, MOST_WAITING_MS // 1000 - 1]


def test_full_and_not_shedding_the_writer_waits_for_room() -> None:
    waiting = WaitingSpeech(shedding=False)
    for sequence in range(MOST_WAITING_MS // 1000):
        waiting.put(speech(sequence, 1000))
    writer = threading.Thread(target=waiting.put, args=(speech(99, 1000),))
    writer.start()
    taken = 0
    while not isinstance(chunk := waiting.take(1000), list) or chunk[-1].sequence != 99:
        taken += 1
    writer.join()
    assert taken >= MOST_WAITING_MS // 1000
    assert waiting.take_deferred() is None and waiting.empty
