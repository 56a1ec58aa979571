"""Asking a time stamp authority (RFC 3161) to confirm when a seal's signature existed. Nothing but a hash leaves the court."""

import asyncio
import base64
from pathlib import Path

import aiohttp
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from hearing_server.sealing.errors import StampRefused
from recorder.verification.time_stamp import element

ANSWER_WITHIN_S = 20.0
MAX_ANSWER_BYTES = 256 * 1024
CERTIFICATES = 0xA0
"""Tag of the certificates in SignedData: [0] IMPLICIT."""


class TimeStampAuthority:
    """``certificates`` is a PEM file with the authority's root and, where it has them, intermediate certificates."""

    def __init__(self, url: str, certificates: Path) -> None:
        self.url = url
        self.certificates = certificates

    async def stamp(self, signature: bytes) -> dict[str, str]:
        """A stamp for ``seal.json``, verified against the trusted certificates: the answer and nothing that was not signed.
        Raises `StampRefused`."""
        request = TimestampRequestBuilder().data(signature).hash_algorithm(HashAlgorithm.SHA256).build()
        answer = await self._ask(request.as_bytes())
        try:
            response = decode_timestamp_response(with_ordered_certificates(answer))
            trusted = await asyncio.to_thread(self._trusted)
            _verify(response, request, trusted, signature)
        except (VerificationError, ValueError) as error:
            raise StampRefused(f"the answer of the time stamp authority does not hold: {error}") from error
        return {"response": base64.b64encode(answer).decode()}

    async def _ask(self, request: bytes) -> bytes:
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self.url, data=request, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    raise StampRefused(f"the time stamp authority answered {answer.status}")
                data = b""
                async for chunk in answer.content.iter_any():
                    data += chunk
                    if len(data) > MAX_ANSWER_BYTES:
                        raise StampRefused("the answer of the time stamp authority is too long")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StampRefused(f"the time stamp authority did not answer: {type(error).__name__}") from error
        return data

    def _trusted(self) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates(self.certificates.read_bytes())


def _verify(
    response: TimeStampResponse, request: TimeStampRequest, trusted: list[x509.Certificate], signature: bytes
) -> None:
    builder = VerifierBuilder.from_request(request)
    for certificate in trusted:
        builder = builder.add_root_certificate(certificate)
    builder.build().verify_message(response, signature)


def with_ordered_certificates(response: bytes) -> bytes:
    """The same TimeStampResp with its certificates in the order that DER gives a set (X.690 section 11.6). Authorities send them in
    any order, which RFC 5652 section 5.1 allows and the decoder does not; no signature covers them. Raises `ValueError`."""
    try:
        _, after_status = element(response, element(response, 0)[0])
        _, after_type = element(response, element(response, after_status)[0])
        at = element(response, element(response, after_type)[0])[0]
        for _ in ("version", "digestAlgorithms", "encapContentInfo"):
            _, at = element(response, at)
        if response[at] != CERTIFICATES:
            return response
        start, end = element(response, at)
        certificates, at = [], start
        while at < end:
            _, behind = element(response, at)
            certificates.append(response[at:behind])
            at = behind
    except IndexError:
        raise ValueError("the answer is cut off") from None
    return response[:start] + b"".join(sorted(certificates)) + response[end:]
