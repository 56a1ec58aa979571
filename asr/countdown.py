"""One act when several threads have each passed a point."""

import threading
from collections.abc import Callable


class Countdown:
    """Calls ``done`` once, when ``passed`` was called ``count`` times; at once when ``count`` is 0."""

    def __init__(self, count: int, done: Callable[[], None]) -> None:
        self._remaining = count
        self._done = done
        self._lock = threading.Lock()
        if count == 0:
            done()

    def passed(self) -> None:
        with self._lock:
            self._remaining -= 1
            last = self._remaining == 0
        if last:
            self._done()
