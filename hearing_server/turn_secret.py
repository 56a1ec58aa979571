"""The secret that the court and its relay share."""

import os
import secrets

from hearing_server.settings import Settings


def turn_secret(settings: Settings) -> str:
    """As configured, else kept in the data directory, made by whoever asks first."""
    if settings.turn_secret:
        return settings.turn_secret
    file = settings.data_dir / "keys" / "turn-secret"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as writing:
        secret = secrets.token_urlsafe(32)
        writing.write(secret)
        return secret
