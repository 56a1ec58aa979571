"""The relay reaches the media workers for those who may, and nothing else for anybody (check 22 of the quality list)."""

import socket
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from aioice import stun
from aioice.turn import create_turn_endpoint

from hearing_server.court.relays import VALID_S, Relays
from hearing_server.settings import Settings
from hearing_server.turn import USER_QUOTA, configuration
from hearing_server.turn_secret import turn_secret
from signaling.media.endpoint import MediaEndpoint
from signaling.media.library_internals import host_addresses
from signaling.media.publish_leg import PublishLeg
from tests.integration.whole_server import free_port
from tests.network.coturn import INSTALLED, Allocation, coturn
from tests.unit.signaling.media.courtroom import EVERYTHING, LABELS, MICROPHONE_SSRC, Courtroom
from tests.unit.signaling.media.rtp_peer import RtpPeer, opus, publisher_offer

IPV4 = [address for address in host_addresses(ipv6=False) if ":" not in address]
IPV6 = [address for address in host_addresses(ipv6=True) if ":" in address]

pytestmark = pytest.mark.skipif(not INSTALLED or not IPV4, reason="coturn is not installed, or there is no network")

FORBIDDEN = [
    "127.0.0.1",
    "169.254.169.254",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "203.0.113.77",
]
FORBIDDEN_V6 = [
    "::1",
    "::",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2001:db8::7",
]


@dataclass(frozen=True)
class Relay:
    settings: Settings
    now_ms: int

    def credentials(self, participant: str, now_ms: int | None = None) -> tuple[str, str]:
        relays = Relays(("turn:here",), turn_secret(self.settings))
        (server,) = relays.servers_for(participant, self.now_ms if now_ms is None else now_ms)
        return server.username, server.credential

    @property
    def server(self) -> tuple[str, int]:
        return IPV4[0], self.settings.turn_port

    async def allocation(
        self, participant: str = "plaintiff", family: socket.AddressFamily = socket.AF_INET, now_ms: int | None = None
    ) -> Allocation:
        return await Allocation.ask(self.server, *self.credentials(participant, now_ms), family)


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[Relay]:
    announced = (ip_address(address) for address in (*IPV4[:1], *IPV6[:1]))
    settings = Settings(
        data_dir=tmp_path,
        media_host="::",
        media_announced=tuple(announced),
        turn_port=free_port(socket.SOCK_STREAM),
        turn_tls_port=free_port(socket.SOCK_STREAM),
    )
    async with coturn(settings):
        yield Relay(settings, now_ms=time.time_ns() // 1_000_000)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_a_participant_reaches_the_court_through_it(relay: Relay, transport: str) -> None:
    court = Courtroom(await MediaEndpoint.open(IPV4[0]))
    peer = RtpPeer()
    username, password = relay.credentials("plaintiff")
    if transport == "tls":
        trusting = ssl.create_default_context(cafile=relay.settings.data_dir / "keys" / "self-signed.crt")
        trusting.check_hostname = False  # it is bound to all addresses, so its certificate names none
        server = (IPV4[0], relay.settings.turn_tls_port)
        await create_turn_endpoint(lambda: peer, server, username, password, ssl=trusting, transport="tcp")
    else:
        await create_turn_endpoint(lambda: peer, relay.server, username, password, transport=transport)
    court.keep(peer)
    try:
        leg = PublishLeg(court.endpoint, "plaintiff", "up", court.observed)
        answer = await leg.answer(publisher_offer(peer, [("0", "audio", MICROPHONE_SSRC)]), LABELS, EVERYTHING)
        await peer.connect(answer)
        await court.observed.legs_connected(1)
        assert leg.transport.address == peer.transport.get_extra_info("sockname")
        peer.send_rtp(opus(1, MICROPHONE_SSRC))
        await court.observed.sources_started(1)
    finally:
        await court.close()


async def test_no_other_machine_can_be_reached(relay: Relay) -> None:
    allocation = await relay.allocation()
    assert await allocation.bind(IPV4[0]) == 0
    assert {peer: await allocation.bind(peer) for peer in FORBIDDEN} == dict.fromkeys(FORBIDDEN, 403)
    assert {peer: await allocation.permit(peer) for peer in FORBIDDEN} == dict.fromkeys(FORBIDDEN, 403)
    assert [await allocation.bind(peer) for peer in FORBIDDEN_V6] == [443] * len(FORBIDDEN_V6)  # another family
    await allocation.release()


@pytest.mark.skipif(not IPV6, reason="no IPv6 here")
async def test_no_other_machine_can_be_reached_by_ipv6(relay: Relay) -> None:
    allocation = await relay.allocation(family=socket.AF_INET6)
    assert await allocation.bind(IPV6[0]) == 0
    assert {peer: await allocation.bind(peer) for peer in FORBIDDEN_V6} == dict.fromkeys(FORBIDDEN_V6, 403)
    assert {peer: await allocation.permit(peer) for peer in FORBIDDEN_V6} == dict.fromkeys(FORBIDDEN_V6, 403)
    await allocation.release()


async def test_expired_and_forged_credentials_are_refused(relay: Relay) -> None:
    with pytest.raises(stun.TransactionFailed) as expired:
        await relay.allocation(now_ms=relay.now_ms - (VALID_S + 60) * 1000)
    username, password = relay.credentials("plaintiff")
    with pytest.raises(stun.TransactionFailed) as altered:
        await Allocation.ask(relay.server, username.replace("plaintiff", "judge"), password, socket.AF_INET)
    later = username.replace(username[:10], str(int(username[:10]) + 3600))
    with pytest.raises(stun.TransactionFailed) as prolonged:
        await Allocation.ask(relay.server, later, password, socket.AF_INET)
    assert [refused.value.response.error_code for refused in (expired, altered, prolonged)] == [401, 401, 401]


async def test_one_participant_cannot_take_the_whole_relay(relay: Relay) -> None:
    """Not even with credentials of different moments."""
    held, refused = [], []
    for number in range(50):
        try:
            held.append(await relay.allocation(now_ms=relay.now_ms + number * 1000))
        except stun.TransactionFailed as error:
            refused.append(error.response.error_code)
    assert (len(held), refused) == (USER_QUOTA, [486] * (50 - USER_QUOTA))
    other = await relay.allocation("defendant")
    for allocation in (*held, other):
        await allocation.release()


async def test_a_court_that_only_hears_itself_has_nothing_to_relay_to(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot reach"):
        configuration(Settings(data_dir=tmp_path), tmp_path)
