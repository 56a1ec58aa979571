"""A file from the network: resumed where it was broken off, taken only when its SHA-256 is right."""

import hashlib
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from asr.errors import DownloadFailed

PIECE_BYTES = 256 * 1024
TIMEOUT_S = 30.0
MOST_FRUITLESS_TRIES = 3
"""Connections in a row that brought nothing before it is given up."""
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

Progress = Callable[[int, int], None]
"""Bytes here so far, bytes in all (0 when unknown)."""


def download(url: str, to: Path, sha256: str, size_bytes: int, progress: Progress) -> None:
    """Writes ``to``, going on after what a former try left in it. On return it is whole and verified.

    Raises `DownloadFailed`; what was received stays for the next try unless its hash was wrong, then ``to`` is gone.
    """
    if not url.startswith(("https://", "http://")):
        raise DownloadFailed("a model is fetched over http or https only")
    fruitless = 0
    while not _is_whole(to, size_bytes):
        before = _size(to)
        try:
            if _receive(url, to, size_bytes, progress):
                break
            reason = "the connection ended early"
        except urllib.error.HTTPError as error:
            error.close()
            raise DownloadFailed(f"the server answered {error.code} for {url}") from error
        except (OSError, http.client.HTTPException) as error:
            reason = str(error)
        fruitless = 0 if _size(to) > before else fruitless + 1
        if fruitless >= MOST_FRUITLESS_TRIES:
            raise DownloadFailed(f"{url} could not be fetched: {reason}")
    _verify(to, sha256)


def _is_whole(path: Path, size_bytes: int) -> bool:
    return bool(size_bytes) and _size(path) >= size_bytes


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _receive(url: str, to: Path, size_bytes: int, progress: Progress) -> bool:
    """Whether the server said this was the end."""
    have = _size(to)
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
        at, total = _place(response, have)
        limit = size_bytes or total
        with to.open("r+b" if at else "wb") as file:
            file.truncate(at)
            file.seek(at)
            while piece := response.read(PIECE_BYTES):
                at += len(piece)
                if limit and at > limit:
                    raise DownloadFailed(f"{url} is larger than the {limit} bytes it should have")
                file.write(piece)
                progress(at, limit)
    return at == total if total else True


def _place(response: http.client.HTTPResponse, have: int) -> tuple[int, int]:
    """Where the answer's first byte belongs, and the size of the whole (0 when not said). A server may ignore the range."""
    match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status == 206 and match and int(match[1]) == have:
        return have, 0 if match[2] == "*" else int(match[2])
    if response.status != 200:
        raise DownloadFailed(f"the server answered {response.status} with a range nobody asked for")
    return 0, int(response.headers.get("Content-Length", 0))


def _verify(path: Path, sha256: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256.lower():
        path.unlink()
        raise DownloadFailed(f"SHA-256 is {found}, expected {sha256}")
