from pathlib import Path

import pytest

from hearing_server.sealing.court_keys import CourtKeys
from recorder.verification.single_file import single_file
from tests.unit.hearing_server.sealing.sealed_hearing import record, record_lines, seal_folder
from tests.unit.recorder.recorder_process import HEARING


@pytest.fixture(scope="session")
def sealed_original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with ``recordings``, ``keys`` and ``transparency``; to be copied, never changed."""
    data = tmp_path_factory.mktemp("sealed")
    told = record(data / "recordings")
    seal_folder(data / "recordings", CourtKeys(data / "keys"), record_lines(told)[0])
    return data


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of another recording."""
    data = tmp_path_factory.mktemp("foreign")
    record(data, skipped=7)
    return data / HEARING


@pytest.fixture(scope="session")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``verify.py`` alone in a folder."""
    path = tmp_path_factory.mktemp("verifier") / "verify.py"
    path.write_text(single_file(), encoding="utf-8")
    return path
