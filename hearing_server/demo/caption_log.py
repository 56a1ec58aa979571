"""When captions reached a listening client."""

from dataclasses import dataclass, field

from signaling.protocol.snapshot import UtteranceView
from signaling.protocol.to_client import CaptionPartial, ServerMessage, UtteranceChanged


@dataclass(slots=True)
class CaptionLog:
    """A listener of a session; times are UTC in milliseconds, keyed by utterance."""

    first_partial_ms: dict[str, float] = field(default_factory=dict)
    final_ms: dict[str, float] = field(default_factory=dict)
    originals: dict[str, UtteranceView] = field(default_factory=dict)
    """The recogniser's own finals, as they arrived."""

    def note(self, arrived_ms: float, message: ServerMessage) -> None:
        match message:
            case CaptionPartial() if message.text:
                self.first_partial_ms.setdefault(message.utterance, arrived_ms)
            case UtteranceChanged() if message.utterance.revision == 0:
                self.final_ms.setdefault(message.utterance.utterance, arrived_ms)
                self.originals.setdefault(message.utterance.utterance, message.utterance)
            case _:
                pass
