"""``python -m tests.abuse.attacker KIND ADDRESS TOKEN SECONDS``: somebody who means harm, in a process of their own so that the
one who measures is not disturbed. Prints a JSON line of what became of the attempts."""

import asyncio
import contextlib
import json
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import urlsplit

import aiohttp

from signaling.protocol.base import PROTOCOL_VERSION
from tests.fuzz.damage import examples

HALF_OPEN = 200
MEGABYTES_5 = "x" * (5 << 20)

Socket = aiohttp.ClientWebSocketResponse


class Attacker:
    def __init__(self, address: str, token: str, seconds: float) -> None:
        self.address, self.token = address, token
        self.until_s = asyncio.get_running_loop().time() + seconds
        self.seen: Counter[str] = Counter()

    @property
    def goes_on(self) -> bool:
        return asyncio.get_running_loop().time() < self.until_s

    async def hello(self, socket: Socket) -> None:
        await socket.send_json({"type": "hello", "version": PROTOCOL_VERSION, "token": self.token, "take_over": True})

    async def listen(self, socket: Socket) -> None:
        """Counts errors and goodbyes until the server hangs up."""
        async for frame in socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                said = json.loads(frame.data)
                if said["type"] in ("error", "goodbye"):
                    self.seen[f"{said['type']} {said['code']}"] += 1
        self.seen["closed"] += 1

    async def again_and_again(self, act: Callable[[Socket], Awaitable[None]], *, compress: int = 0) -> None:
        """A new socket each time the server hangs up."""
        async with aiohttp.ClientSession() as http:
            while self.goes_on:
                with contextlib.suppress(aiohttp.ClientError, ConnectionError):
                    async with http.ws_connect(f"{self.address}/ws", max_msg_size=0, compress=compress) as socket:
                        self.seen["sockets"] += 1
                        listening = asyncio.create_task(self.listen(socket))
                        with contextlib.suppress(ConnectionError, TimeoutError):
                            async with asyncio.timeout(max(0.01, self.until_s - asyncio.get_running_loop().time())):
                                await act(socket)
                                await listening
                        listening.cancel()
                        await asyncio.gather(listening, return_exceptions=True)

    # ---------------------------------------------------------------- kinds

    async def flood(self) -> None:
        """1,000 messages a second and more."""

        async def act(socket: Socket) -> None:
            await self.hello(socket)
            for mark in range(100_000):
                await socket.send_str(f'{{"type":"ping","time_ms":{mark}}}')
                self.seen["messages"] += 1
                if mark % 20 == 0:
                    await asyncio.sleep(0.01)

        await self.again_and_again(act)

    async def huge(self) -> None:
        await self.again_and_again(lambda socket: socket.send_str(MEGABYTES_5))

    async def bomb(self) -> None:
        """A few kilobytes that unpack to five megabytes."""
        await self.again_and_again(lambda socket: socket.send_str(MEGABYTES_5), compress=15)

    async def nonsense(self) -> None:
        """As much damaged JSON and SDP as one is allowed to say, after coming in properly."""
        words = self._nonsense()

        async def act(socket: Socket) -> None:
            await self.hello(socket)
            for text in words:
                await socket.send_str(text)
                self.seen["messages"] += 1
                await asyncio.sleep(0.02)

        await self.again_and_again(act)

    @staticmethod
    def _nonsense() -> Iterator[str]:
        rng = random.Random(7)
        messages = [path.read_text(errors="replace") for path in examples("client_messages")]
        offers = [path.read_bytes().decode(errors="replace") for path in examples("sdp")]
        sources = [{"mid": "0", "source": "microphone"}, {"mid": "1", "source": "camera"}]
        while True:
            damaged = list(rng.choice(messages))
            for _ in range(rng.randrange(4)):
                damaged[rng.randrange(len(damaged))] = chr(rng.randrange(1, 0x2FF))
            yield "".join(damaged)
            sdp = rng.choice(offers)
            at = rng.randrange(len(sdp))
            sdp = sdp[:at] + sdp[at + rng.randrange(40) :]
            yield json.dumps({"type": "publish_offer", "connection": "c", "sdp": sdp[:90_000], "sources": sources})

    async def half_open(self) -> None:
        """Heads of requests that never end."""
        parts = urlsplit(self.address)
        streams = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(HALF_OPEN)]
        for _, writer in streams:
            writer.write(b"GET /ws HTTP/1.1\r\nHost: x\r\n")
        closed = asyncio.gather(*(self._ended(reader) for reader, _ in streams))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closed, max(0.0, self.until_s - asyncio.get_running_loop().time()))
        for _, writer in streams:
            writer.close()

    async def _ended(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()
        self.seen["closed"] += 1

    async def foreign(self) -> None:
        """A page of another site in a signed-in person's browser."""
        async with aiohttp.ClientSession() as http:
            while self.goes_on:
                try:
                    async with http.ws_connect(f"{self.address}/ws", origin="https://evil.example"):
                        self.seen["let in"] += 1
                except aiohttp.WSServerHandshakeError as refused:
                    self.seen[f"refused {refused.status}"] += 1


async def main(kind: str, address: str, token: str, seconds: str) -> None:
    attacker = Attacker(address, token, float(seconds))
    kinds = (
        attacker.flood,
        attacker.huge,
        attacker.bomb,
        attacker.nonsense,
        attacker.half_open,
        attacker.foreign,
    )
    await {act.__name__: act for act in kinds}[kind]()
    sys.stdout.write(json.dumps(attacker.seen) + "\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
