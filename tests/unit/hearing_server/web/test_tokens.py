"""Forged, mixed up and expired tokens."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from hearing_server.court.credentials import SeatClaims, TokenExpired, TokenInvalid
from hearing_server.court.ports import SessionClaims
from hearing_server.web.tokens import SignedTokens

KEY = bytes(range(32))
NOW_S = 1_900_000_000
SEAT = SeatClaims(SessionClaims("hearing1", "plaintiff", (NOW_S + 60) * 1000, None, "staff1"), None, 3)


def tokens(key: bytes = KEY, now_s: float = NOW_S) -> SignedTokens:
    return SignedTokens(key, now_s=lambda: now_s)


def payload() -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(tokens().sign_seat(SEAT), OctKey.import_key(KEY), ["HS256"]).claims
    return claims


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_hand(header: dict[str, object], claims: dict[str, object], key: bytes) -> str:
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{signed}.{b64(hmac.new(key, signed.encode(), hashlib.sha256).digest())}" if key else f"{signed}."


def test_tokens_come_back_as_they_were_signed() -> None:
    assert tokens().read_seat(tokens().sign_seat(SEAT)) == SEAT
    assert tokens().read_kiosk(tokens().sign_kiosk("kiosk1")) == "kiosk1"


def test_token_is_good_until_the_second_it_ends() -> None:
    token = tokens().sign_seat(SEAT)
    assert tokens(now_s=NOW_S + 59.9).read_seat(token) == SEAT
    with pytest.raises(TokenExpired):
        tokens(now_s=NOW_S + 60).read_seat(token)


def test_token_made_by_hand_with_the_right_key_is_read() -> None:
    """So that the refusals below are for their own reason."""
    good = by_hand({"alg": "HS256", "typ": "seat+jwt"}, payload(), KEY)
    assert tokens().read_seat(good) == SEAT


def rsa_pem() -> bytes:
    public = generate_private_key(65537, 2048).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


FORGERIES: dict[str, Callable[[], str]] = {
    "alg none": lambda: by_hand({"alg": "none", "typ": "seat+jwt"}, payload(), b""),
    "alg None": lambda: by_hand({"alg": "None", "typ": "seat+jwt"}, payload(), b""),
    "no algorithm": lambda: by_hand({"typ": "seat+jwt"}, payload(), KEY),
    "no signature": lambda: by_hand({"alg": "HS256", "typ": "seat+jwt"}, payload(), b""),
    "another key": lambda: tokens(bytes(32)).sign_seat(SEAT),
    "empty key": lambda: by_hand({"alg": "HS256", "typ": "seat+jwt"}, payload(), b"\0"),
    "public key as secret": lambda: by_hand({"alg": "HS256", "typ": "seat+jwt"}, payload(), rsa_pem()),
    "signed with RSA": lambda: jwt.encode(
        {"alg": "RS256", "typ": "seat+jwt"}, payload(), RSAKey.generate_key(2048), ["RS256"]
    ),
    "HS512": lambda: jwt.encode({"alg": "HS512", "typ": "seat+jwt"}, payload(), OctKey.import_key(KEY * 2), ["HS512"]),
    "changed claim": lambda: _changed(tokens().sign_seat(SEAT)),
    "unknown critical header": lambda: by_hand(
        {"alg": "HS256", "typ": "seat+jwt", "crit": ["x"], "x": 1}, payload(), KEY
    ),
    "without type": lambda: by_hand({"alg": "HS256"}, payload(), KEY),
    "another audience": lambda: by_hand({"alg": "HS256", "typ": "seat+jwt"}, {**payload(), "aud": "kiosk"}, KEY),
    "another issuer": lambda: by_hand({"alg": "HS256", "typ": "seat+jwt"}, {**payload(), "iss": "court"}, KEY),
    "no end": lambda: by_hand(
        {"alg": "HS256", "typ": "seat+jwt"}, {k: v for k, v in payload().items() if k != "exp"}, KEY
    ),
    "end as text": lambda: by_hand({"alg": "HS256", "typ": "seat+jwt"}, {**payload(), "exp": "9999999999"}, KEY),
    "extra claim": lambda: by_hand({"alg": "HS256", "typ": "seat+jwt"}, {**payload(), "role": "admin"}, KEY),
    "claims no object": lambda: by_hand({"alg": "HS256", "typ": "seat+jwt"}, [1, 2], KEY),  # type: ignore[arg-type]
    "kiosk token": lambda: tokens().sign_kiosk("kiosk1"),
    "empty": lambda: "",
    "no token": lambda: "neither.a.token",
    "two parts": lambda: "a.b",
    "five parts": lambda: "a.b.c.d.e",
    "not ASCII": lambda: "令牌.令.牌",
    "too long": lambda: tokens().sign_seat(SEAT) + "A" * 5000,
}


def _changed(token: str) -> str:
    header, _, signature = token.split(".")
    return ".".join((header, b64(json.dumps({**payload(), "sub": "judge"}).encode()), signature))


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_token_is_invalid(forgery: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens().read_seat(FORGERIES[forgery]())


def test_a_token_of_one_kind_is_nothing_as_another() -> None:
    signed = tokens()
    made = {"seat": signed.sign_seat(SEAT), "kiosk": signed.sign_kiosk("kiosk1")}
    read: dict[str, Callable[[str], object]] = {"seat": signed.read_seat, "kiosk": signed.read_kiosk}
    for kind, token in made.items():
        for other in read.keys() - {kind}:
            with pytest.raises(TokenInvalid):
                read[other](token)
