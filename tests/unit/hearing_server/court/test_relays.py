from pathlib import Path

from hearing_server.court.relays import VALID_S, Relays
from hearing_server.settings import Settings
from hearing_server.turn_secret import turn_secret

NOW_MS = 1_700_000_000_123


def test_credentials_are_those_a_relay_computes_itself() -> None:
    (server,) = Relays(("turn:a", "turns:b"), "north").servers_for("p-1", NOW_MS)
    assert server.urls == ["turn:a", "turns:b"]
    assert server.username == "1700028800:p-1" == f"{NOW_MS // 1000 + VALID_S}:p-1"
    assert server.credential == "IV5WrOtTWaxobiVVrEzWKXcZ0Ks="  # openssl dgst -sha1 -hmac north


def test_a_court_without_relays_names_none() -> None:
    assert Relays().servers_for("p-1", NOW_MS) == []


def test_court_and_relay_find_the_same_secret_and_nobody_else_reads_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    secret = turn_secret(settings)
    assert turn_secret(settings) == secret and len(secret) > 30
    assert (tmp_path / "keys" / "turn-secret").stat().st_mode & 0o777 == 0o600
    assert turn_secret(Settings(data_dir=tmp_path, turn_secret="agreed")) == "agreed"
