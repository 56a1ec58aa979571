"""The primitives that the verifier carries with it, against the vectors of their standards and against OpenSSL."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from recorder.verification.ed25519 import is_signed
from recorder.verification.sm3 import PlainSm3, new_sm3

RFC_8032 = [  # section 7.1: private key, public key, message, signature
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("_private", "public", "message", "signature"), RFC_8032)
def test_signatures_of_the_rfc(_private: str, public: str, message: str, signature: str) -> None:
    assert is_signed(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))
    assert not is_signed(bytes.fromhex(public), bytes.fromhex(message) + b"!", bytes.fromhex(signature))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511))
def test_signatures_of_openssl_hold_until_a_bit_is_changed(secret: bytes, message: bytes, bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(secret)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert is_signed(public, message, signature)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8
    assert not is_signed(public, message, bytes(changed))


def test_a_signature_has_one_spelling_and_no_point_off_the_curve() -> None:
    _, public, message, signature = (bytes.fromhex(text) for text in RFC_8032[0])
    larger = (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    assert not is_signed(public, message, signature[:32] + larger)
    assert not is_signed(public, message, signature[:-1]) and not is_signed(public[:-1], message, signature)
    assert not is_signed(b"\x02" + bytes(31), message, signature)
    assert not is_signed(b"\xff" * 32, message, signature)


def test_sm3_of_the_standard() -> None:
    """GB/T 32905-2016 annex A."""
    for data, digest in [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ]:
        for sm3 in (PlainSm3(), new_sm3()):
            sm3.update(data)
            assert sm3.hexdigest() == digest


@given(st.lists(st.binary(max_size=150), max_size=4))
def test_sm3_in_python_is_that_of_openssl(parts: list[bytes]) -> None:
    plain, reference = PlainSm3(), hashes.Hash(hashes.SM3())
    for part in parts:
        plain.update(part)
        reference.update(part)
    assert plain.hexdigest() == reference.finalize().hex()
