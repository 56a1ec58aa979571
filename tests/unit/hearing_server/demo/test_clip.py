"""Sounds are made ready without shifting them in time, and the lips follow them."""

import wave
from pathlib import Path

import numpy as np
import pytest

from hearing_server.demo.clip import BLOCK, RATE_HZ, load_clip, make_clip
from hearing_server.demo.failures import AssetDamaged
from hearing_server.demo.script import sample_hearing


def test_a_click_stays_where_it_was() -> None:
    source = np.zeros(16_000, np.int16)
    source[5_000] = 20_000
    clip = make_clip(source)
    assert int(np.argmax(np.abs(clip.samples))) == 15_000
    assert len(clip.samples) == RATE_HZ


def test_a_tone_keeps_its_pitch_and_level() -> None:
    at_s = np.arange(16_000) / 16_000
    clip = make_clip((np.sin(2 * np.pi * 1_000 * at_s) * 10_000).astype(np.int16))
    middle = clip.samples[12_000:36_000].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * RATE_HZ / len(middle) == pytest.approx(1_000, abs=3)
    assert np.abs(middle).max() == pytest.approx(10_000, rel=0.01)
    above = np.fft.rfftfreq(len(middle), 1 / RATE_HZ) > 8_000
    assert spectrum[above].max() < spectrum.max() / 1_000, "no image of the tone above the source's band"


def test_lips_are_shut_in_silence_and_open_in_speech() -> None:
    line = sample_hearing()[8]
    clip = load_clip(line.path)
    assert clip.blocks * BLOCK == len(clip.samples)
    before = clip.lips[: int(line.speech_start_s * 50) - 3]
    during = clip.lips[int(line.speech_start_s * 50) : int(line.speech_end_s * 50)]
    assert max(lips.loudness for lips in before) < 0.15
    assert max(lips.loudness for lips in during) == 1.0
    assert np.mean([lips.loudness for lips in during]) > 0.3


def test_every_line_of_the_script_has_its_sound_and_its_words_in_order() -> None:
    lines = sample_hearing()
    assert [line.number for line in lines] == list(range(1, 29))
    for line in lines:
        clip = load_clip(line.path)
        assert "".join(word.text for word in line.words) == line.text
        ends = [0.0, *(word.end_s for word in line.words)]
        assert all(word.start_s >= ends[index] for index, word in enumerate(line.words))
        assert line.speech_end_s < len(clip.samples) / RATE_HZ


def test_a_sound_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(44_100)
        wav.writeframes(bytes(400))
    with pytest.raises(AssetDamaged, match=r"stereo\.wav"):
        load_clip(path)
