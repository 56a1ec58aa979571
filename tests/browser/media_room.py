"""A room for browser tests of the media endpoint, with signalling as small as it can be: everybody receives everything of everybody."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from playwright.async_api import Browser, Page

from signaling.media.endpoint import MediaEndpoint
from signaling.media.leg import Leg
from signaling.media.observer import LegCloseCause, LegEvidence
from signaling.media.publish_leg import PublishLeg
from signaling.media.source import Source
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.protocol.grants import SourceLabel
from tests.browser.screens import open_browser

PAGE = Path(__file__).with_name("media_page.html")
EVERYTHING = frozenset(SourceLabel)
PATIENCE_MS = 30_000


class Member:
    """One tab: its socket, its legs, and a task that keeps its receiving connection negotiated."""

    def __init__(self, room: "Room", name: str, socket: web.WebSocketResponse) -> None:
        self.room, self.name, self.socket = room, name, socket
        self.publish: PublishLeg | None = None
        self.replaced: PublishLeg | None = None
        self.subscribe = SubscribeLeg(room.endpoint, name, f"down-{name}", room)
        self.changed = asyncio.Event()
        self.answered = asyncio.Event()

    async def negotiate(self) -> None:
        while True:
            await self.changed.wait()
            self.changed.clear()
            while self.subscribe.needs_negotiation:
                self.answered.clear()
                offer = self.subscribe.offer()
                slots = {slot.mid: f"{slot.participant}-{slot.source}" for slot in offer.slots}
                await self.socket.send_json({"offer": offer.sdp, "negotiation": offer.negotiation, "slots": slots})
                await self.answered.wait()

    async def take(self, message: dict[str, Any]) -> None:
        if "publish" in message:
            if message["again"]:
                self.replaced, self.publish = self.publish, None
            if self.publish is None:
                self.publish = PublishLeg(self.room.endpoint, self.name, f"up-{self.name}", self.room)
            labels = {mid: SourceLabel(label) for mid, label in message["labels"].items()}
            answer = await self.publish.answer(message["publish"], labels, EVERYTHING)
            await self.socket.send_json({"answer": answer})
        elif "answer" in message:
            await self.subscribe.take_answer(message["negotiation"], message["answer"])
            self.answered.set()
        elif "show" in message:
            shown = {(each["participant"], SourceLabel(each["source"])): each for each in message["show"]}
            self.subscribe.show({key: (each["width"], each["height"]) for key, each in shown.items()})


class Room:
    """Full mesh: everybody receives every source of everybody else."""

    def __init__(self, endpoint: MediaEndpoint) -> None:
        self.endpoint = endpoint
        self.members: dict[str, Member] = {}
        self.causes: list[LegCloseCause] = []
        self.began = asyncio.Event()
        """Some source began."""

    def others(self, leg: Leg) -> list[Member]:
        return [member for member in self.members.values() if member.name != leg.participant]

    def leg_connected(self, leg: Leg) -> None: ...

    def leg_closed(self, leg: Leg, cause: LegCloseCause, evidence: LegEvidence) -> None:
        self.causes.append(cause)

    def source_started(self, leg: Leg, source: Source) -> None:
        self.began.set()
        assert source.publication is not None, "a source that began belongs to a publication"
        for member in self.others(leg):
            member.subscribe.add(source.publication)
            member.changed.set()

    def source_ended(self, leg: Leg, source: Source) -> None:
        if source.publication is None or source.publication.sources:
            return
        for member in self.others(leg):
            member.subscribe.remove(source.publication)
            member.changed.set()

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        member = Member(self, request.query["name"], socket)
        for other in self.members.values():
            for publication in other.publish.publications if other.publish is not None else ():
                member.subscribe.add(publication)
        self.members[member.name] = member
        member.changed.set()
        negotiation = asyncio.create_task(member.negotiate())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await member.take(json.loads(message.data))
        finally:
            negotiation.cancel()
            await asyncio.gather(negotiation, return_exceptions=True)
            del self.members[member.name]
            for leg in (member.subscribe, member.publish, member.replaced):
                if leg is not None:
                    await leg.close()
        return socket


@asynccontextmanager
async def open_room(
    host: str = "127.0.0.1", page_host: str = "127.0.0.1", announced: Sequence[str] = ()
) -> AsyncIterator[tuple[Room, str]]:
    """The room and its page's address; ``host`` is the address media comes to, ``announced`` what browsers are told of it, ``page_host``
    where the page is."""
    endpoint = await MediaEndpoint.open(host, announced=announced)
    room = Room(endpoint)

    async def page(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE)

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/socket", room.socket)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, page_host, 0).start()
    try:
        yield room, f"http://{page_host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
        await endpoint.close()


@asynccontextmanager
async def media_browser(*more: str) -> AsyncIterator[Browser]:
    """Has a camera and a microphone, and speaks to the loopback address; ``more`` switches."""
    async with open_browser(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--allow-loopback-in-peer-connection",
        "--disable-gpu",
        *more,
    ) as browser:
        yield browser


async def join(browser: Browser, address: str, name: str, **options: str) -> Page:
    page = await browser.new_page()
    query = "&".join(f"{key}={value}" for key, value in {"name": name, **options}.items())
    await page.goto(f"{address}/?{query}")
    return page


async def sees_and_hears(page: Page, other: str, frames: int = 20) -> None:
    """Returns when ``frames`` more pictures were decoded and sound was heard from ``other``; fails with what the tab knows."""
    try:
        await page.evaluate(
            "async ([other, frames, ms]) => await seesAndHears(other, frames, ms)", [other, frames, PATIENCE_MS]
        )
    except Exception as error:
        raise AssertionError(json.dumps(await page.evaluate("report()"), indent=1)) from error
