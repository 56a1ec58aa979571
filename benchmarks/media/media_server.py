"""What the load needs of a media server, ours or another."""

from collections.abc import Mapping
from typing import Protocol

import psutil


class Subscriber(Protocol):
    def answer(self, offer: str) -> str: ...

    async def answered(self, offer: str) -> None:
        """The server has the answer."""


class MediaServer(Protocol):
    name: str
    process: psutil.Process
    """The one that forwards."""

    async def open_room(self, room: str) -> None: ...

    async def publish(self, room: str, name: str, offer: str) -> str:
        """``name`` joins if need be and sends. Returns the answer."""

    async def heard(self, room: str, tracks: int) -> None:
        """Returns when the server knows that many tracks of the room."""

    async def subscribe(self, room: str, name: str, subscriber: Subscriber) -> None:
        """``name`` receives everything of the others; returns when the first offer was answered and the transport is up."""

    def beside(self) -> Mapping[str, psutil.Process]:
        """Processes that do not forward, by what they do."""

    async def close(self) -> None: ...
