"""The command line of the verifier. Status 0 when all holds, 1 on any finding, 2 when it was called wrongly."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from recorder.verification.findings import Report, in_short, iso_time
from recorder.verification.folder import verify
from recorder.verification.keys import trusted_ids
from recorder.verification.proof import check_proof
from recorder.verification.wording import LANGUAGES, sentence, summary, verdict

DESCRIPTION = "Checks the recording of a hearing against its seal, offline, from its folder alone."


def main(program: str, default_folder: Path | None = None) -> int:
    """``default_folder`` is verified when none is named."""
    arguments = _parser(program, default_folder).parse_args()
    keys = [found for given in arguments.key for found in _keys(given)]
    if arguments.key and not keys:
        sys.stderr.write(f"{program}: no Ed25519 public key and no key id in what --key names\n")
        return 2
    if arguments.authority is not None and not arguments.authority.is_file():
        sys.stderr.write(f"{program}: {arguments.authority} is no file\n")
        return 2
    authority = None if arguments.authority is None else str(arguments.authority)
    what: Path = arguments.folder
    if what.is_file():
        report = check_proof(what.name, what.read_bytes(), keys, authority)
    elif what.is_dir():
        report = verify(
            what,
            hearing=arguments.hearing,
            keys=keys,
            authority=authority,
            sealed=not arguments.unsealed,
            progress=_progress(arguments.progress),
        )
    else:
        sys.stderr.write(f"{program}: {what} is neither a folder nor a file\n")
        return 2
    _print(report, arguments.lang, as_json=arguments.json)
    return 1 if report.findings else 0


def _parser(program: str, default_folder: Path | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description=DESCRIPTION)
    many = "?" if default_folder is not None else None
    parser.add_argument(
        "folder",
        type=Path,
        nargs=many,
        default=default_folder,
        help="the hearing's folder, or a proof of one line of it",
    )
    parser.add_argument("--hearing", help="id of the hearing it should be")
    parser.add_argument(
        "--key", action="append", default=[], help="the court's public key: a PEM file, or the key's id"
    )
    parser.add_argument("--authority", type=Path, help="PEM file with the certificates of the time stamp authority")
    parser.add_argument("--unsealed", action="store_true", help="a folder without a seal is no finding")
    parser.add_argument("--lang", choices=LANGUAGES, default=_language(), help="language of the findings")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    parser.add_argument("--progress", action="store_true", help="parts of 1 on standard error, a line each")
    return parser


def _language() -> str:
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh-CN" if next(filter(None, names), "").startswith("zh") else "en"


def _keys(given: str) -> list[str]:
    """Of a file, or of the id itself."""
    path = Path(given)
    return trusted_ids(path.read_text(encoding="utf-8", errors="replace") if path.is_file() else given)


def _progress(wanted: bool) -> Callable[[float], None]:
    told = 0.0

    def tell(part: float) -> None:
        nonlocal told
        if wanted and part - told >= 0.01:
            told = part
            sys.stderr.write(f"{part:.2f}\n")
            sys.stderr.flush()

    return tell


def _print(report: Report, language: str, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(report.as_dict(), ensure_ascii=True) + "\n")
        return
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    lines = [
        *(
            summary("seal", language, at=iso_time(seal["sealed_at_ms"]), **seal)
            for seal in report.seals
            if "court" in seal
        ),
        *(sentence(finding, language) for finding in [*in_short(report.findings), *report.notices]),
        verdict(report, language),
    ]
    sys.stdout.write("".join(line + "\n" for line in lines if line))
