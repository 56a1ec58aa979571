"""The command line: ``hearing-server run``, ``front``, ``worker``, ``jobs``, ``turn``, ``seal-key`` and ``demo``.

Wiring and printing only.
"""

import asyncio
import importlib.util
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated, NoReturn

import segno
import typer
import uvloop

from hearing_server.court.staff import prepare_setup
from hearing_server.greeting import greet
from hearing_server.logs import configure_logs
from hearing_server.sample import sample_links
from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.settings import Settings
from hearing_server.single import RunningServer, jobs_command, run_until_stopped, running_server
from hearing_server.stores.errors import StoreUnusable
from hearing_server.stores.opening import open_stores
from hearing_server.turn import turn_urls, write_configuration

app = typer.Typer(
    help="Real-time server for court hearings held over the internet.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they print local variables: names, tokens, speech
)

PHONE_ROLE = ("party", "plaintiff")
"""Whose link is also printed as a QR code, for a phone."""


@app.command()
def run(sample: Annotated[bool, typer.Option(help="Make a sample hearing and print a link per role.")] = False) -> None:
    """Everything on this machine, until Ctrl+C."""
    settings = Settings()
    configure_logs(settings.log_level)
    _require_stores(settings)

    async def started(server: RunningServer) -> None:
        await _welcome(settings, server, sample)

    uvloop.run(run_until_stopped(settings, started))


@app.command()
def front() -> None:
    """The web server and the court, without media: workers are reached through Redis (HEARING_REDIS_URL)."""
    _require_redis(Settings())
    _become("hearing_server.front_process")


@app.command()
def worker(
    name: Annotated[str, typer.Option(help="Unique on this machine, and the same after a restart.")] = "",
) -> None:
    """A media worker; as many as there are processors. It reaches the front through Redis (HEARING_REDIS_URL)."""
    if name:
        os.environ["HEARING_WORKER_NAME"] = name
    settings = Settings()
    _require_redis(settings)
    if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", settings.worker_name) is None:
        raise typer.BadParameter("a worker needs a --name of letters, digits, _ and -")
    _become("hearing_server.worker_process")


@app.command()
def jobs() -> None:
    """The combined video and other durable work, for a front that is a process of its own."""
    settings = Settings()
    _require_stores(settings)
    os.environ.update(settings.stores.environment())
    _become(*jobs_command(settings)[2:])


def _require_stores(settings: Settings) -> None:
    """Before anything is started: a job process that cannot open its stores would only come up again and again."""

    async def look() -> None:
        async with open_stores(settings.stores):
            pass

    try:
        asyncio.run(look())
    except StoreUnusable as error:
        raise typer.BadParameter(str(error)) from error


def _require_redis(settings: Settings) -> None:
    if not settings.redis_url:
        raise typer.BadParameter("HEARING_REDIS_URL is not set")
    if importlib.util.find_spec("redis") is None:
        raise typer.BadParameter("the Redis client is not installed: pip install 'hearing-server[cluster]'")


def _become(module: str, *arguments: str) -> NoReturn:
    """Another program in the place of this one: a worker loads no database, a front no media library."""
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])


@app.command()
def turn() -> None:
    """The relay for networks that let no media through: coturn, configured to reach this court's media and nothing else."""
    settings = Settings()
    program = shutil.which("turnserver")
    if program is None:
        raise typer.BadParameter("coturn is not installed: sudo apt-get install coturn")
    try:
        file = write_configuration(settings)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    host = settings.turn_host or settings.media_bound
    print("The court tells browsers of this relay when it is started with (put the name people reach it by):")
    print(f"  HEARING_TURN_URLS='{json.dumps(turn_urls(settings, host))}'", flush=True)
    os.execv(program, [program, "-c", str(file)])


@app.command("seal-key")
def seal_key(
    rotate: Annotated[bool, typer.Option(help="Make a new key; the present one signs no more.")] = False,
) -> None:
    """The keys that seal hearings, as the court publishes them: id, and the file with the public key."""
    keys = CourtKeys(Settings().seals_dir / "keys")
    if rotate:
        keys.rotate()
    for key in keys.published():
        print(f"{key.id}  {keys.public_file(key)}  {'signs' if key.current else 'signed once'}")


@app.command()
def demo(
    hearings: Annotated[int, typer.Option(min=1, help="How many hearings the robots hold at once.")] = 1,
    human: Annotated[list[str] | None, typer.Option(help="Leave a part to a person: judge or clerk.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as one JSON object on the last line.")
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keep the data here; otherwise in a fresh temporary folder.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="Vosk model; the built-in court model knows the words of the play.")
    ] = "court-demo-zh",
) -> None:
    """Robots hold the sample hearing over real WebRTC; watch it with the links that are printed."""
    configure_logs(Settings().log_level)
    with tempfile.TemporaryDirectory(prefix="hearing-demo-") as folder:
        settings = Settings(data_dir=data_dir or Path(folder), model=model)
        arguments = [
            f"--hearings={hearings}",
            *(f"--human={part}" for part in human or []),
            *(["--json"] if as_json else []),
        ]
        code = uvloop.run(_hold_demo(settings, arguments))
    raise typer.Exit(code)


async def _hold_demo(settings: Settings, arguments: list[str]) -> int:
    async with running_server(settings) as server:
        account = {"HEARING_DEMO_LOGIN": "demo", "HEARING_DEMO_PASSWORD": secrets.token_urlsafe(16)}
        address = await prepare_setup(server.front.office)
        if address is not None:
            account["HEARING_DEMO_SETUP_TOKEN"] = address.rpartition("/")[2]
        if settings.tls == "self":
            arguments.append("--insecure")
        robots = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "hearing_server.demo",
            "--base-url",
            settings.base_url,
            *arguments,
            env={**os.environ, **account},
        )
        try:
            return await robots.wait()
        finally:
            if robots.returncode is None:
                robots.terminate()
                await robots.wait()


async def _welcome(settings: Settings, server: RunningServer, sample: bool) -> None:
    await greet(settings, server.front.office)
    if not sample:
        return
    print("Sample hearing, a join link per role (each start makes new ones):")
    for link in await sample_links(server.front.office):
        print(f"  {link.side or link.role:16} {link.name}\n    {link.url}")
        if (link.role, link.side) == PHONE_ROLE:
            segno.make(link.url, error="l").terminal(compact=True)
    if settings.base_url.startswith("http://localhost"):
        print(
            "\nFor phones and other devices start with HOST=0.0.0.0 TLS=self and set HEARING_PUBLIC_URL to this machine's address."
        )
    print(flush=True)


def main() -> None:
    """Entry point of the ``hearing-server`` command."""
    app()


if __name__ == "__main__":
    main()
