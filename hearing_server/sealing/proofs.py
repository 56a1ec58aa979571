"""What the court tells of its seals: keys, log, and proofs that one line stood in a hearing's sealed record, for parties who hold
nothing else of it."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.sealing.sealed_folder import SealedFolder
from hearing_server.sealing.transparency_log import TransparencyLog
from recorder.confined import checked_id
from recorder.merkle import inclusion_proof, root
from recorder.verification.chains import MANIFEST
from recorder.verification.proof import PROOF_FORMAT
from recorder.verification.record import TRANSCRIPT
from recorder.verification.seal_file import LEAVES
from recorder.verification.sealed_lines import SealedLine, read_leaves, sealed_line, split_lines
from recorder.verification.single_file import single_file


class SealedRecordings:
    """Implements ``web.sealed_records.SealedRecords``. ``root`` holds one folder per hearing. Blocking; ids are checked."""

    def __init__(self, root: Path, keys: CourtKeys, log: TransparencyLog) -> None:
        self._root = root
        self._keys = keys
        self._log = log

    def keys(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return [
            {"id": key.id, "public_key": base64.b64encode(key.public_key).decode(), "current": key.current}
            for key in self._keys.published()
        ]

    def verifier(self) -> str:
        return single_file()

    def log_head(self, now_ms: int) -> dict[str, Any]:
        return self._log.head(now_ms)

    def log_growth(self, earlier: int, size: int) -> list[str]:
        """Raises `IndexError`."""
        return self._log.growth(earlier, size)

    def seals(self, hearing: str) -> list[dict[str, Any]]:
        """Statement, signature, stamps and anchors of each seal; none before the first."""
        return SealedFolder(self._root / checked_id(hearing)).entries()

    def prove_utterance(self, hearing: str, utterance: str, revision: int | None) -> dict[str, Any] | None:
        """Of one version, the newest sealed one unless told; None when it is not sealed."""

        def is_wanted(line: dict[str, Any]) -> bool:
            return line.get("utterance") == utterance and revision in (None, line.get("revision"))

        return self._prove(hearing, TRANSCRIPT, is_wanted)

    def prove_segment(self, hearing: str, sha256: str) -> dict[str, Any] | None:
        """Of the manifest line that tells of the segment with that hash; None when it is not sealed."""

        def is_wanted(line: dict[str, Any]) -> bool:
            return line.get("type") == "segment_sealed" and (line.get("fact") or {}).get("sha256") == sha256

        return self._prove(hearing, MANIFEST, is_wanted)

    def _prove(self, hearing: str, file: str, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        folder = self._root / checked_id(hearing)
        entries = SealedFolder(folder).entries()
        if not entries:
            return None
        entry = entries[-1]
        leaves = read_leaves((folder / LEAVES).read_bytes())[: entry["statement"]["leaves"]]
        sealed = [index for index, leaf in enumerate(leaves) if leaf.file == file]
        lines = split_lines((folder / file).read_bytes())[: len(sealed)]
        wanted = [number for number, line in enumerate(lines) if is_wanted(_object(line))]
        if not wanted:
            return None
        return _proof(entry, leaves, sealed[wanted[-1]], file, lines[wanted[-1]])


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _proof(
    entry: dict[str, Any], leaves: list[SealedLine], index: int, file: str, line: bytes
) -> dict[str, Any] | None:
    """None when the line or the leaves are no longer what was sealed: nothing can be proven with them."""
    hashes = [leaf.leaf for leaf in leaves]
    if sealed_line(file, line).leaf != hashes[index] or root(hashes).hex() != entry["statement"]["root"]:
        return None
    path = [step.hex() for step in inclusion_proof(hashes, index)]
    return {
        "format": PROOF_FORMAT,
        "file": file,
        "text": line.decode(),
        "index": index,
        "path": path,
        "seal": {name: entry[name] for name in ("statement", "signature", "stamps")},
    }
