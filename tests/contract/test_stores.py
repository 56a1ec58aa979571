"""The one suite every store of recordings passes: a folder, and a real S3 server."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hearing_server.domain.copies import StoredFile, StoreName
from hearing_server.settings import Settings
from hearing_server.stores.errors import ObjectMissing, StoreError, StoreRefused
from hearing_server.stores.keys import hearing_prefix, named_by, object_key
from hearing_server.stores.opening import open_store
from hearing_server.stores.port import RecordingStore, StoredObject, read_back_of
from hearing_server.stores.terms import StoresTerms, StoreTerms
from tests.fakes.misbehaving_store import MisbehavingStore
from tests.fakes.s3_server import s3_server, terms_of

DATA = b"a segment" * 1000
FILE = StoredFile("h-1", "tracks/judge-1/audio-01/00000.mkv", len(DATA), read_back_of(DATA).sha256)
KEY = object_key(FILE)


@pytest_asyncio.fixture(params=["folder", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RecordingStore]:
    if request.param == "folder":
        (tmp_path / "disk").mkdir()
        opened = open_store(StoreTerms(place=str(tmp_path / "disk")), 10)
        yield opened
        await opened.close()
        return
    with s3_server() as address:
        opened = open_store(terms_of(address), 10)
        yield opened
        await opened.close()


async def listed(store: RecordingStore, hearing: str = "h-1") -> list[StoredObject]:
    return sorted([each async for each in store.objects(hearing_prefix(hearing))], key=lambda each: each.key)


async def test_what_is_put_is_read_back_to_the_last_byte(store: RecordingStore) -> None:
    assert await store.put(KEY, DATA)
    assert await store.read_back(KEY) == read_back_of(DATA)
    assert await store.read(KEY) == DATA
    assert await listed(store) == [StoredObject(KEY, len(DATA))]


async def test_a_key_is_written_once(store: RecordingStore) -> None:
    assert await store.put(KEY, DATA)
    assert not await store.put(KEY, b"something else")
    assert await store.read(KEY) == DATA


async def test_of_many_who_write_at_once_one_does(store: RecordingStore) -> None:
    texts = [f"writer {number}".encode() * 1000 for number in range(8)]
    written = await asyncio.gather(*(store.put(KEY, text) for text in texts))
    assert sum(written) == 1
    assert await store.read(KEY) == texts[written.index(True)]
    assert len(await listed(store)) == 1


async def test_what_is_not_there_is_missing(store: RecordingStore) -> None:
    with pytest.raises(ObjectMissing):
        await store.read_back(KEY)
    with pytest.raises(ObjectMissing):
        await store.read(KEY)
    await store.remove(KEY)
    assert await listed(store) == []


async def test_a_hearing_lists_its_own_only(store: RecordingStore) -> None:
    other = StoredFile("h-10", FILE.path, FILE.size_bytes, FILE.sha256)
    for key in (KEY, object_key(FILE, 1), object_key(other)):
        assert await store.put(key, DATA)
    assert [each.key for each in await listed(store)] == [KEY, object_key(FILE, 1)]
    assert await listed(store, "h-2") == []


async def test_what_is_removed_is_gone(store: RecordingStore) -> None:
    await store.put(KEY, DATA)
    await store.remove(KEY)
    await store.remove(KEY)
    assert await listed(store) == []


async def test_an_empty_file_is_a_file(store: RecordingStore) -> None:
    assert await store.put(KEY, b"")
    assert await store.read_back(KEY) == read_back_of(b"")


def test_a_key_tells_which_file_it_is() -> None:
    assert named_by(KEY, FILE.size_bytes) == (FILE, 0)
    assert named_by(object_key(FILE, 3), FILE.size_bytes) == (FILE, 3)
    for strange in ("h-1/readme.txt", "h-1/" + "a" * 64, f"../x.{FILE.sha256}", KEY + ".r0", KEY + "/x"):
        assert named_by(strange, 1) is None


async def test_a_folder_that_is_not_mounted_is_not_made(tmp_path: Path) -> None:
    store = open_store(StoreTerms(place=str(tmp_path / "not mounted")), 10)
    for act in (store.put(KEY, DATA), store.read_back(KEY), store.remove(KEY), listed(store)):
        with pytest.raises(StoreError, match="ENXIO"):
            await act
    assert not (tmp_path / "not mounted").exists()
    await store.close()


async def test_a_key_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "h-2").symlink_to(tmp_path)
    store = open_store(StoreTerms(place=str(tmp_path / "disk")), 10)
    with pytest.raises(StoreRefused):
        await store.put("../outside", DATA)
    with pytest.raises(StoreError):
        await store.put("h-2/outside", DATA)
    assert os.listdir(tmp_path) == ["disk"]
    await store.close()


async def test_a_bucket_that_is_not_there_is_a_refusal() -> None:
    with s3_server() as address:
        store = open_store(terms_of(address, "s3://elsewhere"), 10)
        for act in (store.put(KEY, DATA), store.read(KEY), listed(store)):
            with pytest.raises(StoreRefused):
                await act


async def test_credentials_come_from_the_settings_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    strangers = {"AWS_SKIP_SIGNATURE": "true", "AWS_SESSION_TOKEN": "strange", "AWS_ACCESS_KEY_ID": "strange"}
    for name, value in {**strangers, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    misbehaving = MisbehavingStore()
    async with misbehaving.running() as address:
        assert await open_store(terms_of(address), 10).put(KEY, DATA)
    (headers,) = misbehaving.headers
    assert "Credential=court/" in headers["Authorization"]
    assert "x-amz-security-token" not in headers and "strange" not in str(headers)
    assert os.environ["AWS_SESSION_TOKEN"] == "strange"


def test_a_setting_that_is_wrong_does_not_tell_the_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARING_STORE", "s3://court")
    monkeypatch.setenv("HEARING_STORE_SECRET", "not-to-be-told")
    with pytest.raises(ValueError, match="needs a key id and a secret") as refused:
        Settings()
    assert "not-to-be-told" not in str(refused.value)


def test_the_secret_reaches_the_jobs_through_the_environment_and_is_taken_out_of_it() -> None:
    terms = StoresTerms(stores={StoreName.PRIMARY: terms_of("http://127.0.0.1:9")})
    environment = terms.environment()
    taken = StoresTerms.handed_on(environment)
    assert taken == terms and taken.stores[StoreName.PRIMARY].secret.get_secret_value() == "not-to-be-told"
    assert environment == {} and "not-to-be-told" not in repr(taken)
