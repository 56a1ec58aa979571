"""Two networks joined by a link that can be spoilt: this machine's own kernel, nothing simulated but the cable.

with two_networks(folder) as link:
    with link.entered(COURT):
        ...  # processes and sockets made here live in the court's network
    async with link.outage(10):
        ...

``netemu.c`` carries the packets between two network namespaces; it is compiled here. Needs root, iproute2, gcc and ``/dev/net/tun``.
"""

import asyncio
import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

COURT, HOME = "court", "home"
"""The server's network and the participant's."""
COURT_ADDRESS, HOME_ADDRESS = "10.77.0.1", "10.77.0.2"
SECOND_COURT_ADDRESS = "10.77.0.3"
SECOND_HOME_ADDRESS = "10.77.0.9"
CLEAR = "loss=0"

POSSIBLE = (
    os.geteuid() == 0
    and all(shutil.which(program) for program in ("ip", "gcc"))
    and os.access("/dev/net/tun", os.R_OK | os.W_OK)
)

_CLONE_NEWNET = 0x40000000
_SOURCE = Path(__file__).parent / "netemu.c"
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Link:
    """``spoil`` takes effect within 20 ms."""

    name: str
    control: Path

    def network(self, side: str) -> str:
        return f"{self.name}-{side}"

    @contextmanager
    def entered(self, side: str) -> Iterator[None]:
        """Whatever this thread opens or starts inside belongs to that network."""
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _enter(Path("/run/netns", self.network(side)))
            try:
                yield
            finally:
                _set_namespace(own)
        finally:
            os.close(own)

    def spoil(self, what: str, upwards: str | None = None) -> None:
        """Both ways, or ``upwards`` for what comes from home: ``loss=`` %, ``delay=`` ms, ``jitter=`` ms (order is kept), ``rate=`` kbit/s
        with a ``queue=`` in ms; ``down=1`` stops everything, ``udpdown=1`` UDP, ``only=443`` all but
        that TCP port."""
        new = self.control.with_suffix(".new")
        new.write_text(f"ab {what}\nba {what if upwards is None else upwards}\n")
        new.rename(self.control)

    @asynccontextmanager
    async def spoilt(self, what: str, upwards: str | None = None) -> AsyncIterator[None]:
        self.spoil(what, upwards)
        try:
            yield
        finally:
            self.spoil(CLEAR)

    def move(self, old: str, new: str) -> None:
        """The participant's device comes to another address, as from Wi-Fi to the telephone network."""
        home = self.network(HOME)
        _run("ip", "-n", home, "addr", "del", f"{old}/24", "dev", "em0")
        _run("ip", "-n", home, "addr", "add", f"{new}/24", "dev", "em0")
        _run("ip", "-n", home, "route", "replace", "default", "dev", "em0")


@contextmanager
def two_networks(folder: Path) -> Iterator[Link]:
    """They and the link exist while inside. Only one thread may use them: a namespace belongs to a thread."""
    program = folder / "netemu"
    _run("gcc", "-O2", "-o", str(program), str(_SOURCE))
    link = Link(f"hs{os.getpid()}", folder / "link")
    with contextlib.ExitStack() as stack:
        for side, address in ((COURT, COURT_ADDRESS), (HOME, HOME_ADDRESS)):
            _add_network(link.network(side), stack)
            _run("ip", "-n", link.network(side), "addr", "add", f"{address}/24", "dev", "em0")
        _run("ip", "-n", link.network(COURT), "addr", "add", f"{SECOND_COURT_ADDRESS}/24", "dev", "em0")
        link.spoil(CLEAR)
        stack.enter_context(_carrying(program, link))
        for side in (COURT, HOME):
            network = link.network(side)
            _run("ip", "-n", network, "link", "set", "em0", "mtu", "1500", "txqueuelen", "1000", "up")
            _run("ip", "-n", network, "route", "add", "default", "dev", "em0")
        yield link


def _add_network(name: str, stack: contextlib.ExitStack) -> None:
    _run("ip", "netns", "add", name)
    stack.callback(_run, "ip", "netns", "del", name)
    _run("ip", "-n", name, "link", "set", "lo", "up")
    _run("ip", "-n", name, "tuntap", "add", "dev", "em0", "mode", "tun")


@contextmanager
def _carrying(program: Path, link: Link) -> Iterator[None]:
    ends = [link.network(COURT), "em0", link.network(HOME), "em0"]
    with subprocess.Popen([program, *ends, link.control], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as netemu:
        try:
            assert netemu.stdout is not None and netemu.stdout.readline() == b"ready\n"
            yield
        finally:
            netemu.terminate()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _enter(network: Path) -> None:
    namespace = os.open(network, os.O_RDONLY)
    try:
        _set_namespace(namespace)
    finally:
        os.close(namespace)


def _set_namespace(namespace: int) -> None:
    if _libc.setns(namespace, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


async def passed(seconds: float) -> None:
    """What is measured here is how long a network is away, and only time makes that."""
    await asyncio.sleep(seconds)
