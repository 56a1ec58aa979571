"""An S3 server that behaves as it is told: faults, refusals, silence, answers that break off or are wrong. Real HTTP over a real socket."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from xml.sax.saxutils import escape

from aiohttp import web
from aiohttp.test_utils import TestServer


class Behaviour(StrEnum):
    """What it does with objects; lists are always answered."""

    GOOD = "good"
    FAULT = "fault"
    """500."""
    CONFLICT = "conflict"
    """409 to every write."""
    TAKEN = "taken"
    """412 to every write, though nothing is there."""
    FORBIDDEN = "forbidden"
    HANG_ON_WRITE = "hang_on_write"
    HANG_ON_READ = "hang_on_read"
    SHORT_ANSWER = "short_answer"
    """Half of what it announced, then the connection breaks."""
    HALF = "half"
    """Keeps half of what it is given, and says all is well."""
    WRONG = "wrong"
    """Keeps something else."""
    FORGETFUL = "forgetful"
    """Says it has it, and has nothing."""
    UNCONDITIONAL = "unconditional"
    """Does not know ``If-None-Match``: 501."""


class MisbehavingStore:
    def __init__(self) -> None:
        self.behaviour = Behaviour.GOOD
        self.objects: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        """Of every write."""
        self.checksums = 0
        """Writes that came with a right SHA-256."""
        self.written_to = asyncio.Event()
        """Somebody began to write."""
        self._over = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Its address."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{bucket}", self._list)
        app.router.add_route("*", "/{bucket}/{key:.+}", self._answer)
        server = TestServer(app)
        await server.start_server(shutdown_timeout=1)
        try:
            yield str(server.make_url("")).rstrip("/")
        finally:
            self._over.set()
            await server.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.method] += 1
        if request.method == "PUT":
            self.written_to.set()
            self.headers.append(dict(request.headers))
        key = request.match_info["key"]
        if self.behaviour is Behaviour.FAULT:
            return web.Response(status=500, text="<Error><Code>InternalError</Code></Error>")
        if self.behaviour is Behaviour.FORBIDDEN:
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
        if request.method == "PUT":
            return await self._put(request, key)
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return web.Response(status=204)
        return await self._get(request, key)

    async def _put(self, request: web.Request, key: str) -> web.StreamResponse:
        data = await request.read()
        condition = request.headers.get("If-None-Match")
        if self.behaviour is Behaviour.HANG_ON_WRITE:
            await self._over.wait()
        refusals = {Behaviour.CONFLICT: 409, Behaviour.TAKEN: 412}
        if self.behaviour in refusals or (condition and key in self.objects):
            return web.Response(status=refusals.get(self.behaviour, 412))
        if self.behaviour is Behaviour.UNCONDITIONAL and condition:
            return web.Response(status=501, text="<Error><Code>NotImplemented</Code></Error>")
        self.checksums += bool(request.headers.get("x-amz-checksum-sha256"))
        kept = {Behaviour.HALF: data[: len(data) // 2], Behaviour.WRONG: b"x" * len(data)}.get(self.behaviour, data)
        if self.behaviour is not Behaviour.FORGETFUL:
            self.objects[key] = kept
        return web.Response(headers={"ETag": f'"{hashlib.md5(kept).hexdigest()}"'})

    async def _get(self, request: web.Request, key: str) -> web.StreamResponse:
        if key not in self.objects:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        data = self.objects[key]
        if self.behaviour is Behaviour.HANG_ON_READ:
            await self._over.wait()
        response = web.StreamResponse(headers={"ETag": '"x"', "Last-Modified": "Mon, 30 Nov 2026 00:00:00 GMT"})
        response.content_length = len(data)
        await response.prepare(request)
        if request.method != "HEAD":
            if self.behaviour is Behaviour.SHORT_ANSWER:
                await response.write(data[: len(data) // 2])
                assert request.transport is not None
                request.transport.close()
                return response
            await response.write(data)
        await response.write_eof()
        return response

    async def _list(self, request: web.Request) -> web.Response:
        prefix = request.query.get("prefix", "")
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(data)}</Size><ETag>x</ETag>"
            "<LastModified>2026-11-30T00:00:00.000Z</LastModified></Contents>"
            for key, data in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        text = f"<ListBucketResult><KeyCount>{len(self.objects)}</KeyCount><IsTruncated>false</IsTruncated>{entries}"
        return web.Response(text=text + "</ListBucketResult>", content_type="application/xml")
