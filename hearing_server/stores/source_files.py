"""The files of a hearing's recordings folder, as they are to be copied. Blocking."""

from collections.abc import Iterator
from pathlib import Path

from hearing_server.domain.copies import StoredFile
from hearing_server.stores.port import read_back_of
from recorder.confined import ConfinedFolder
from recorder.manifest import NAME as MANIFEST
from recorder.verification.folder import MEDIA, unlisted_media
from recorder.verification.seal_file import LEAVES, LINE_FILES, SEAL

BESIDE_THE_MEDIA = (*LINE_FILES, LEAVES, SEAL)
"""What sealing writes, and the manifest."""
PASSING = (".part", ".new", ".lock")
"""Ends of names of files that are still being made."""


def read_source(recordings: Path, hearing: str, path: str) -> bytes | None:
    """None when it is not there, or no plain file of this folder."""
    *folders, name = path.split("/")
    try:
        with ConfinedFolder.root(recordings) as root, root.below(hearing, *folders) as folder:
            return folder.read(name)
    except (FileNotFoundError, NotADirectoryError):
        return None


def beside_the_segments(recordings: Path, hearing: str) -> list[StoredFile]:
    """Manifest, record, seal and sidecars as they are now; the segments are known by their facts."""
    return list(_beside(recordings, hearing))


def _beside(recordings: Path, hearing: str) -> Iterator[StoredFile]:
    manifest = read_source(recordings, hearing, MANIFEST)
    sidecars = unlisted_media(recordings / hearing, manifest) if manifest is not None else []
    for path in (*sidecars, *BESIDE_THE_MEDIA):  # the seal last: what it names is then on its way before it
        if path.endswith(PASSING):
            continue
        data = read_source(recordings, hearing, path)
        if data is not None:
            yield StoredFile(hearing, path, len(data), read_back_of(data).sha256)


def is_segment(path: str) -> bool:
    """A segment, which is known by the fact that told of it, rather than something beside them."""
    return path.startswith(f"{MEDIA}/") and path.endswith(".mkv")
