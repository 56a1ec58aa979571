from asr.gate import GateStep, LevelGate

LOUD, QUIET = -20.0, -70.0


def steps(*levels: float) -> list[GateStep]:
    gate = LevelGate(threshold_dbov=-50, hang_over_ms=60)
    return [gate.step(level, 20) for level in levels]


def test_it_opens_at_the_first_loud_frame_and_closes_after_the_hang_over() -> None:
    assert steps(QUIET, LOUD, QUIET, QUIET, QUIET, QUIET) == [
        GateStep.SHUT,
        GateStep.OPENED,
        GateStep.OPEN,
        GateStep.OPEN,
        GateStep.CLOSED,
        GateStep.SHUT,
    ]


def test_a_short_pause_does_not_close_it() -> None:
    assert steps(LOUD, QUIET, QUIET, LOUD, QUIET, QUIET, QUIET)[-1] is GateStep.CLOSED
    assert GateStep.CLOSED not in steps(LOUD, QUIET, QUIET, LOUD, QUIET, QUIET)


def test_shut_makes_the_next_loud_frame_an_opening() -> None:
    gate = LevelGate()
    gate.step(LOUD, 20)
    assert gate.is_open
    gate.shut()
    assert not gate.is_open
    assert gate.step(LOUD, 20) is GateStep.OPENED
