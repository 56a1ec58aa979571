"""Debian's coturn as `hearing-server turn` starts it, and a client of it that asks for what it should not get.

async with coturn(settings) as relay: ...
"""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aioice import stun
from aioice.turn import TurnClientUdpProtocol

from hearing_server.settings import Settings
from hearing_server.turn import write_configuration

INSTALLED = shutil.which("turnserver") is not None
STARTED_S = 15.0

_FAMILY = "REQUESTED-ADDRESS-FAMILY"
"""RFC 8656 section 18.6; aioice knows only IPv4 allocations."""
stun.ATTRIBUTES_BY_NAME[_FAMILY] = (0x0017, _FAMILY, stun.pack_unsigned, stun.unpack_unsigned)


@asynccontextmanager
async def coturn(settings: Settings, prefix: Sequence[str] = ()) -> AsyncIterator[Path]:
    """Runs while inside; gives its log. ``prefix``: a command that runs another, as in a network namespace."""
    log = settings.data_dir / "coturn.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *prefix, "turnserver", "-c", str(write_configuration(settings)), stdout=out, stderr=out
        )
    try:
        async with asyncio.timeout(STARTED_S):
            while b"Relay ports initialization done" not in log.read_bytes():
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.02)
        yield log
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class Allocation:
    """One relayed address of one user."""

    def __init__(self, client: TurnClientUdpProtocol) -> None:
        self._client = client
        self._channel = 0x4000

    @classmethod
    async def ask(
        cls, server: tuple[str, int], username: str, password: str, family: socket.AddressFamily
    ) -> "Allocation":
        """Raises `stun.TransactionFailed` with the relay's refusal."""
        _, client = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: TurnClientUdpProtocol(server, username, password, lifetime=600, channel_refresh_time=600),
            remote_addr=server,
        )
        request = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST)
        request.attributes["LIFETIME"] = 600
        request.attributes["REQUESTED-TRANSPORT"] = socket.IPPROTO_UDP << 24
        request.attributes[_FAMILY] = (1 if family == socket.AF_INET else 2) << 24
        allocation = cls(client)
        try:
            await client.request_with_retry(request)
        except BaseException:
            client.transport.close()
            raise
        return allocation

    async def bind(self, peer: str, port: int = 53) -> int:
        """Asks for a channel to ``peer``: 0 when it is granted, else the error code (RFC 8656 section 19)."""
        self._channel += 1
        try:
            await self._client.channel_bind(self._channel, (peer, port))
        except stun.TransactionFailed as refused:
            return refused.response.error_code or -1
        return 0

    async def permit(self, peer: str) -> int:
        """The same by permission (section 9), the other way to reach a peer."""
        request = stun.Message(stun.Method.CREATE_PERMISSION, stun.Class.REQUEST)
        request.attributes["XOR-PEER-ADDRESS"] = (peer, 53)
        try:
            await self._client.request_with_retry(request)
        except stun.TransactionFailed as refused:
            return refused.response.error_code or -1
        return 0

    async def release(self) -> None:
        await self._client.delete()
        self._client.transport.close()
