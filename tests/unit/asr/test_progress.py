from asr.countdown import Countdown
from asr.progress import Progress


def test_progress_only_grows_and_is_said_once() -> None:
    progress = Progress(4)
    assert progress.settle(10) == ({"type": "heard", "track": 4, "sequence": 10},)
    assert progress.settle(10) == ()
    assert progress.settle(9) == ()


def test_silence_is_marked_once_a_second() -> None:
    progress = Progress(4)
    marks = [progress.settle_now_and_then(n, n * 20_000) for n in range(101)]
    assert [mark[0]["sequence"] for mark in marks if mark] == [0, 50, 100]


def test_countdown_acts_once_when_all_have_passed() -> None:
    done: list[str] = []
    countdown = Countdown(2, lambda: done.append("done"))
    countdown.passed()
    assert not done
    countdown.passed()
    assert done == ["done"]


def test_countdown_of_nobody_acts_at_once() -> None:
    done: list[str] = []
    Countdown(0, lambda: done.append("done"))
    assert done == ["done"]
