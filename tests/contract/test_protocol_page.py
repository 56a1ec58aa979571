from pathlib import Path
from typing import get_args

from signaling.protocol.court_words import ErrorCode
from signaling.protocol.documentation import page
from signaling.protocol.from_client import ClientMessage
from signaling.protocol.to_client import ServerMessage

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"


def test_the_page_is_the_one_the_models_write() -> None:
    assert PAGE.read_text() == page(), "run: python -m signaling.protocol.documentation > docs/protocol.md"


def test_every_message_and_every_code_is_on_the_page() -> None:
    text = PAGE.read_text()
    messages = [model for union in (ClientMessage, ServerMessage) for model in get_args(get_args(union)[0])]
    assert len(messages) > 40
    missing = [
        model.__name__
        for model in messages
        if f"### `{get_args(model.model_fields['type'].annotation)[0]}`" not in text
    ]
    missing += [code.value for code in ErrorCode if f"| `{code.value}` |" not in text]
    assert not missing
