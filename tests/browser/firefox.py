"""Debian's Firefox ESR without a window, driven over WebDriver BiDi (w3.org/TR/webdriver-bidi) by its own debugging port.

async with firefox(folder) as browser:
    page = await browser.open("http://127.0.0.1:8080/")
    assert await page.evaluate("1 + 1") == 2
"""

import asyncio
import json
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

PROGRAM = "firefox-esr"
INSTALLED = shutil.which(PROGRAM) is not None
STARTED_S = 60.0
ENDED_S = 10.0
MAX_ANSWER_BYTES = 16 << 20

PREFERENCES: dict[str, bool | int | str] = {
    # Devices that are not there, and no question about them.
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    # A page that is not in front goes on as if it were.
    "dom.min_background_timeout_value": 4,
    "dom.timeout.enable_budget_timer_throttling": False,
    "dom.ipc.processPriorityManager.enabled": False,
    "widget.windows.window_occlusion_tracking.enabled": False,
    # Nothing but the tested page is talked to.
    "network.proxy.type": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "extensions.update.enabled": False,
    "services.settings.server": "data:,none",
    "toolkit.telemetry.server": "",
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.newtabpage.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "toolkit.startup.max_resumed_crashes": -1,
}


class ScriptFailed(Exception):
    """What the page's script threw."""


@dataclass(frozen=True)
class FirefoxPage:
    browser: "Firefox"
    context: str

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression, which may ``await``."""
        answer = await self.browser.command(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await ({expression})) ?? null))()",
            target={"context": self.context},
            awaitPromise=True,
            userActivation=True,
        )
        if answer["type"] == "exception":
            raise ScriptFailed(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])


class Firefox:
    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._turn = asyncio.Lock()

    async def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One after the other. Raises `ScriptFailed` when the browser refuses it."""
        async with self._turn:
            self._number += 1
            await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
            while True:
                message = await self._socket.receive_json()
                if message.get("id") == self._number:
                    break
        if message["type"] == "error":
            raise ScriptFailed(f"{method}: {message['message']}")
        result: dict[str, Any] = message["result"]
        return result

    async def open(self, url: str) -> FirefoxPage:
        """A new tab, once it is loaded."""
        context = (await self.command("browsingContext.create", type="tab"))["context"]
        await self.command("browsingContext.navigate", context=context, url=url, wait="complete")
        return FirefoxPage(self, context)


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[Firefox]:
    """Runs while inside. ``folder`` takes its profile and its log."""
    profile = folder / "profile"
    profile.mkdir()
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines))
    log = folder / "firefox.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(PROGRAM, "--no-remote", "--new-instance", "--headless", "--profile", str(profile)),
            *("--remote-debugging-port=0", "about:blank"),
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"},
        )
    try:
        address = await _debugging_address(process, log)
        async with (
            ClientSession() as session,
            session.ws_connect(f"{address}/session", max_msg_size=MAX_ANSWER_BYTES) as socket,
        ):
            browser = Firefox(socket)
            await browser.command("session.new", capabilities={})
            yield browser
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), ENDED_S)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _debugging_address(process: asyncio.subprocess.Process, log: Path) -> str:
    async with asyncio.timeout(STARTED_S):
        while True:
            said = _read(log)
            found = re.search(r"WebDriver BiDi listening on (ws://\S+)", said)
            if found is not None:
                return found[1]
            assert process.returncode is None, said
            await asyncio.sleep(0.05)


def _read(log: Path) -> str:
    return log.read_text(errors="replace")
