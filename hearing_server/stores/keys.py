"""How objects are named: ``<hearing>/<path>.<sha256>``, so that a listing alone tells what every object must hold.

A damaged object is never written over: the next try gets ``.r1`` behind its name, then ``.r2``.
"""

import re

from hearing_server.domain.copies import StoredFile

_KEY = re.compile(r"([A-Za-z0-9_-]{1,100})/((?:[A-Za-z0-9_.-]+/)*[A-Za-z0-9_.-]+)\.([0-9a-f]{64})(?:\.r([1-9][0-9]?))?")


def object_key(file: StoredFile, repair: int = 0) -> str:
    return f"{file.hearing_id}/{file.path}.{file.sha256}" + (f".r{repair}" if repair else "")


def hearing_prefix(hearing: str) -> str:
    return f"{hearing}/"


def named_by(key: str, size_bytes: int) -> tuple[StoredFile, int] | None:
    """The file whose copy a key names, and its repair. None for what this server did not write."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    hearing, path, sha256, repair = match.groups()
    return StoredFile(hearing, path, size_bytes, sha256), int(repair or 0)
