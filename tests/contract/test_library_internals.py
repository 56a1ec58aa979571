"""The private names of aiortc, aioice and pylibsrtp still do what the media layer relies on."""

import asyncio
import ctypes

import pytest
from aioice import stun
from pylibsrtp import Policy, Session

from signaling.media.library_internals import (
    DtlsAssociation,
    PacketMemory,
    SrtpSession,
    address_of,
    fingerprint_sha256,
    host_addresses,
    new_certificate,
    read_binding_check,
    srtp_protect,
    srtp_protect_address,
    srtp_unprotect,
)

PACKET = b"\x80\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03" + b"picture" * 150
REPORT = b"\x80\xc9\x00\x01\x00\x00\x00\x01"


class Ends:
    """Two associations joined by two queues."""

    def __init__(self) -> None:
        to_server: asyncio.Queue[bytes] = asyncio.Queue()
        to_client: asyncio.Queue[bytes] = asyncio.Queue()
        self.server_certificate, self.client_certificate = new_certificate(), new_certificate()
        self.server_closed = asyncio.Event()
        self.server = DtlsAssociation(
            self.server_certificate, to_server.get, to_client.put_nowait, self.server_closed.set
        )
        self.client = DtlsAssociation(self.client_certificate, to_client.get, to_server.put_nowait, lambda: None)

    async def shake_hands(self, seen_by_server: str, seen_by_client: str) -> tuple[bool, bool]:
        server = self.server.handshake(server=True, fingerprints=[("sha-256", seen_by_server)])
        client = self.client.handshake(server=False, fingerprints=[("sha-256", seen_by_client)])
        accepted = await asyncio.gather(server, client)
        return accepted[0], accepted[1]

    async def close(self) -> None:
        await self.client.close()
        await self.server.close()


def through(sender: SrtpSession, receiver: SrtpSession, packet: bytes) -> tuple[bytes, bytes]:
    """(on the wire, after decryption), both in place in one memory."""
    memory = PacketMemory()
    memory.buffer[0 : len(packet)] = packet
    memory.length[0] = len(packet)
    assert srtp_protect(sender.pointer, memory.data, memory.length) == 0
    wire = memory.buffer[0 : memory.length[0]]
    assert srtp_unprotect(receiver.pointer, memory.data, memory.length) == 0
    return wire, memory.buffer[0 : memory.length[0]]


async def test_keys_of_a_handshake_carry_packets_and_reports_both_ways() -> None:
    ends = Ends()
    fingerprints = fingerprint_sha256(ends.client_certificate), fingerprint_sha256(ends.server_certificate)
    assert await ends.shake_hands(*fingerprints) == (True, True)
    for one, other in ((ends.server, ends.client), (ends.client, ends.server)):
        assert one.outgoing is not None and other.incoming is not None
        wire, plain = through(one.outgoing, other.incoming, PACKET)
        assert plain == PACKET and len(wire) == len(PACKET) + 16, "AES-GCM with a tag of 16 bytes"
        protected = one.outgoing.protect_rtcp(REPORT)
        assert protected is not None and protected != REPORT
        assert other.incoming.unprotect_rtcp(protected) == REPORT
        assert other.incoming.unprotect_rtcp(b"\x80\xc9" + bytes(40)) is None
    await ends.close()


async def test_a_goodbye_reaches_the_other_side() -> None:
    ends = Ends()
    await ends.shake_hands(fingerprint_sha256(ends.client_certificate), fingerprint_sha256(ends.server_certificate))
    await ends.client.close()
    await asyncio.wait_for(ends.server_closed.wait(), 5)
    await ends.server.close()


async def test_another_certificate_than_the_announced_one_is_refused() -> None:
    ends = Ends()
    stranger = fingerprint_sha256(new_certificate())
    accepted_by_server, _ = await ends.shake_hands(stranger, fingerprint_sha256(ends.server_certificate))
    assert not accepted_by_server
    assert ends.server.incoming is None
    await ends.close()


async def test_a_forgotten_stream_of_a_session_does_not_disturb_the_others() -> None:
    ends = Ends()
    await ends.shake_hands(fingerprint_sha256(ends.client_certificate), fingerprint_sha256(ends.server_certificate))
    sender, receiver = ends.server.outgoing, ends.client.incoming
    assert sender is not None and receiver is not None
    through(sender, receiver, PACKET)
    sender.forget(3)
    sender.forget(4)
    other = PACKET[:8] + (4).to_bytes(4, "big") + PACKET[12:]
    assert through(sender, receiver, other)[1] == other
    await ends.close()


def request(username: str | None = "server:client") -> stun.Message:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    if username is not None:
        message.attributes["USERNAME"] = username
    return message


@pytest.mark.parametrize("nominated", [True, False])
def test_a_binding_check_is_read_verified_and_answered(nominated: bool) -> None:
    message = request()
    if nominated:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(b"password")
    check = read_binding_check(bytes(message))
    assert check is not None and (check.ufrag, check.nominated) == ("server", nominated)
    assert check.is_signed_with(b"password") and not check.is_signed_with(b"another")
    answer = stun.parse_message(check.response(("192.0.2.7", 4242), b"password"))
    assert answer.transaction_id == message.transaction_id
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == ("192.0.2.7", 4242)
    assert answer.check_message_integrity(b"password")


def test_an_unsigned_or_nameless_request_is_no_check() -> None:
    unsigned = read_binding_check(bytes(request()))
    assert unsigned is not None and not unsigned.is_signed_with(b"")
    assert read_binding_check(bytes(request(None))) is None


def test_loopback_is_not_announced_for_all_interfaces() -> None:
    assert not {"127.0.0.1", "::1"} & set(host_addresses(ipv6=True))


def test_compiled_code_finds_libsrtp_and_its_sessions_in_memory() -> None:
    """As ``int (*)(srtp_t, void *, int *)``: called by address, it does the same as by name."""
    policy = Policy(bytes(28), Policy.SSRC_ANY_OUTBOUND, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    by_name, by_address = SrtpSession(Session(policy)), SrtpSession(Session(policy))
    memory = PacketMemory()
    memory.buffer[0 : len(PACKET)] = PACKET
    memory.length[0] = len(PACKET)
    assert srtp_protect(by_name.pointer, memory.data, memory.length) == 0
    protect = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(srtp_protect_address)
    packet, length = ctypes.create_string_buffer(PACKET, len(PACKET) + 256), ctypes.c_int(len(PACKET))
    assert protect(address_of(by_address.pointer), packet, ctypes.byref(length)) == 0
    assert packet.raw[: length.value] == memory.buffer[0 : memory.length[0]]
