import numpy as np
import pytest

from asr.opus import SPEECH_HZ, OpusDecoder, SpeechFrame
from tests.unit.asr.court_speech import opus_packets

RTP_START = 1_000_000


def clicks(*at_ms: int, length_ms: int = 2000) -> bytes:
    samples = np.zeros(length_ms * 16, np.int16)
    for at in at_ms:
        burst = 12_000 * np.sin(2 * np.pi * 1000 * np.arange(80) / SPEECH_HZ)
        samples[at * 16 : at * 16 + 80] = burst.astype(np.int16)
    return samples.tobytes()


def loudest_ms(frames: list[SpeechFrame], start_ms: int, end_ms: int) -> float:
    """Middle of the energy between two instants on the RTP time line."""
    times, power = [], []
    for frame in frames:
        samples = np.frombuffer(frame.pcm, np.int16).astype(np.float64)
        at_ms = (frame.rtp - RTP_START) / 48 + np.arange(samples.size) / 16
        inside = (at_ms >= start_ms) & (at_ms < end_ms)
        times.append(at_ms[inside])
        power.append(samples[inside] ** 2)
    weights = np.concatenate(power)
    return float((np.concatenate(times) * weights).sum() / weights.sum())


def decode(packets: list[bytes], missing: frozenset[int] = frozenset()) -> list[SpeechFrame]:
    decoder = OpusDecoder()
    return [
        frame
        for at, payload in enumerate(packets)
        if at not in missing
        for frame in decoder.decode(RTP_START + at * 960, payload)
    ]


def test_sound_keeps_its_place_in_time_through_encoder_decoder_and_resampler() -> None:
    frames = decode(opus_packets(clicks(500, 1500)))
    assert loudest_ms(frames, 400, 600) == pytest.approx(502.5, abs=1.5)
    assert loudest_ms(frames, 1400, 1600) == pytest.approx(1502.5, abs=1.5)


def test_lost_packets_leave_silence_of_their_length() -> None:
    packets = opus_packets(clicks(500, 1500))
    frames = decode(packets, missing=frozenset(range(40, 50)))
    assert loudest_ms(frames, 1400, 1600) == pytest.approx(1502.5, abs=1.5)
    assert [frame.starts_run for frame in frames].count(True) == 1
    assert loudest_ms(frames, 400, 600) == pytest.approx(502.5, abs=1.5)


def test_a_long_hole_begins_another_run_at_its_own_time() -> None:
    packets = opus_packets(clicks(500, 1500))
    frames = decode(packets, missing=frozenset(range(30, 65)))
    assert [frame.starts_run for frame in frames].count(True) == 2
    assert loudest_ms(frames, 1400, 1600) == pytest.approx(1502.5, abs=2.0)


def test_a_timestamp_that_goes_back_begins_another_run() -> None:
    packets = opus_packets(clicks(100, length_ms=200))
    decoder = OpusDecoder()
    decoder.decode(RTP_START, packets[0])
    (frame, *_) = decoder.decode(RTP_START - 48_000, packets[1])
    assert frame.starts_run


def test_a_packet_that_cannot_be_decoded_counts_as_missing() -> None:
    decoder = OpusDecoder()
    packets = opus_packets(clicks(100, length_ms=200))
    decoder.decode(RTP_START, packets[0])
    assert decoder.decode(RTP_START + 960, b"") == []
    assert decoder.decode(RTP_START + 960, b"\xff\xff\xff") == []
    frames = decoder.decode(RTP_START + 1920, packets[2])
    assert sum(frame.duration_ms for frame in frames) == pytest.approx(40, abs=1)


def test_level_is_that_of_a_full_scale_square_wave_at_most() -> None:
    loud = np.full(320, 32767, np.int16).tobytes()
    assert SpeechFrame(0, loud, False).level_dbov() == pytest.approx(0, abs=0.01)
    assert SpeechFrame(0, bytes(640), False).level_dbov() == -127
    assert SpeechFrame(0, loud, False).duration_ms == 20
