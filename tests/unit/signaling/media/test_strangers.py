"""What libsrtp keeps of SSRCs that nothing becomes of."""

import gc
from collections.abc import Iterator

import pytest
from pylibsrtp import Error, Policy, Session

from signaling.media.library_internals import SrtpSession
from signaling.media.strangers import MAX_STRANGERS, Strangers
from tests.unit.signaling.media.rtp_peer import rtp

KEY = bytes(range(30))
MANY = 20_000


def packets(ssrcs: range) -> Iterator[tuple[int, bytes]]:
    sender = Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_OUTBOUND))
    for ssrc in ssrcs:
        yield ssrc, sender.protect(rtp(1, 1, ssrc, b"sound"))
        sender.remove_stream(ssrc)


def resident_bytes() -> int:
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * 4096


def test_invented_ssrcs_leave_nothing_in_memory() -> None:
    receiver = Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_INBOUND))
    strangers = Strangers(SrtpSession(receiver), lambda _: False)
    before = resident_bytes()
    for ssrc, packet in packets(range(MANY)):
        receiver.unprotect(packet)
        strangers.heard(ssrc)
    assert len(strangers) == MAX_STRANGERS
    assert resident_bytes() - before < MANY * 270 // 4, "without a limit 270 bytes are kept for each"


def test_who_became_known_meanwhile_is_kept() -> None:
    receiver = Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_INBOUND))
    known: set[int] = set()
    strangers = Strangers(SrtpSession(receiver), known.__contains__)
    ((_, packet),) = list(packets(range(1)))
    receiver.unprotect(packet)
    strangers.heard(0)
    known.add(0)
    for ssrc in range(1, MAX_STRANGERS + 2):
        strangers.heard(ssrc)
    assert SrtpSession(receiver).unprotect_rtcp(packet) is None
    with pytest.raises(Error, match="replay"):  # its state is still there
        receiver.unprotect(packet)


def test_the_one_heard_longest_ago_goes() -> None:
    class Keys(SrtpSession):
        gone: list[int] = []  # noqa: RUF012

        def forget(self, ssrc: int) -> None:
            self.gone.append(ssrc)

    strangers = Strangers(Keys(Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_INBOUND))), lambda _: False)
    for ssrc in (*range(MAX_STRANGERS), 0, MAX_STRANGERS):
        strangers.heard(ssrc)
    assert Keys.gone == [1]
