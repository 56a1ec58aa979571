"""``python -m recorder.verification.single_file FILE``: the verifier as one Python file that needs nothing but Python 3.9.

The modules are put one behind the other, without their imports of each other; so there is one implementation, and what a party runs
can be read from its first to its last line.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = (
    "recorder.merkle",
    "recorder.verification.sm3",
    "recorder.verification.ed25519",
    "recorder.verification.findings",
    "recorder.verification.sealed_lines",
    "recorder.verification.keys",
    "recorder.verification.time_stamp",
    "recorder.verification.seal_file",
    "recorder.verification.chains",
    "recorder.verification.stored_files",
    "recorder.verification.bag",
    "recorder.verification.changed_media",
    "recorder.verification.record",
    "recorder.verification.folder",
    "recorder.verification.proof",
    "recorder.verification.wording",
    "recorder.verification.command",
)
"""In an order in which each needs only those before it."""

HEAD = '''#!/usr/bin/env python3
"""Checks the recording of a court hearing against its seal, offline, with nothing but Python 3.9 or newer.

    python3 -I verify.py FOLDER            the folder of a hearing, or a bag with one; without FOLDER, the one this file lies in
    python3 -I verify.py PROOF.json        a proof that one line stood in the sealed record
    python3 -I verify.py --help            further options: the court's key, the time stamp authority, language, JSON
"""

from __future__ import annotations
'''

TAIL = """
if __name__ == "__main__":
    sys.exit(main("verify.py", Path(__file__).resolve().parent))
"""


def single_file() -> str:
    """The text of ``verify.py``."""
    imports: set[str] = set()
    parts: list[str] = []
    owners: dict[str, str] = {}
    for module in MODULES:
        text = (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
        tree = ast.parse(text)
        dropped: list[tuple[int, int]] = []
        for node in tree.body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                dropped.append((node.lineno, node.end_lineno or node.lineno))
                source = node.module or "" if isinstance(node, ast.ImportFrom) else ""
                if source.partition(".")[0] not in ("recorder", "__future__"):
                    imports.add(ast.unparse(node))
            for name in _names(node):
                if owners.setdefault(name, module) != module:
                    raise ValueError(f"{name} is in {owners[name]} and in {module}")
        parts.append(f"# {'-' * 20} {module}\n\n" + _without(text, dropped))
    return "\n".join([HEAD, *sorted(imports), "", "", *parts, TAIL])


def _names(node: ast.stmt) -> list[str]:
    """What a statement at the top of a module defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def _without(text: str, dropped: list[tuple[int, int]]) -> str:
    lines = text.splitlines()
    kept = [line for number, line in enumerate(lines, 1) if not any(a <= number <= b for a, b in dropped)]
    return "\n".join(kept).strip() + "\n\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(single_file(), encoding="utf-8")
