"""What the server says of itself, to every screen and to whoever watches over it."""

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web


class ServerCondition(Protocol):
    """How the parts of the server that are not in this process are doing; asked anew each time."""

    @property
    def demo_model(self) -> bool:
        """Whether only the small demonstration speech model is in use."""

    @property
    def recorder_ready(self) -> bool:
        """Whether a hearing could be recorded now."""

    @property
    def accepting(self) -> bool:
        """False once the server is stopping: no new admissions."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    court_name: str
    help_phone: str
    version: str
    condition: ServerCondition


SERVER_FACTS: web.AppKey[ServerFacts] = web.AppKey("server_facts", ServerFacts)
