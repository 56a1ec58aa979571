import pytest

from asr.fed_timeline import FedTimeline


def test_fed_time_leads_back_across_silence_that_was_left_out() -> None:
    timeline = FedTimeline()
    timeline.append(480_000, 1600)
    timeline.append(480_000 + 4800, 1600)
    timeline.append(960_000, 1600)
    assert timeline.rtp_at(0.0) == 480_000
    assert timeline.rtp_at(0.15) == 480_000 + 7200
    assert timeline.rtp_at(0.25) == 960_000 + 2400
    assert timeline.fed == 4800


def test_forgetting_keeps_the_latest_run() -> None:
    timeline = FedTimeline()
    for run in range(100):
        timeline.append(run * 100_000, 1600)
    timeline.forget_finished()
    assert timeline.rtp_at(9.95) == 99 * 100_000 + 2400


def test_nothing_fed_has_no_time() -> None:
    with pytest.raises(LookupError):
        FedTimeline().rtp_at(0)
