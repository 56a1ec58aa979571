"""Where speech models are: the configured folder, the user's cache, the network when asked by name, and inside this package.

``python -m asr.model_store fetch NAME`` puts one into the cache.
"""

import argparse
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from asr.download import Progress, download
from asr.errors import DownloadFailed, ModelNotFound, ModelStoreError
from asr.model_archive import holds_model, unpack
from asr.model_table import BUILT_IN, MODELS, PREFERRED, SpeechModelEntry

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that is on this machine."""

    name: str
    path: Path
    demo: bool


class ModelStore:
    """``folder`` is looked in first, ``cache`` next; downloads go to ``cache``."""

    def __init__(self, folder: Path | None = None, cache: Path | None = None) -> None:
        self._folder = folder
        self._cache = cache or user_cache()

    def find(self, model: str = "") -> FoundModel:
        """A name, a folder, or empty for the best one here. Downloads nothing. Raises `ModelNotFound`."""
        if not model:
            return self._kept(PREFERRED) or self._built_in()
        if "/" in model or Path(model).is_dir():
            return _in_folder(Path(model))
        found = self._built_in() if model == BUILT_IN else self._kept(model)
        if found is None:
            raise ModelNotFound(
                f"the speech model {model!r} is not here; fetch it with: python -m asr.model_store fetch {model}"
            )
        return found

    def find_or_fetch(self, model: str) -> FoundModel:
        """As `find`, but a model asked for by a name of the table is downloaded; when that fails the built-in one serves.

        Raises `ModelNotFound` for a name nobody knows.
        """
        try:
            return self.find(model)
        except ModelNotFound:
            if model not in MODELS:
                raise
        try:
            return self.ensure(model, progress=lambda done, total: None)
        except ModelStoreError as error:
            _log.error("model not fetched, the built-in one serves", model=model, reason=str(error))
            return self._built_in()

    def ensure(self, name: str, progress: Progress, url: str = "", sha256: str = "") -> FoundModel:
        """Downloads it unless it is here. ``url`` and ``sha256`` stand in for the table's.

        Raises `ModelNotFound` for a name without an entry, `DownloadFailed`, `UnsafeArchive`.
        """
        if name == BUILT_IN:
            return self._built_in()
        if found := self._kept(name):
            return found
        entry = MODELS.get(name)
        if entry is None:
            raise ModelNotFound(f"no speech model is called {name!r}; there are {', '.join(MODELS)}")
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            with _only_one(self._cache / f".{name}.lock"):
                return self._kept(name) or self._fetch(entry, progress, url, sha256)
        except OSError as error:
            raise DownloadFailed(f"the cache cannot be written: {error}") from error

    def _fetch(self, entry: SpeechModelEntry, progress: Progress, url: str, sha256: str) -> FoundModel:
        archive = self._cache / f"{entry.name}.zip.part"
        wanted = sha256 or entry.sha256
        size_bytes = entry.size_bytes if wanted == entry.sha256 else 0
        download(url or entry.url, archive, wanted, size_bytes, progress)
        unpack(archive, self._cache / entry.name, entry.unpacked_bytes)
        archive.unlink()
        return FoundModel(entry.name, self._cache / entry.name, entry.demo)

    def _kept(self, name: str) -> FoundModel | None:
        entry = MODELS.get(name)
        for folder in (self._folder, self._cache):
            if folder is not None and holds_model(folder / name):
                return FoundModel(name, folder / name, entry.demo if entry else False)
        return None

    def _built_in(self) -> FoundModel:
        return FoundModel(BUILT_IN, Path(__file__).parent / "models" / BUILT_IN, demo=True)


def user_cache() -> Path:
    """By the XDG Base Directory Specification."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "hearing-server" / "models"


def _in_folder(path: Path) -> FoundModel:
    if not holds_model(path):
        raise ModelNotFound(f"{path} holds no speech model")
    name = path.resolve().name
    entry = MODELS.get(name)
    return FoundModel(name, path, entry.demo if entry else False)


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Several workers may want the same model: the others wait and find it."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(arguments: list[str] | None = None) -> int:
    """``fetch NAME [--url URL] [--sha256 HEX] [--cache FOLDER]``; the progress bar and errors go to stderr, the folder to stdout."""
    parser = argparse.ArgumentParser(prog="python -m asr.model_store")
    fetch = parser.add_subparsers(required=True, metavar="fetch").add_parser(
        "fetch", help="download a model into the cache"
    )
    fetch.add_argument("name", choices=sorted(MODELS))
    fetch.add_argument("--url", default="", help="fetch it from here instead")
    fetch.add_argument("--sha256", default="", help="expect this instead of the published hash")
    fetch.add_argument("--cache", type=Path, default=None)
    options = parser.parse_args(arguments)
    store = ModelStore(cache=options.cache)
    try:
        found = store.ensure(options.name, _draw_bar, options.url, options.sha256)
    except ModelStoreError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    sys.stderr.write("\n")
    sys.stdout.write(f"{found.path}\n")
    return 0


def _draw_bar(done: int, total: int) -> None:
    filled = 40 * done // total if total else 0
    size = f"{done / 1e6:.1f} of {total / 1e6:.1f} MB" if total else f"{done / 1e6:.1f} MB"
    sys.stderr.write(f"\r[{'#' * filled:<40}] {size}")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
