"""What each process of the server loads, and what it must not."""

import subprocess
import sys

import pytest

MEDIA = {"av", "aiortc", "aioice", "vosk", "numpy"}
DATABASE = {"sqlalchemy", "aiosqlite", "psycopg", "alembic"}


@pytest.mark.parametrize(
    ("module", "strangers"),
    [
        ("hearing_server.front", MEDIA),
        ("hearing_server.front_process", MEDIA),
        ("hearing_server.worker", DATABASE | {"vosk"}),
        ("hearing_server.worker_process", DATABASE | {"vosk"}),
    ],
)
def test_a_process_loads_only_what_it_needs(module: str, strangers: set[str]) -> None:
    look = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, check=True, text=True).stdout.split()
    assert "structlog" in loaded
    assert strangers & set(loaded) == set()
