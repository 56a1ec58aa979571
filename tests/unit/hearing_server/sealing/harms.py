"""Everything that may be done to a sealed folder, each with what a verifier must say of it. The command line and the page that
verifies in a browser are held to the same list."""

import base64
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recorder.digests import digests
from recorder.manifest import line_hash
from recorder.merkle import root
from recorder.verification.chains import journal_hash
from recorder.verification.keys import key_id
from recorder.verification.sealed_lines import canonical, leaves_text, read_leaves, sealed_line, split_lines

Said = tuple[str, str, int | None, str | None]
"""Code, end of the file's name, line, field."""


@dataclass(frozen=True, slots=True)
class Harm:
    """``act`` is given the folder and that of another recording."""

    name: str
    act: Callable[[Path, Path], None]
    said: tuple[Said, ...]


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("tracks/*/*/*.mkv"))


def lines(folder: Path, name: str) -> list[Any]:
    return [json.loads(line) for line in (folder / name).read_bytes().splitlines()]


def rewrite(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in change(split_lines(path.read_bytes()))))


def number_of(folder: Path, name: str, holds: Callable[[Any], bool]) -> int:
    """Line number of the first object that holds."""
    return next(number for number, line in enumerate(lines(folder, name), 1) if holds(line))


def put(path: Path, number: int, value: dict[str, Any]) -> None:
    rewrite(path, lambda old: [*old[: number - 1], canonical(value).encode(), *old[number:]])


def put_seal(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes ``seal.json``, written as sealing writes it."""
    document = json.loads((folder / "seal.json").read_bytes())
    change(document["seals"][-1])
    (folder / "seal.json").write_text(canonical(document) + "\n")


def flip(path: Path, offset: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1 << bit
    path.write_bytes(data)


def random_flips(folder: Path, each: int, seed: int) -> list[tuple[str, int, int]]:
    """Of every file of a folder so many bits: its name, the byte, the bit."""
    dice = random.Random(seed)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        (path.relative_to(folder).as_posix(), dice.randrange(path.stat().st_size), dice.randrange(8))
        for path in files
        for _ in range(each)
    ]


def flip_in_sound(folder: Path, _: Path) -> None:
    path = segments(folder)[0]
    flip(path, path.stat().st_size // 2)


def flip_in_header(folder: Path, _: Path) -> None:
    flip(segments(folder)[0], 60)


def remove_segment(folder: Path, _: Path) -> None:
    segments(folder)[1].unlink()


def exchange_segments(folder: Path, _: Path) -> None:
    first, second, *_others = segments(folder)
    first.rename(first.with_suffix(".x"))
    second.rename(first)
    first.with_suffix(".x").rename(second)


def rename_segment(folder: Path, _: Path) -> None:
    segments(folder)[1].rename(segments(folder)[1].with_name("00007.mkv"))


def unname_segment(folder: Path, _: Path) -> None:
    """As when the recorder ends after it listed the segment and before it gave it its name."""
    segments(folder)[1].rename(f"{segments(folder)[1]}.part")


def copy_segment(folder: Path, _: Path) -> None:
    shutil.copy(segments(folder)[0], segments(folder)[0].with_name("00009.mkv"))


def put_foreign_segment(folder: Path, other: Path) -> None:
    shutil.copy(segments(other)[0], segments(folder)[0])


def add_foreign_segment(folder: Path, other: Path) -> None:
    shutil.copy(segments(other)[0], segments(folder)[0].with_name("00005.mkv"))


def cut_segment(folder: Path, _: Path) -> None:
    path = segments(folder)[3]
    path.write_bytes(path.read_bytes()[:-100])


def edit_sidecar(folder: Path, _: Path) -> None:
    path = segments(folder)[0].with_name("sync.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"lost":', b'"lost" :', 1) + b"{}\n")


def edit_journal(folder: Path, _: Path) -> None:
    rewrite(folder / "journal.jsonl", lambda old: [old[0].replace(b'"actor":"server"', b'"actor":"clerk"'), *old[1:]])


def edit_journal_and_chain(folder: Path, _: Path) -> None:
    """An expert: every hash after the edit is computed anew."""
    rows = lines(folder, "journal.jsonl")
    rows[2]["data"] = {**rows[2]["data"], "cause": "mediation"}
    for at in range(2, len(rows)):
        rows[at]["previous_hash"] = rows[at - 1]["hash"]
        rows[at]["hash"] = journal_hash(rows[at])
    rewrite(folder / "journal.jsonl", lambda _: [canonical(row).encode() for row in rows])


def remove_journal_row_and_chain(folder: Path, _: Path) -> None:
    rows = lines(folder, "journal.jsonl")
    del rows[3]
    for at in range(3, len(rows)):
        rows[at]["number"], rows[at]["previous_hash"] = at + 1, rows[at - 1]["hash"]
        rows[at]["hash"] = journal_hash(rows[at])
    rewrite(folder / "journal.jsonl", lambda _: [canonical(row).encode() for row in rows])


def remove_last_journal_row(folder: Path, _: Path) -> None:
    rewrite(folder / "journal.jsonl", lambda old: old[:-1])


def remove_journal(folder: Path, _: Path) -> None:
    (folder / "journal.jsonl").unlink()


def edit_transcript(folder: Path, _: Path) -> None:
    rewrite(
        folder / "transcript.jsonl", lambda old: [line.replace("三万元".encode(), "一万元".encode()) for line in old]
    )


def edit_transcript_and_hash(folder: Path, _: Path) -> None:
    """With the line's own hash computed anew: only journal and seal know better."""
    line = lines(folder, "transcript.jsonl")[2]
    line["text"] = line["text"].replace("三万元", "一万元")
    put(folder / "transcript.jsonl", 3, {**line, "text_sha256": sha256(line["text"].encode()).hexdigest()})


def add_sentence(folder: Path, _: Path) -> None:
    line = {**lines(folder, "transcript.jsonl")[1], "utterance": "u9", "text": "被告认可。"}
    rewrite(folder / "transcript.jsonl", lambda old: [*old, canonical(line).encode()])


def swap_sentences(folder: Path, _: Path) -> None:
    rewrite(folder / "transcript.jsonl", lambda old: [old[1], old[0], *old[2:]])


def exchange_names(folder: Path, _: Path) -> None:
    text = (folder / "participants.jsonl").read_text()
    (folder / "participants.jsonl").write_text(text.replace("张三", "李四"))


def edit_segment_and_manifest(folder: Path, _: Path) -> None:
    """The sound is changed, and manifest line and chain are made to fit."""
    path = segments(folder)[0]
    flip(path, path.stat().st_size // 2)
    name, found = path.relative_to(folder).as_posix(), digests(path.read_bytes())
    rows = lines(folder, "manifest.jsonl")
    at = next(at for at, row in enumerate(rows) if (row["fact"] or {}).get("path") == name)
    rows[at]["fact"]["sha256"], rows[at]["detail"]["sm3"] = found.sha256, found.sm3
    for n in range(at, len(rows)):
        if n:
            rows[n]["prev"] = rows[n - 1]["hash"]
        rows[n]["hash"] = line_hash({key: value for key, value in rows[n].items() if key != "hash"})
    rewrite(
        folder / "manifest.jsonl",
        lambda _: [json.dumps(r, ensure_ascii=False, separators=(",", ":")).encode() for r in rows],
    )


def remove_last_manifest_line(folder: Path, _: Path) -> None:
    rewrite(folder / "manifest.jsonl", lambda old: old[:-1])


def cut_last_manifest_line(folder: Path, _: Path) -> None:
    path = folder / "manifest.jsonl"
    path.write_bytes(path.read_bytes()[:-20])


def remove_manifest(folder: Path, _: Path) -> None:
    (folder / "manifest.jsonl").unlink()


def cut_manifest_and_leaves(folder: Path, _: Path) -> None:
    """Whoever cuts the end off the manifest may cut the leaf off too; the signed numbers stay."""
    rewrite(folder / "manifest.jsonl", lambda old: old[:-1])
    leaves = read_leaves((folder / "leaves.txt").read_bytes())
    last = max(at for at, leaf in enumerate(leaves) if leaf.file == "manifest.jsonl")
    (folder / "leaves.txt").write_bytes(leaves_text([*leaves[:last], *leaves[last + 1 :]]))


def edit_root(folder: Path, _: Path) -> None:
    put_seal(folder, lambda seal: seal["statement"].update(root="0" * 64))


def edit_leaf(folder: Path, _: Path) -> None:
    text = (folder / "leaves.txt").read_text()
    digit = text[text.index(" ") + 5]
    (folder / "leaves.txt").write_text(text.replace(digit, "0" if digit != "0" else "1", 1))


def sign(seal: dict[str, Any], **changes: Any) -> None:
    """Whoever signs anew has another key than the court's."""
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes_raw()
    seal["statement"] |= {**changes, "key": key_id(raw), "public_key": base64.b64encode(raw).decode()}
    seal["signature"] = base64.b64encode(key.sign(canonical(seal["statement"]).encode())).decode()
    seal["anchors"] = []


def seal_with_another_key(folder: Path, _: Path) -> None:
    """Edited, and sealed anew by somebody else: everything fits, but for the key."""
    edit_transcript(folder, folder)
    old = read_leaves((folder / "leaves.txt").read_bytes())
    taken: dict[str, list[bytes]] = {}
    leaves = []
    for leaf in old:
        rest = taken.setdefault(leaf.file, split_lines((folder / leaf.file).read_bytes()))
        leaves.append(sealed_line(leaf.file, rest.pop(0)))
    (folder / "leaves.txt").write_bytes(leaves_text(leaves))
    put_seal(folder, lambda seal: sign(seal, root=root([leaf.leaf for leaf in leaves]).hex()))


def seal_at_no_time(folder: Path, _: Path) -> None:
    """No calendar has this time; no verifier may stumble over it."""
    put_seal(folder, lambda seal: sign(seal, sealed_at_ms=10**20))


def put_another_public_key(folder: Path, _: Path) -> None:
    raw = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    put_seal(folder, lambda seal: seal["statement"].update(public_key=base64.b64encode(raw).decode()))


def remove_seal(folder: Path, _: Path) -> None:
    (folder / "seal.json").unlink()


def edit_receipt(folder: Path, _: Path) -> None:
    put_seal(folder, lambda seal: seal["anchors"][0].update(index=seal["anchors"][0]["index"] + 1))


def sign_receipt_with_another_key(folder: Path, _: Path) -> None:
    """A log of somebody else's, in which the root does stand."""
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes_raw()

    def sign(seal: dict[str, Any]) -> None:
        receipt = seal["anchors"][0]
        receipt["head"] |= {"key": key_id(raw), "public_key": base64.b64encode(raw).decode()}
        receipt["signature"] = base64.b64encode(key.sign(canonical(receipt["head"]).encode())).decode()

    put_seal(folder, sign)


def hide_receipt(folder: Path, _: Path) -> None:
    """Under another name nobody would look at it."""
    put_seal(folder, lambda seal: seal.update(anchor=seal.pop("anchors")))


def say_the_key_twice(folder: Path, _: Path) -> None:
    """Readers of JSON differ in which of two values they take."""
    path = folder / "seal.json"
    path.write_bytes(path.read_bytes().replace(b'"key":', b'"key":"' + b"0" * 64 + b'","key":', 1))


def edit_hint(folder: Path, _: Path) -> None:
    """Hints are outside the tree."""
    path = folder / "leaves.txt"
    rewrite(path, lambda old: [old[0], old[1][:-1] + (b"0" if old[1][-1:] != b"0" else b"1"), *old[2:]])


def file_leaf_elsewhere(folder: Path, _: Path) -> None:
    """The names in ``leaves.txt`` are outside the tree too."""
    rewrite(folder / "leaves.txt", lambda old: [b"transcript.jsonl" + old[0][old[0].index(b" ") :], *old[1:]])


def spoil_seal(folder: Path, _: Path) -> None:
    (folder / "seal.json").write_text("[]")


def lead_out_of_the_folder(folder: Path, other: Path) -> None:
    path = segments(folder)[0]
    path.unlink()
    path.symlink_to(segments(other)[0])


FIRST, SECOND = "judge-1/audio-00000021-00000001/00000.mkv", "judge-1/audio-00000021-00000001/00001.mkv"

HARMS = (
    Harm("a bit of the sound is flipped", flip_in_sound, (("frame_changed", FIRST, None, None),)),
    Harm("a bit of the header is flipped", flip_in_header, (("segment_structure_changed", FIRST, None, None),)),
    Harm("a segment is removed", remove_segment, (("file_missing", SECOND, None, None),)),
    Harm(
        "two segments are exchanged",
        exchange_segments,
        (("file_swapped", FIRST, None, None), ("file_swapped", SECOND, None, None)),
    ),
    Harm("a segment is renamed", rename_segment, (("file_renamed", SECOND, None, None),)),
    Harm("a segment has no name yet", unname_segment, (("segment_open", f"{SECOND}.part", None, None),)),
    Harm("a segment is copied", copy_segment, (("file_copied", "00009.mkv", None, None),)),
    Harm(
        "a segment is replaced by one of another case",
        put_foreign_segment,
        (("segment_foreign", FIRST, None, None),),
    ),
    Harm("a segment of another case is added", add_foreign_segment, (("file_unlisted", "00005.mkv", None, None),)),
    Harm(
        "a segment is cut short",
        cut_segment,
        (("size_differs", "00001.mkv", None, None), ("segment_changed", "00001.mkv", None, None)),
    ),
    Harm(
        "a sidecar is edited",
        edit_sidecar,
        (("size_differs", "sync.jsonl", None, None), ("file_changed", "sync.jsonl", None, None)),
    ),
    Harm("a journal row is edited", edit_journal, (("line_altered", "journal.jsonl", 1, "actor"),)),
    Harm(
        "a journal row is edited and the chain computed anew",
        edit_journal_and_chain,
        (("line_altered", "journal.jsonl", 3, "data.cause"), ("lines_rechained", "journal.jsonl", 4, None)),
    ),
    Harm(
        "a journal row is removed and the chain computed anew",
        remove_journal_row_and_chain,
        (("line_missing", "journal.jsonl", 4, None), ("lines_rechained", "journal.jsonl", 4, None)),
    ),
    Harm("the last journal row is removed", remove_last_journal_row, (("line_missing", "journal.jsonl", 13, None),)),
    Harm("the journal is removed", remove_journal, (("file_missing", "journal.jsonl", None, None),)),
    Harm(
        "a sentence is edited",
        edit_transcript,
        (("line_altered", "transcript.jsonl", 3, "text"), ("text_altered", "transcript.jsonl", 3, "text")),
    ),
    Harm(
        "a sentence and its hash are edited",
        edit_transcript_and_hash,
        (
            ("line_altered", "transcript.jsonl", 3, "text, text_sha256"),
            ("text_altered", "transcript.jsonl", 3, "text"),
        ),
    ),
    Harm(
        "a sentence is added",
        add_sentence,
        (("line_added", "transcript.jsonl", 4, None), ("utterance_unknown", "transcript.jsonl", 4, None)),
    ),
    Harm(
        "two sentences change places",
        swap_sentences,
        (("line_moved", "transcript.jsonl", 1, None), ("line_moved", "transcript.jsonl", 2, None)),
    ),
    Harm("a name is exchanged", exchange_names, (("line_altered", "participants.jsonl", 2, "name"),)),
    Harm(
        "sound, manifest line and chain are changed together",
        edit_segment_and_manifest,
        (
            ("line_altered", "manifest.jsonl", 2, "detail.sm3, fact.sha256"),
            ("lines_rechained", "manifest.jsonl", 3, None),
            ("told_otherwise", "manifest.jsonl", 2, "fact.sha256"),
        ),
    ),
    Harm(
        "the last manifest line is removed", remove_last_manifest_line, (("line_missing", "manifest.jsonl", 12, None),)
    ),
    Harm("the manifest is truncated", cut_last_manifest_line, (("line_altered", "manifest.jsonl", 12, None),)),
    Harm(
        "the manifest is removed",
        remove_manifest,
        (("manifest_missing", "manifest.jsonl", None, None),),
    ),
    Harm(
        "the manifest and its leaf are cut off",
        cut_manifest_and_leaves,
        (("leaves_short", "leaves.txt", None, None), ("lines_cut", "manifest.jsonl", 12, None)),
    ),
    Harm("the root is edited", edit_root, (("signature_wrong", "seal.json", None, None),)),
    Harm("a leaf is edited", edit_leaf, (("leaves_altered", "leaves.txt", None, None),)),
    Harm(
        "edited and sealed with another key",
        seal_with_another_key,
        (("key_foreign", "seal.json", None, "key"), ("text_altered", "transcript.jsonl", 3, "text")),
    ),
    Harm("sealed at a time that is none", seal_at_no_time, (("seal_unreadable", "seal.json", None, None),)),
    Harm("the public key is replaced", put_another_public_key, (("key_misnamed", "seal.json", None, None),)),
    Harm("the seal is removed", remove_seal, (("seal_missing", "seal.json", None, None),)),
    Harm("the seal is spoilt", spoil_seal, (("seal_unreadable", "seal.json", None, None),)),
    Harm("a receipt is edited", edit_receipt, (("anchor_wrong", "seal.json", None, None),)),
    Harm(
        "a receipt is signed with another key",
        sign_receipt_with_another_key,
        (("anchor_wrong", "seal.json", None, None),),
    ),
    Harm("a receipt is hidden", hide_receipt, (("seal_unreadable", "seal.json", None, None),)),
    Harm("the key is said twice", say_the_key_twice, (("seal_unreadable", "seal.json", None, None),)),
    Harm("a hint is edited", edit_hint, (("hints_altered", "leaves.txt", 2, None),)),
    Harm("a leaf is filed elsewhere", file_leaf_elsewhere, (("leaves_altered", "leaves.txt", None, None),)),
)

LINK = Harm("a link leads out of the folder", lead_out_of_the_folder, (("path_outside", FIRST, None, None),))
"""A browser's choice of a folder has no links."""


def holds(harm: Harm, findings: list[dict[str, Any]]) -> bool:
    """Whether everything that must be said was said."""
    told = [(each["code"], each["file"], each["line"], each["field"]) for each in findings]
    return all(
        any((code, line, field) == (said[0], said[2], said[3]) and said[1].endswith(file) for said in told)
        for code, file, line, field in harm.said
    )
