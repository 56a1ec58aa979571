"""Keeps the table "Packages, and who may import whom" of docs/architecture.md."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

OWN = {"hearing_server", "signaling", "recorder", "asr"}

ALLOWED: dict[str, set[str]] = {
    "hearing_server.domain": set(),
    "hearing_server.court": {"hearing_server.domain", "hearing_server.storage", "signaling.protocol"},
    "hearing_server.storage": {"hearing_server.domain"},
    "hearing_server.web": {"hearing_server.court", "hearing_server.domain", "signaling.protocol"},
    "hearing_server.sealing": {"hearing_server.domain", "recorder"},
    "hearing_server.stores": {"hearing_server.domain", "recorder"},
    "hearing_server.exports": {"hearing_server.domain", "hearing_server.sealing", "recorder"},
    "hearing_server.jobs": {
        "hearing_server.court",
        "hearing_server.stores",
        "hearing_server.exports",
        "hearing_server.sealing",
        "hearing_server.domain",
        "hearing_server.logs",
        "hearing_server.storage",
        "recorder",
        "asr",
    },
    "hearing_server.demo": {
        "hearing_server.web.archive_models",
        "hearing_server.web.models",
        "signaling.protocol",
        "asr.error_rate",
        "hearing_server.domain",
    },
    "signaling.protocol": set(),
    "signaling.sink_stream": set(),
    "signaling.bus": {"signaling.protocol"},
    "signaling.media": {"signaling.protocol", "signaling.sink_stream"},
    "signaling.room": {"signaling.protocol", "signaling.media", "signaling.bus", "signaling.sink_stream"},
    "recorder": {"signaling.sink_stream"},
    "asr": {"signaling.sink_stream"},
}
"""Composition roots (front, worker, supervisor, cli, settings) may import anything and are imported by nobody listed here."""

THIRD_PARTY: dict[str, set[str]] = {
    "hearing_server.domain": set(),
    "signaling.protocol": {"pydantic"},
    "signaling.sink_stream": set(),
    "signaling.bus": {"redis", "pydantic", "structlog"},
    "signaling.media": {"aiortc", "aioice", "pylibsrtp", "OpenSSL", "structlog"},
    "signaling.room": {"structlog", "pydantic"},
    "recorder": {"av", "numpy", "PIL", "cryptography"},
    "asr": {"av", "vosk", "numpy", "pypinyin", "structlog"},
    "hearing_server.storage": {"sqlalchemy", "alembic"},
    "hearing_server.exports": {"typst", "segno"},
    "hearing_server.court": {"sqlalchemy", "structlog"},
    "hearing_server.stores": {"obstore", "pydantic"},
}


def package_of(module: str) -> str | None:
    return next((name for name in ALLOWED if module == name or module.startswith(name + ".")), None)


def imports(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_the_table_allows(package: str) -> None:
    files = sorted((ROOT / package.replace(".", "/")).rglob("*.py"))
    assert files, "the table names a package that is not there"
    strangers = []
    for path in files:
        for name in imports(path):
            top = name.partition(".")[0]
            if top in OWN:
                within = name == package or name.startswith(package + ".")
                allowed = any(name == other or name.startswith(other + ".") for other in ALLOWED[package])
                if not within and not allowed:
                    strangers.append(f"{path.relative_to(ROOT)}: {name}")
            elif top not in sys.stdlib_module_names and package in THIRD_PARTY and top not in THIRD_PARTY[package]:
                strangers.append(f"{path.relative_to(ROOT)}: {name}")
    assert not strangers


@pytest.mark.parametrize("init", sorted(p for top in OWN for p in (ROOT / top).rglob("__init__.py")), ids=str)
def test_init_files_stay_empty(init: Path) -> None:
    assert init.read_text() == ""
