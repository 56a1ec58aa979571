"""A bag (BagIt, RFC 8493) written straight into one ZIP: stored, file after file, each read once. ZIP64 where it has to be."""

import hashlib
import os
import re
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, Self

from hearing_server.domain.export import ExportError
from hearing_server.exports.errors import ExportFailed

CHUNK_BYTES = 1 << 20
SYNC_EVERY_BYTES = 64 << 20
"""What is not on the disk yet stays below this: a running hearing's segments are synced on the same disk meanwhile."""
PAYLOAD = "data/"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PLAIN_PATH = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
"""Of files in a bag: nothing that the lists (RFC 8493 section 2.1.3) or another system would have to escape."""


class BagArchive:
    """Blocking; for one thread; inside ``with``.

    ``name`` is the bag's folder inside the ZIP, ``at_ms`` the time of all its files: the same record gives
    the same bytes. ``read`` is told of bytes as they are packed."""

    def __init__(self, file: BinaryIO, name: str, at_ms: int, read: Callable[[int], None]) -> None:
        self._file = file
        self._name = name
        self._date = time.gmtime(at_ms / 1000)[:6]
        self._read = read
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._hashes: dict[str, str] = {}
        self._payload_bytes = 0
        self._unsynced = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()  # of a bag that was given up too, while its file is still open

    def add(self, path: str, data: bytes) -> None:
        """A small file."""
        self._add(path, len(data), [data])

    def add_file(self, path: str, source: Path) -> None:
        """Raises `ExportFailed` when it changes its length meanwhile."""
        with source.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._add(path, size, _chunks(file))

    def finish(self, info: Mapping[str, str]) -> None:
        """Declaration, ``bag-info.txt`` and the lists; nothing can be added afterwards."""
        payload = [path for path in self._hashes if path.startswith(PAYLOAD)]
        told = {**info, "Payload-Oxum": f"{self._payload_bytes}.{len(payload)}"}
        self.add("bagit.txt", DECLARATION)
        self.add("bag-info.txt", "".join(f"{name}: {_one_line(value)}\n" for name, value in told.items()).encode())
        self.add("manifest-sha256.txt", self._list(payload))
        self.add("tagmanifest-sha256.txt", self._list([path for path in self._hashes if path not in payload]))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())

    def _list(self, paths: Iterable[str]) -> bytes:
        return "".join(f"{self._hashes[path]}  {path}\n" for path in sorted(paths)).encode()

    def _add(self, path: str, size: int, chunks: Iterable[bytes]) -> None:
        if PLAIN_PATH.fullmatch(path) is None or path in self._hashes:
            raise ExportFailed(ExportError.RECORD_CHANGED)
        entry = zipfile.ZipInfo(f"{self._name}/{path}", self._date)
        entry.external_attr = 0o100644 << 16
        entry.file_size = size
        digest, written = hashlib.sha256(), 0
        with self._zip.open(entry, "w", force_zip64=size > zipfile.ZIP64_LIMIT // 2) as packed:
            for chunk in chunks:
                digest.update(chunk)
                packed.write(chunk)
                written += len(chunk)
                self._read(len(chunk))
                self._sync(len(chunk))
        if written != size:
            raise ExportFailed(ExportError.RECORD_CHANGED)
        self._hashes[path] = digest.hexdigest()
        self._payload_bytes += size if path.startswith(PAYLOAD) else 0

    def _sync(self, written: int) -> None:
        self._unsynced += written
        if self._unsynced >= SYNC_EVERY_BYTES:
            self._unsynced = 0
            self._file.flush()
            os.fdatasync(self._file.fileno())


def _chunks(file: BinaryIO) -> Iterable[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _one_line(text: str) -> str:
    return " ".join(text.split())
