"""JSON lines to the worker, from any thread; each line is written whole."""

import json
import logging
import os
import threading
from typing import Any

logger = logging.getLogger(__name__)


class Outbox:
    """Writes to ``descriptor``. When the reader is gone, lines are dropped: facts stand in the manifest and are told again."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._broken = False

    def send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            try:
                while line and not self._broken:
                    line = line[os.write(self._descriptor, line) :]
            except BrokenPipeError:
                self._broken = True
                logger.warning("nobody reads the recorder's facts any more")
