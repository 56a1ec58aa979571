"""The bundle: a bag that the Library of Congress' validator takes, and that verifies with nothing but Python."""

import dataclasses
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import bagit
import pytest

from hearing_server.domain.export import ExportError
from hearing_server.exports.bag_archive import BagArchive
from hearing_server.exports.bundle import pack
from hearing_server.exports.errors import ExportFailed
from hearing_server.sealing.court_keys import CourtKeys
from tests.unit.hearing_server.exports.packed_hearing import PackedHearing, packed, terms, verify
from tests.unit.hearing_server.sealing.harms import flip
from tests.unit.recorder.recorder_process import HEARING, ROOT


@pytest.fixture(scope="module")
def bundle(sealed_original: Path, tmp_path_factory: pytest.TempPathFactory) -> PackedHearing:
    return packed(sealed_original, tmp_path_factory.mktemp("packed") / "data")


@pytest.fixture
def bag(bundle: PackedHearing, tmp_path: Path) -> Path:
    return bundle.unpack(tmp_path)


def test_bag_passes_the_library_of_congress_validator(bag: Path) -> None:
    found = bagit.Bag(str(bag))
    assert found.validate(processes=1) and found.version_info == (1, 0)
    assert found.info["Source-Organization"] == "示范人民法院"
    assert found.info["External-Description"] == "（2029）示01民初1号 买卖合同纠纷"
    assert {"README.txt", "verify.py", "verify.html"} <= set(found.tagfile_entries())


def test_bag_verifies_where_nothing_but_python_is_installed(bag: Path, bundle: PackedHearing) -> None:
    (key,) = CourtKeys(bundle.data / "keys").published()
    answer = verify(bag, "--key", key.id)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "unchanged: 6 files and 32 lines" in answer.stdout


def test_flipped_bit_anywhere_in_the_bag_is_found_in_its_file(bag: Path) -> None:
    chosen = random.Random(4871)
    for path in sorted(path for path in bag.rglob("*") if path.is_file()):
        name = path.relative_to(bag).as_posix()
        if name == "verify.py":  # what is damaged itself may not run; below
            continue
        offset, bit = chosen.randrange(path.stat().st_size), chosen.randrange(8)
        flip(path, offset, bit)
        answer = verify(bag, "--json")
        found = json.loads(answer.stdout)["findings"]
        named = {finding["file"] for finding in found}
        # A damaged list is found in itself, or in the file that it now has another hash or name for.
        assert answer.returncode == 1, (name, offset, bit)
        assert named & {name, name.removeprefix("data/recording/")} or "manifest" in name, (name, offset, bit, named)
        flip(path, offset, bit)
    assert verify(bag).returncode == 0


def test_changed_declaration_and_verifier_are_found(bag: Path) -> None:
    for name in ("bagit.txt", "verify.py"):
        path = bag / name
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        answer = verify(bag)
        assert answer.returncode == 1 and f"{name} is not what was packed into the bag." in answer.stdout
        path.write_bytes(before)


def test_missing_and_added_files_of_the_bag_are_named(bag: Path) -> None:
    (bag / "data" / "composite.mp4").rename(bag / "data" / "other.mp4")
    answer = verify(bag)
    assert "data/composite.mp4 is missing from the bag." in answer.stdout
    assert "data/other.mp4 is not in the bag's list." in answer.stdout


def test_archive_is_one_folder_stored_and_holds_the_record_as_it_lies_there(bundle: PackedHearing) -> None:
    recording = bundle.data / "recordings" / HEARING
    with zipfile.ZipFile(bundle.archive) as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED and entry.filename.startswith(f"hearing-{HEARING}/")
        names = [path for path in (recording / "tracks").rglob("*") if path.is_file()]
        for path in [*names, recording / "seal.json", recording / "journal.jsonl"]:
            inside = f"hearing-{HEARING}/data/recording/{path.relative_to(recording).as_posix()}"
            assert archive.read(inside) == path.read_bytes()
    assert bundle.packed.size_bytes == bundle.archive.stat().st_size
    assert [path.name for path in bundle.archive.parent.iterdir()] == ["bundle.zip"]


def test_packing_again_replaces_what_a_cut_off_run_left(bundle: PackedHearing) -> None:
    part = bundle.archive.with_name("bundle.zip.part")
    part.write_bytes(b"half")
    again = pack(terms(bundle.data), lambda _: None)
    assert again.sha256 == bundle.packed.sha256 and not part.exists()


def test_killed_packing_leaves_what_was_made_before_and_is_done_again(bundle: PackedHearing, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(bundle.data, data)
    archive = data / "recordings" / HEARING / "exports" / "bundle.zip"
    long = data / "recordings" / HEARING / "composite.mp4"
    os.truncate(long, 300 << 20)
    asked = tmp_path / "terms.json"
    asked.write_text(json.dumps(dataclasses.asdict(terms(data))), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "hearing_server.exports.bundle", str(asked)], cwd=ROOT, stdout=subprocess.PIPE
    )
    part = archive.with_name("bundle.zip.part")
    while not part.exists() or part.stat().st_size < 1 << 20:
        assert process.poll() is None
    process.kill()
    process.communicate()
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == bundle.packed.sha256
    os.truncate(long, 3072)
    assert pack(terms(data), lambda _: None).size_bytes == bundle.packed.size_bytes and not part.exists()


def test_what_cannot_be_packed_is_told_by_its_code(bundle: PackedHearing, tmp_path: Path) -> None:
    with pytest.raises(ExportFailed) as failure:
        pack(terms(bundle.data, tmp_path / "no page"), lambda _: None)
    assert failure.value.code is ExportError.VERIFIER_MISSING


@pytest.mark.parametrize("kind", ["link", "pipe", "name"])
def test_folder_with_what_no_bag_can_carry_is_not_packed(bundle: PackedHearing, kind: str) -> None:
    tracks = bundle.data / "recordings" / HEARING / "tracks"
    path = tracks / ("名字.mkv" if kind == "name" else "elsewhere.mkv")
    match kind:
        case "link":
            path.symlink_to("/etc")
        case "pipe":
            os.mkfifo(path)
        case _:
            path.write_text("x")
    with pytest.raises(ExportFailed) as failure:
        pack(terms(bundle.data), lambda _: None)
    assert failure.value.code is ExportError.RECORD_CHANGED
    assert [file.name for file in bundle.archive.parent.iterdir()] == ["bundle.zip"], "nothing is left half done"
    path.unlink()


def test_process_tells_progress_and_result_as_lines(bundle: PackedHearing, tmp_path: Path) -> None:
    asked = tmp_path / "terms.json"
    asked.write_text(json.dumps(dataclasses.asdict(terms(bundle.data))), encoding="utf-8")
    command = [sys.executable, "-m", "hearing_server.exports.bundle", str(asked)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    last = json.loads(answer.stdout.splitlines()[-1])
    assert (last["sha256"], last["seal"]) == (bundle.packed.sha256, 1)


def test_more_than_four_gigabytes_need_no_other_format(tmp_path: Path) -> None:
    """ZIP64 sizes and offsets, without writing that much: a sparse file stands for a long recording."""
    long, archive = tmp_path / "long.mkv", tmp_path / "long.zip"
    with long.open("wb") as file:
        os.truncate(file.fileno(), (1 << 32) + 12_345)
    read = []

    class Stopped(Exception):
        pass

    def count(size: int) -> None:
        read.append(size)
        if len(read) == 3:
            raise Stopped

    with (
        archive.open("w+b") as packed_file,
        pytest.raises(Stopped),
        BagArchive(packed_file, "bag", 1_900_000_000_000, count) as bag,
    ):
        bag.add_file("data/long.mkv", long)
    header = archive.read_bytes()[:64]
    assert header[18:26] == b"\xff" * 8  # APPNOTE.TXT 4.5.3: the sizes stand in the ZIP64 extra field
