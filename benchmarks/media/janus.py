"""Debian's Janus with its video room, as it comes or with a number of event loops, behind the same interface as ours."""

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from benchmarks.media.media_server import Subscriber
from benchmarks.media.placement import SERVER_CORE, on_core

PATIENCE_S = 30.0
PARTS = {"plugins": "libjanus_videoroom.so", "transports": "libjanus_websockets.so"}


def install() -> bool:
    """Whether Janus is there; as root it is installed from Debian when it is not."""
    if shutil.which("janus") is None and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        # Debian would start it as a service with a configuration that is not ours.
        command = "apt-get update -qq && apt-get install -y -qq --no-install-recommends janus"
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        subprocess.run(command, shell=True, check=False, env=environment, stdout=subprocess.DEVNULL)
        if Path("/run/systemd/system").exists():
            subprocess.run(("systemctl", "disable", "--now", "--quiet", "janus"), check=False)
    return shutil.which("janus") is not None


def version() -> str:
    said = subprocess.run(("janus", "--version"), check=False, capture_output=True, text=True)
    return next((line.split()[-1] for line in said.stdout.splitlines() if "ersion" in line), "of Debian")


class JanusSession:
    """One WebSocket session (https://janus.conf.meetecho.com/docs/rest.html); answers are matched by transaction."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._asked: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._session: int | None = None

    async def begin(self) -> None:
        self._session = (await self.ask({"janus": "create"}))["data"]["id"]

    async def listen(self) -> None:
        async for message in self._socket:
            said = message.json()
            waiting = self._asked.get(said.get("transaction", ""))
            if said["janus"] != "ack" and waiting is not None and not waiting.done():
                waiting.set_result(said)

    async def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        transaction = secrets.token_hex(8)
        session = {} if self._session is None else {"session_id": self._session}
        self._asked[transaction] = answered = asyncio.get_running_loop().create_future()
        await self._socket.send_json({**message, **session, "transaction": transaction})
        said: dict[str, Any] = await asyncio.wait_for(answered, PATIENCE_S)
        del self._asked[transaction]
        if said["janus"] == "error" or "error" in said.get("plugindata", {}).get("data", {}):
            raise RuntimeError(f"Janus refused: {said}")
        return said

    async def attach(self) -> int:
        handle: int = (await self.ask({"janus": "attach", "plugin": "janus.plugin.videoroom"}))["data"]["id"]
        return handle

    async def tell(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
        described = {} if jsep is None else {"jsep": jsep}
        return await self.ask({"janus": "message", "handle_id": handle, "body": body, **described})


class Janus:
    """Made by `janus`."""

    def __init__(self, name: str, process: psutil.Process, session: JanusSession) -> None:
        self.name = name
        self.process = process
        self._session = session
        self._rooms: dict[str, int] = {}
        self._feeds: dict[str, dict[str, int]] = defaultdict(dict)

    async def open_room(self, room: str) -> None:
        handle = await self._session.attach()
        self._rooms[room] = number = 1000 + len(self._rooms)
        await self._session.tell(handle, {"request": "create", "room": number, "publishers": 50, "bitrate": 0})

    async def publish(self, room: str, name: str, offer: str) -> str:
        handle = await self._session.attach()
        body = {"request": "join", "ptype": "publisher", "room": self._rooms[room]}
        self._feeds[room][name] = (await self._session.tell(handle, body))["plugindata"]["data"]["id"]
        body = {"request": "configure", "audio": True, "video": True}
        answer: str = (await self._session.tell(handle, body, {"type": "offer", "sdp": offer}))["jsep"]["sdp"]
        return answer

    async def heard(self, room: str, tracks: int) -> None:
        """It knows them by the description."""

    async def subscribe(self, room: str, name: str, subscriber: Subscriber) -> None:
        handle = await self._session.attach()
        streams = [{"feed": feed} for other, feed in self._feeds[room].items() if other != name]
        body = {"request": "join", "ptype": "subscriber", "room": self._rooms[room], "streams": streams}
        offer: str = (await self._session.tell(handle, body))["jsep"]["sdp"]
        await self._session.tell(handle, {"request": "start"}, {"type": "answer", "sdp": subscriber.answer(offer)})
        await subscriber.answered(offer)

    def beside(self) -> Mapping[str, psutil.Process]:
        return {}

    async def close(self) -> None: ...


def _configure(folder: Path, host: str, port: int, event_loops: int, ice_lite: bool) -> None:
    """Only what it takes to run here; everything else is Debian's default."""
    installed = next(Path("/usr/lib").glob("*/janus"))
    for kind, part in PARTS.items():
        (folder / kind).mkdir()
        (folder / kind / part).symlink_to(next((installed / kind).glob(f"{part}*")))
    loops = f"event_loops = {event_loops}\n" if event_loops else ""
    folders = "".join(
        f'{kind}_folder = "{folder / kind}"\n' for kind in ("plugins", "transports", "events", "loggers", "configs")
    )
    (folder / "configs").mkdir()
    (folder / "configs/janus.jcfg").write_text(
        f"general: {{\n{folders}debug_level = 2\nsession_timeout = 0\n{loops}}}\n"
        f'nat: {{ ice_lite = {str(ice_lite).lower()}\n ice_enforce_list = "{host}" }}\n'
    )
    (folder / "configs/janus.transport.websockets.jcfg").write_text(
        f'general: {{ ws = true\n ws_port = {port}\n ws_ip = "127.0.0.1" }}\nadmin: {{ admin_ws = false }}\n'
    )
    (folder / "configs/janus.plugin.videoroom.jcfg").write_text("general: { }\n")


@asynccontextmanager
async def janus_process(host: str, *, event_loops: int = 0, ice_lite: bool = True) -> AsyncIterator[tuple[int, str]]:
    """(process id, WebSocket address) of a Janus of its own. ``event_loops`` 0: its default, a thread for each handle."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="bench-janus-") as name:
        folder = Path(name)
        _configure(folder, host, port, event_loops, ice_lite)
        child = await asyncio.create_subprocess_exec(
            *("janus", "-F", str(folder / "configs"), "--disable-colors"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            await _answers(port)
            yield child.pid, f"ws://127.0.0.1:{port}"
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            await child.wait()


async def _answers(port: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


@asynccontextmanager
async def janus(name: str, host: str, event_loops: int = 0) -> AsyncIterator[Janus]:
    """Alone on its core."""
    async with contextlib.AsyncExitStack() as stack:
        with on_core(SERVER_CORE):
            process, address = await stack.enter_async_context(janus_process(host, event_loops=event_loops))
        web = await stack.enter_async_context(aiohttp.ClientSession())
        session = JanusSession(await web.ws_connect(address, protocols=("janus-protocol",)))
        listening = asyncio.create_task(session.listen())
        try:
            await session.begin()
            yield Janus(name, psutil.Process(process), session)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
