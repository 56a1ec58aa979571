"""The relay beside the court: Debian's coturn, configured so that it reaches the court's media workers and nothing else.

A relay is a machine inside the court's network that sends packets wherever strangers ask. So every peer is denied, then the
workers' own addresses are allowed; that covers private, loopback, link-local, multicast and mapped ranges of both families, and those
nobody has thought of.
"""

import ipaddress
import os
from pathlib import Path

from hearing_server.settings import Settings
from hearing_server.tls import self_signed_pair
from hearing_server.turn_secret import turn_secret
from signaling.media.endpoint import reachable_addresses

USER = "turnserver"
"""The account Debian's package makes; coturn changes to it once its ports are open."""
USER_QUOTA = 32
"""Allocations of one participant: two connections, a few addresses and transports each, some left over from a lost network."""
TOTAL_QUOTA = 4_000
MAX_BYTES_PER_S = 1_000_000
"""Of one allocation and direction."""
NONCE_S = 600

_FIXED = f"""\
realm=court
use-auth-secret
fingerprint
stale-nonce={NONCE_S}
user-quota={USER_QUOTA}
total-quota={TOTAL_QUOTA}
max-bps={MAX_BYTES_PER_S}
no-cli
no-tcp-relay
no-multicast-peers
no-dtls
no-tlsv1
no-tlsv1_1
no-rfc5780
no-stun-backward-compatibility
no-software-attribute
denied-peer-ip=0.0.0.0-255.255.255.255
denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
log-file=stdout
"""


def write_configuration(settings: Settings) -> Path:
    """The file for ``turnserver -c``, in the data directory. Raises `ValueError` when the media workers have no address that a relay
    could reach."""
    folder = settings.data_dir / "turn"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "turnserver.conf"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds the secret
    with os.fdopen(descriptor, "w", encoding="utf-8") as writing:
        writing.write(configuration(settings, folder))
    return file


def turn_urls(settings: Settings, host: str) -> list[str]:
    """For ``HEARING_TURN_URLS``; ``host`` is the name browsers reach the relay by. TLS is for networks that know nothing but the web."""
    name = f"[{host}]" if ":" in host else host
    return [f"turn:{name}:{settings.turn_port}?transport=udp", f"turns:{name}:{settings.turn_tls_port}?transport=tcp"]


def configuration(settings: Settings, folder: Path) -> str:
    """``folder`` takes what coturn writes."""
    workers = settings.announced or reachable_addresses(settings.media_bound)
    if any(ipaddress.ip_address(address).is_loopback for address in workers):
        raise ValueError(
            "A relay cannot reach a worker at 127.0.0.1. Set HEARING_MEDIA_HOST to an address of this machine, or HEARING_MEDIA_ANNOUNCED."
        )
    host = settings.turn_host or settings.media_bound
    certificate, key = settings.turn_certificate, settings.turn_key
    if certificate is None or key is None:
        certificate, key = self_signed_pair(settings.data_dir / "keys", host)
    lines = [
        f"listening-port={settings.turn_port}",
        f"tls-listening-port={settings.turn_tls_port}",
        f"static-auth-secret={turn_secret(settings)}",
        f"cert={certificate.absolute()}",
        f"pkey={key.absolute()}",
        f"pidfile={(folder / 'turnserver.pid').absolute()}",
        *(f"allowed-peer-ip={address}" for address in workers),
    ]
    if not ipaddress.ip_address(host).is_unspecified:
        lines += [f"listening-ip={host}", f"relay-ip={host}"]
    if os.geteuid() == 0:
        lines += [
            f"proc-user={USER}",
            f"proc-group={USER}",
        ]  # whose own database in /var/lib/turn is then used, and stays empty
    else:
        lines.append(f"userdb={(folder / 'turndb').absolute()}")
    return "\n".join(lines) + "\n" + _FIXED
