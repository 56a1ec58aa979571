"""A PostgreSQL cluster of the tests' own: in a temporary folder, on a Unix socket in it, run by an unprivileged user."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

QUICK = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=60"
"""No network, and nothing on this disk has to survive a power cut."""


@dataclass(frozen=True, slots=True)
class Cluster:
    folder: Path

    def query(self, statement: str) -> None:
        """By the superuser, outside any transaction."""
        with psycopg.connect(f"host={self.folder} user=court dbname=postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def new_database(self) -> str:
        """SQLAlchemy address of an empty database."""
        name = f"court_{uuid4().hex}"
        self.query(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://court@/{name}?host={self.folder}"


def binaries() -> Path | None:
    """Folder of ``initdb`` and ``pg_ctl``; Debian keeps them out of the search path."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


@contextmanager
def running_cluster(programs: Path) -> Iterator[Cluster]:
    # Not in pytest's own folder: that is closed to the unprivileged user, and too long for the path of a socket.
    with tempfile.TemporaryDirectory(prefix="court-pg-") as base:
        user = _unprivileged_user()
        folder = Path(base)
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = str(folder / "data")

        def run(*command: str) -> None:
            # Output to a file: the server would keep a pipe open for as long as it lives.
            with (folder / "commands.log").open("ab") as log:
                subprocess.run(
                    [str(programs / command[0]), *command[1:]],
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    user=user.pw_uid if user else None,
                    group=user.pw_gid if user else None,
                    extra_groups=[] if user else None,
                    timeout=120,
                    check=True,
                )

        run("initdb", "-D", data, "-U", "court", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        run("pg_ctl", "-D", data, "-w", "-l", str(folder / "server.log"), "-o", f"{QUICK} -k {folder}", "start")
        try:
            yield Cluster(folder)
        finally:
            run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _unprivileged_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]
