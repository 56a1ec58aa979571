"""Models are found, fetched and unpacked; the other end is a real HTTP server that can be unkind."""

import hashlib
import io
import os
import re
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from asr.download import download
from asr.errors import DownloadFailed, ModelNotFound, UnsafeArchive
from asr.model_archive import unpack
from asr.model_store import FoundModel, ModelStore
from asr.model_table import BUILT_IN, MODELS, PREFERRED
from tests.unit.asr.court_speech import ROOT


def model_zip(extra: dict[str, bytes] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{PREFERRED}/am/final.mdl", os.urandom(600_000))
        archive.writestr(f"{PREFERRED}/conf/model.conf", b"--beam=10\n")
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return buffer.getvalue()


class Shelf(ThreadingHTTPServer):
    """Serves one file. ``cuts``: after how many bytes of their own the next answers break off."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.cuts: list[int] = []
        self.takes_ranges = True
        self.asked_from: list[int] = []
        super().__init__(("127.0.0.1", 0), ShelfAnswer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/model.zip"


class ShelfAnswer(BaseHTTPRequestHandler):
    server: Shelf

    def do_GET(self) -> None:
        content = self.server.content
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begin = int(asked[1]) if asked and self.server.takes_ranges else 0
        self.server.asked_from.append(int(asked[1]) if asked else 0)
        if self.path != "/model.zip":
            self.send_error(404)
            return
        if begin:
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        body = content[begin:]
        self.wfile.write(body[: self.server.cuts.pop(0)] if self.server.cuts else body)

    def log_message(self, format: str, *args: object) -> None:
        """Tests need no access log."""


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    server = Shelf(model_zip())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fetch(store: ModelStore, shelf: Shelf, wanted: str = "") -> tuple[FoundModel, list[tuple[int, int]]]:
    steps: list[tuple[int, int]] = []
    found = store.ensure(
        PREFERRED, lambda done, total: steps.append((done, total)), shelf.url, wanted or sha256(shelf.content)
    )
    return found, steps


def test_fetched_once_then_found_in_the_cache(tmp_path: Path, shelf: Shelf) -> None:
    store = ModelStore(cache=tmp_path)
    found, steps = fetch(store, shelf)
    assert found == FoundModel(PREFERRED, tmp_path / PREFERRED, demo=False)
    assert (found.path / "conf" / "model.conf").read_bytes() == b"--beam=10\n"
    assert steps[-1] == (len(shelf.content), len(shelf.content))
    assert fetch(store, shelf) == (found, [])
    assert shelf.asked_from == [0]
    assert store.find() == found == store.find(PREFERRED)
    assert sorted(os.listdir(tmp_path)) == [f".{PREFERRED}.lock", PREFERRED]


def test_an_interrupted_download_goes_on_where_it_broke_off(tmp_path: Path, shelf: Shelf) -> None:
    shelf.cuts = [100_000, 200_000]
    found, steps = fetch(ModelStore(cache=tmp_path), shelf)
    assert shelf.asked_from == [0, 100_000, 300_000]
    assert (found.path / "am" / "final.mdl").stat().st_size == 600_000
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_what_a_former_process_received_is_not_fetched_again(tmp_path: Path, shelf: Shelf) -> None:
    (tmp_path / f"{PREFERRED}.zip.part").write_bytes(shelf.content[:250_000])
    fetch(ModelStore(cache=tmp_path), shelf)
    assert shelf.asked_from == [250_000]


def test_a_server_without_ranges_sends_it_all_again(tmp_path: Path, shelf: Shelf) -> None:
    shelf.takes_ranges, shelf.cuts = False, [100_000]
    found, _ = fetch(ModelStore(cache=tmp_path), shelf)
    assert shelf.asked_from == [0, 100_000]
    assert (found.path / "am" / "final.mdl").stat().st_size == 600_000


def test_a_wrong_hash_leaves_nothing_behind(tmp_path: Path, shelf: Shelf) -> None:
    store = ModelStore(cache=tmp_path)
    with pytest.raises(DownloadFailed, match="SHA-256"):
        fetch(store, shelf, wanted="0" * 64)
    assert os.listdir(tmp_path) == [f".{PREFERRED}.lock"]
    assert store.find().name == BUILT_IN


def test_a_server_that_never_gives_anything_is_given_up(tmp_path: Path, shelf: Shelf) -> None:
    shelf.cuts = [0] * 10
    with pytest.raises(DownloadFailed, match="could not be fetched"):
        fetch(ModelStore(cache=tmp_path), shelf)
    assert len(shelf.asked_from) == 3


def test_more_than_the_table_promises_is_refused(tmp_path: Path, shelf: Shelf) -> None:
    with pytest.raises(DownloadFailed, match="larger"):
        download(shelf.url, tmp_path / "part", sha256(shelf.content), 1000, lambda done, total: None)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_only_the_web_is_fetched_from(tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadFailed, match="http"):
        ModelStore(cache=tmp_path).ensure(PREFERRED, lambda done, total: None, url)


def test_a_server_that_has_no_such_file_is_said(tmp_path: Path, shelf: Shelf) -> None:
    with pytest.raises(DownloadFailed, match="404"):
        ModelStore(cache=tmp_path).ensure(PREFERRED, lambda done, total: None, shelf.url.replace("model", "nothing"))


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside", "a\\..\\outside", "C:/outside"])
def test_an_archive_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "inside").mkdir()
    archive = tmp_path / "evil.zip"
    archive.write_bytes(model_zip({name: b"x"}))
    with pytest.raises(UnsafeArchive, match="outside"):
        unpack(archive, tmp_path / "inside" / "model", 10_000_000)
    assert os.listdir(tmp_path / "inside") == [] and not (tmp_path / "outside").exists()


def test_an_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as writer:
        link = zipfile.ZipInfo("model/am")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        writer.writestr(link, "/etc")
        writer.writestr("model/am/final.mdl", b"x")
    with pytest.raises(UnsafeArchive, match="neither file nor folder"):
        unpack(archive, tmp_path / "model", 10_000_000)


def test_an_archive_that_swells_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr("model/am/final.mdl", bytes(5_000_000))
    with pytest.raises(UnsafeArchive, match="more than"):
        unpack(archive, tmp_path / "model", 1_000_000)
    assert sorted(os.listdir(tmp_path)) == ["bomb.zip"]


@pytest.mark.parametrize("content", [b"no zip at all", None])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes | None) -> None:
    archive = tmp_path / "other.zip"
    if content is None:
        with zipfile.ZipFile(archive, "w") as writer:
            writer.writestr("readme.txt", b"hello")
    else:
        archive.write_bytes(content)
    with pytest.raises(UnsafeArchive):
        unpack(archive, tmp_path / "model", 1_000_000)


def test_an_archive_without_a_folder_of_its_own_is_put_into_one(tmp_path: Path) -> None:
    archive = tmp_path / "flat.zip"
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("am/final.mdl", b"x")
        writer.writestr("conf/model.conf", b"y")
    unpack(archive, tmp_path / "model", 1_000_000)
    assert sorted(os.listdir(tmp_path / "model")) == ["am", "conf"]


def test_the_configured_folder_comes_before_the_cache_and_the_cache_before_the_built_in(tmp_path: Path) -> None:
    folder, cache = tmp_path / "folder", tmp_path / "cache"
    store = ModelStore(folder, cache)
    assert store.find().name == BUILT_IN and store.find().demo
    for place in (cache, folder):
        (place / PREFERRED / "am").mkdir(parents=True)
        (place / PREFERRED / "am" / "final.mdl").write_bytes(b"x")
        assert store.find() == FoundModel(PREFERRED, place / PREFERRED, demo=False)


def test_a_folder_is_a_model_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "ours" / "am").mkdir(parents=True)
    (tmp_path / "ours" / "am" / "final.mdl").write_bytes(b"x")
    assert ModelStore().find(str(tmp_path / "ours")) == FoundModel("ours", tmp_path / "ours", demo=False)
    built_in = ModelStore().find(BUILT_IN)
    assert ModelStore().find(str(built_in.path)).demo


def test_unknown_names_and_empty_folders_are_not_found(tmp_path: Path) -> None:
    store = ModelStore(cache=tmp_path)
    for model in ("no-such-model", PREFERRED, str(tmp_path)):
        with pytest.raises(ModelNotFound):
            store.find(model)
    with pytest.raises(ModelNotFound):
        store.ensure("no-such-model", lambda done, total: None)
    with pytest.raises(ModelNotFound):
        store.find_or_fetch("no-such-model")


def test_what_cannot_be_fetched_is_replaced_by_the_built_in_model(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way of the folder")
    store = ModelStore(cache=tmp_path / "cache")
    with pytest.raises(DownloadFailed, match="cannot be written"):
        store.ensure(PREFERRED, lambda done, total: None)
    found = store.find_or_fetch(PREFERRED)
    assert (found.name, found.demo) == (BUILT_IN, True)


def test_every_model_of_the_table_can_be_verified_or_is_here() -> None:
    for entry in MODELS.values():
        assert entry.licence and entry.language
        if entry.name == BUILT_IN:
            assert (ModelStore().find(BUILT_IN).path / "am" / "final.mdl").is_file()
        else:
            assert entry.url.startswith("https://") and len(entry.sha256) == 64 and entry.size_bytes


def test_the_command_fetches_and_shows_how_far_it_is(tmp_path: Path, shelf: Shelf) -> None:
    command = [
        sys.executable,
        "-m",
        "asr.model_store",
        "fetch",
        PREFERRED,
        "--url",
        shelf.url,
        "--cache",
        str(tmp_path),
    ]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 1 and "SHA-256" in refused.stderr
    done = subprocess.run(
        [*command, "--sha256", sha256(shelf.content)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / PREFERRED)
    assert "[########################################] 0.6 of 0.6 MB" in done.stderr
