"""Runs benchmarks, one after the other, each in a process of its own: ``python -m benchmarks [NAME …]``, all if none is named."""

import subprocess
import sys
from pathlib import Path

BESIDE = {"forwarding_server"}
"""Parts of a benchmark that is started by another file."""


def known() -> list[str]:
    folder = Path(__file__).parent
    files = {file.stem for file in folder.glob("[!_]*.py")} - BESIDE
    return sorted(files | {file.parent.name for file in folder.glob("*/__main__.py")})


def main() -> int:
    failed = 0
    for name in sys.argv[1:] or known():
        print(f"== {name}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
