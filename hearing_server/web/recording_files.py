"""Files of the archive, in whole or in part (RFC 9110 section 14), out of one folder and from nowhere else.

Every step of a path is taken with ``openat`` and ``O_NOFOLLOW``: neither a crafted row in the database nor a symbolic link
in the archive leads out of the recordings folder.
"""

import asyncio
import os
import re
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from aiohttp import web

from hearing_server.domain.errors import NotFound

_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

CHUNK_BYTES = 256 * 1024
"""Read and sent at a time; the connection's own buffer holds back the next until the last is taken."""


class RecordingFiles:
    """``root`` holds one folder per hearing."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def answer(
        self, request: web.Request, hearing: str, path: str, content_type: str, etag: str, save_as: str = ""
    ) -> web.StreamResponse:
        """The file, or the part of it that ``Range`` asks for; ``save_as``: the name under which a browser keeps it. Raises
        ``NotFound``; ``HTTPRequestRangeNotSatisfiable``."""
        async with self._opened(hearing, path) as (descriptor, size):
            start, end = _asked(request, size)
            response = web.StreamResponse(status=200 if (start, end) == (0, size) else 206)
            response.content_type = content_type
            response.content_length = end - start
            response.headers["Accept-Ranges"] = "bytes"
            response.headers["ETag"] = f'"{etag}"'
            response.headers["Cache-Control"] = "private, no-store"
            if response.status == 206:
                response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
            if save_as:
                response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(save_as, safe='')}"
            await response.prepare(request)
            if request.method != "HEAD":
                while start < end:
                    chunk = await asyncio.to_thread(os.pread, descriptor, min(CHUNK_BYTES, end - start), start)
                    if not chunk:
                        raise ConnectionResetError("the file became shorter while it was sent")
                    await response.write(chunk)
                    start += len(chunk)
            await response.write_eof()
            return response

    @asynccontextmanager
    async def _opened(self, hearing: str, path: str) -> AsyncIterator[tuple[int, int]]:
        descriptor, size = await asyncio.to_thread(self._open, hearing, path)
        try:
            yield descriptor, size
        finally:
            os.close(descriptor)

    def _open(self, hearing: str, path: str) -> tuple[int, int]:
        """Descriptor and size in bytes."""
        *folders, name = PurePosixPath(hearing, path).parts
        if not all(_NAME.fullmatch(part) for part in (*folders, name)):
            raise NotFound("file")
        try:
            folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                for each in folders:
                    deeper = os.open(each, _FOLDER, dir_fd=folder)
                    os.close(folder)
                    folder = deeper
                descriptor = os.open(name, _FILE, dir_fd=folder)
            finally:
                os.close(folder)
        except OSError:
            raise NotFound("file") from None
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise NotFound("file")
        return descriptor, status.st_size


def _asked(request: web.Request, size: int) -> tuple[int, int]:
    """First byte and the byte after the last. What cannot be read as one range is answered by the whole file."""
    try:
        asked = request.http_range
    except ValueError:
        return 0, size
    start, stop = asked.start, asked.stop
    if start is None:
        return 0, size
    if start < 0:  # the last so many bytes
        return max(0, size + start), size
    if start >= size:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return start, size if stop is None else min(stop, size)


RECORDING_FILES: web.AppKey[RecordingFiles] = web.AppKey("recording_files", RecordingFiles)
