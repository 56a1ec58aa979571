"""Our media server, seen from outside: the worker process and its recorder and transcriber."""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psutil

from benchmarks.media.media_server import Subscriber
from benchmarks.media.placement import OTHER_CORE, SERVER_CORE, on_core
from benchmarks.media.worker_process import LINE_LIMIT_BYTES
from signaling.protocol.from_client import PublishedSource
from signaling.protocol.grants import Grants, SourceLabel
from signaling.protocol.worker import (
    AcknowledgeFacts,
    AnswerSubscribe,
    OfferPublish,
    OpenRoom,
    RequestSubscribe,
    SetMember,
    StartRecording,
    StartTranscription,
    WorkerCommand,
)
from signaling.room.room import RECORDED_PLACE

SENDS = Grants(
    publish=(SourceLabel.MICROPHONE, SourceLabel.CAMERA), publish_to=RECORDED_PLACE, receive_from=(RECORDED_PLACE,)
)
WATCHES = Grants(receive_from=(RECORDED_PLACE,))
PATIENCE_S = 30.0
KINDS = {"audio": SourceLabel.MICROPHONE, "video": SourceLabel.CAMERA}


class CourtWorker:
    """Made by `court_worker`. ``transcribes``: every room is transcribed besides being recorded."""

    name = "ours"

    def __init__(self, process: asyncio.subprocess.Process, transcribes: bool) -> None:
        self._child = process
        self.process = psutil.Process(process.pid)
        self._transcribes = transcribes
        self._members: set[str] = set()
        self._subscribers: dict[str, Subscriber] = {}
        self._answers: dict[str, asyncio.Future[str]] = {}
        self._connected: dict[str, asyncio.Future[None]] = {}
        self._tracks: Counter[str] = Counter()
        self._news = asyncio.Condition()
        self._closing = False
        self._ready = {"recorder": False, "transcriber": False}
        self.said: Counter[str] = Counter()
        """How often it told what."""

    # ---------------------------------------------------------------- the load's wishes

    async def open_room(self, room: str) -> None:
        self._say(OpenRoom(room=room, hearing=f"hearing-{room}"))
        self._say(StartRecording(room=room, cause="opened"))
        if self._transcribes:
            self._say(StartTranscription(room=room, vocabulary=[]))

    async def publish(self, room: str, name: str, offer: str) -> str:
        self._admit(room, name, SENDS)
        sources = [
            PublishedSource(mid=mid, source=KINDS[kind])
            for mid, kind in (("0", "audio"), ("1", "video"))
            if f"m={kind}" in offer
        ]
        self._answers[name] = asyncio.get_running_loop().create_future()
        self._say(OfferPublish(room=room, participant=name, connection=f"up-{name}", sdp=offer, sources=sources))
        return await asyncio.wait_for(self._answers[name], PATIENCE_S)

    async def heard(self, room: str, tracks: int) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: self._tracks[room] >= tracks)

    async def subscribe(self, room: str, name: str, subscriber: Subscriber) -> None:
        if name not in self._members:
            self._admit(room, name, WATCHES)
        self._subscribers[name] = subscriber
        self._connected[name] = asyncio.get_running_loop().create_future()
        self._say(RequestSubscribe(room=room, participant=name, connection=f"down-{name}"))
        await asyncio.wait_for(self._connected[name], PATIENCE_S)

    def beside(self) -> Mapping[str, psutil.Process]:
        children = {}
        for child in self.process.children():
            for name, module in (("recorder", "recorder"), ("transcriber", "asr")):
                if module in child.cmdline():
                    children[name] = child
        return children

    async def close(self) -> None:
        """Rooms close, the recorder seals."""
        self._closing = True
        assert self._child.stdin is not None, "asked for a pipe"
        self._child.stdin.close()
        await self._child.wait()

    # ---------------------------------------------------------------- both pipes

    def _admit(self, room: str, name: str, grants: Grants) -> None:
        self._members.add(name)
        self._say(SetMember(room=room, participant=name, display_name=name, role_title="", grants=grants))

    def _say(self, command: WorkerCommand) -> None:
        assert self._child.stdin is not None, "asked for a pipe"
        if self._closing:
            return
        self._child.stdin.write(command.model_dump_json().encode() + b"\n")

    async def ready(self) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: self._ready["recorder"] and self._ready["transcriber"])

    async def listen(self) -> None:
        """Until the worker ends."""
        assert self._child.stdout is not None, "asked for a pipe"
        async with asyncio.TaskGroup() as tasks:
            async for line in self._child.stdout:
                message = json.loads(line)
                self.said[message["type"]] += 1
                if "fact" in message:
                    self._say(AcknowledgeFacts(facts=[message["fact"]]))
                if message["type"] == "subscribe_offered":
                    tasks.create_task(self._answer(message))
                else:
                    await self._note(message)

    async def _note(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "publish_answered":
                self._answers[message["participant"]].set_result(message["sdp"])
            case "media_refused":
                raise RuntimeError(f"refused: {message}")
            case "recorder_state":
                self._ready["recorder"] = message["ready"]
            case "transcriber_state":
                self._ready["transcriber"] = message["state"] == "live"
            case "track_published":
                self._tracks[message["room"]] += 1
        async with self._news:
            self._news.notify_all()

    async def _answer(self, message: dict[str, Any]) -> None:
        name, offer = message["participant"], message["sdp"]
        subscriber = self._subscribers[name]
        answer = AnswerSubscribe(
            room=message["room"],
            participant=name,
            connection=message["connection"],
            negotiation=message["negotiation"],
            sdp=subscriber.answer(offer),
        )
        self._say(answer)
        await subscriber.answered(offer)
        if not self._connected[name].done():
            self._connected[name].set_result(None)


@asynccontextmanager
async def court_worker(host: str, *, transcribes: bool = False) -> AsyncIterator[CourtWorker]:
    """Alone on its core; recorder and transcriber on the other one."""
    pipe = asyncio.subprocess.PIPE
    with tempfile.TemporaryDirectory(prefix="bench-media-") as folder:
        command = (sys.executable, "-m", "benchmarks.media.worker_process", "--folder", folder, "--host", host)
        with on_core(SERVER_CORE):
            child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=LINE_LIMIT_BYTES)
        server = CourtWorker(child, transcribes)
        listening = asyncio.create_task(server.listen())
        try:
            await server.ready()
            for process in server.beside().values():
                _put_aside(process)
            yield server
            await server.close()
            await listening
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError, ProcessLookupError):
                await listening
            if child.returncode is None:
                child.kill()
                await child.wait()


def _put_aside(process: psutil.Process) -> None:
    """Every thread of it to the other core, at ordinary priority; how far a sink steps back behind others is its own affair."""
    for thread in process.threads():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(thread.id, {OTHER_CORE})
            os.sched_setscheduler(thread.id, os.SCHED_OTHER, os.sched_param(0))
