from pathlib import Path

import pytest

from asr.errors import EngineFailed
from asr.model_store import ModelStore
from asr.vosk_engine import VoskModel
from tests.unit.asr.court_speech import script


def test_words_count_the_audio_fed_across_utterances() -> None:
    recogniser = VoskModel(ModelStore().find("court-demo-zh").path).recogniser()
    line = script()[3]
    first = [recogniser.accept(line.pcm) or (), recogniser.final()]
    second = [recogniser.accept(line.pcm) or (), recogniser.final()]
    assert [word.text for words in first for word in words] == ["现在", "开庭"]
    (begin,) = {word.start_s for words in first for word in words if word.text == "现在"}
    (again,) = {word.start_s for words in second for word in words if word.text == "现在"}
    assert again - begin == pytest.approx(line.duration_us / 1e6, abs=0.06)
    assert all(0 <= word.confidence <= 1 for words in first for word in words)


def test_partial_grows_and_a_pause_ends_the_utterance() -> None:
    recogniser = VoskModel(ModelStore().find("court-demo-zh").path).recogniser()
    assert recogniser.partial() == ""
    assert recogniser.accept(script()[8].pcm[: 2 * 32_000]) is None
    assert recogniser.partial().startswith("请求")
    ends = [recogniser.accept(bytes(3200)) for _ in range(30)]
    assert any(words for words in ends)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="no speech model"):
        VoskModel(tmp_path)
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").write_bytes(b"nonsense")
    with pytest.raises(EngineFailed, match="cannot be loaded"):
        VoskModel(tmp_path)
