"""SSRCs that came under a member's keys and belong to nothing.

libsrtp keeps about 270 bytes for every SSRC it ever decrypted and looks for them one by one: with 8,000 of them a packet costs five times
as much. So the state of those that nothing became of is given back.
"""

from collections import OrderedDict
from collections.abc import Callable

from signaling.media.library_internals import SrtpSession

MAX_STRANGERS = 128
"""A browser has a handful: streams that begin before their description, and one sender of reports for each m-line."""


class Strangers:
    """Of the keys of one direction. ``known``: whether an SSRC means something by now; its state is kept."""

    def __init__(self, keys: SrtpSession, known: Callable[[int], bool]) -> None:
        self._keys = keys
        self._known = known
        # Full: the one unheard longest is forgotten, in libsrtp too.
        self._heard: OrderedDict[int, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._heard)

    def heard(self, ssrc: int) -> None:
        """A packet of it was decrypted."""
        if self._known(ssrc):
            return
        self._heard[ssrc] = None
        self._heard.move_to_end(ssrc)
        if len(self._heard) > MAX_STRANGERS:
            gone, _ = self._heard.popitem(last=False)
            if not self._known(gone):
                self._keys.forget(gone)
