"""Checks a hearing's recordings folder offline. ``python -m recorder.verify FOLDER``; status 1 on any finding.

What is checked, and how, stands in `recorder.verification`, which needs nothing but Python: `recorder.verification.single_file` makes
one ``verify.py`` of it that travels with a recording.
"""

import sys
from pathlib import Path

from recorder.verification.command import main
from recorder.verification.findings import in_short
from recorder.verification.folder import verify
from recorder.verification.wording import sentence


def verify_folder(folder: Path, hearing: str | None = None) -> list[str]:
    """Findings in plain words, none when all holds; a folder that is not sealed yet is checked by its manifest."""
    report = verify(folder, hearing=hearing, sealed=False)
    return [sentence(finding, "en") for finding in in_short(report.findings)]


if __name__ == "__main__":
    sys.exit(main("python -m recorder.verify"))
