"""Figures for the operators: spans on the way into a hearing, each once, and workers only while they speak."""

from hearing_server.court.figures import FORGOTTEN_AFTER_S, MOST_WORKERS, CourtFigures, Joining, JoinStep
from signaling.protocol.worker_figures import DistributionCount, WorkerFigures


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def worker(name: str, rooms: int = 1) -> WorkerFigures:
    empty = DistributionCount(1.0).taken()
    return WorkerFigures(
        worker=name,
        rooms=rooms,
        members=0,
        tracks=0,
        facts_waiting=0,
        refused={},
        media=[],
        sinks=[],
        forward_s=empty,
        loop_lag_s=empty,
    )


def test_each_span_of_joining_is_counted_once() -> None:
    clock = Clock()
    figures, joining = CourtFigures(clock), Joining()
    figures.welcomed(joining)
    for pass_s, happens in ((30.0, figures.offered), (0.4, figures.connected), (0.02, figures.first_packet)):
        clock.now_s += pass_s
        happens(joining)
    clock.now_s += 60
    figures.first_packet(joining)  # a camera switched on later
    figures.offered(joining)  # the connection is made again
    clock.now_s += 0.1
    figures.connected(joining)
    figures.first_packet(joining)
    taken = {step: (sum(each.counts), round(each.total, 3)) for step, each in figures.joins().items()}
    assert taken == {
        JoinStep.WELCOME_TO_OFFER: (1, 30.0),
        JoinStep.OFFER_TO_CONNECTED: (2, 0.5),
        JoinStep.CONNECTED_TO_PACKET: (2, 0.02),
        JoinStep.WELCOME_TO_PACKET: (1, 30.42),
    }


def test_a_resumed_session_that_was_never_welcomed_here_counts_no_welcome() -> None:
    figures, joining = CourtFigures(Clock()), Joining()
    figures.offered(joining)
    figures.connected(joining)
    figures.first_packet(joining)
    counted = {step: sum(each.counts) for step, each in figures.joins().items()}
    assert counted[JoinStep.WELCOME_TO_OFFER] == counted[JoinStep.WELCOME_TO_PACKET] == 0
    assert counted[JoinStep.OFFER_TO_CONNECTED] == 1


def test_a_worker_that_falls_silent_is_forgotten() -> None:
    clock = Clock()
    figures = CourtFigures(clock)
    figures.hear_worker(worker("a"))
    clock.now_s += FORGOTTEN_AFTER_S
    figures.hear_worker(worker("b", rooms=2))
    figures.hear_worker(worker("b", rooms=3))
    assert [(each.worker, each.rooms) for each in figures.workers()] == [("a", 1), ("b", 3)]
    clock.now_s += 1
    assert [each.worker for each in figures.workers()] == ["b"]


def test_there_is_an_end_to_how_many_workers_are_shown() -> None:
    figures = CourtFigures(Clock())
    for number in range(MOST_WORKERS + 10):
        figures.hear_worker(worker(str(number)))
    assert len(figures.workers()) == MOST_WORKERS


def test_a_value_on_a_bound_belongs_to_it() -> None:
    count = DistributionCount(0.1, 1.0)
    for value in (0.05, 0.1, 0.5, 7.0):
        count.observe(value)
    assert (count.taken().counts, count.taken().total) == ([2, 1, 1], 7.65)
