"""The time stamp of a seal (RFC 3161). What it says is read here; whether its authority signed it is left to OpenSSL, without which
a stamp is never called good."""

from __future__ import annotations

import calendar
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Any

from recorder.verification.findings import Report, is_moment, iso_time
from recorder.verification.keys import decoded

TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
"""The object identifier id-ct-TSTInfo, before the content that is stamped (RFC 3161 section 2.4.2)."""


@dataclass(frozen=True)
class StampedContent:
    imprint: bytes
    at_ms: int


def check_stamps(report: Report, number: int, signature: bytes, stamps: Any, authority: str | None) -> dict[str, Any]:
    """State and time of the newest stamp of a seal; what is wrong with one is found."""
    state: dict[str, Any] = {"state": "none", "at": None}
    if not stamps:
        report.notice("stamp_none", "seal.json", number=number)
    for stamp in stamps or []:
        state = _check_stamp(report, number, signature, stamp, authority)
    return state


def _check_stamp(report: Report, number: int, signature: bytes, stamp: Any, authority: str | None) -> dict[str, Any]:
    whole = isinstance(stamp, dict) and set(stamp) == {"response"}
    response = decoded(stamp["response"]) if whole else b""
    content = stamped_content(response)
    if content is None:
        report.find("stamp_unreadable", "seal.json", field="stamps", number=number)
        return {"state": "wrong", "at": None}
    at = iso_time(content.at_ms)
    if content.imprint != hashlib.sha256(signature).digest():
        report.find("stamp_of_something_else", "seal.json", field="stamps", number=number, at=at)
        return {"state": "wrong", "at": at}
    if authority is None:
        report.notice("stamp_without_authority", "seal.json", number=number, at=at)
        return {"state": "unchecked", "at": at}
    openssl = shutil.which("openssl")
    if openssl is None:
        report.notice("stamp_needs_openssl", "seal.json", number=number, at=at)
        return {"state": "unchecked", "at": at}
    if not _signed_by(openssl, authority, response, signature, content.at_ms):
        report.find("stamp_of_another_authority", "seal.json", field="stamps", number=number, at=at)
        return {"state": "wrong", "at": at}
    report.notice("stamp_good", "seal.json", number=number, at=at)
    return {"state": "good", "at": at}


def _signed_by(openssl: str, authority: str, response: bytes, signature: bytes, at_ms: int) -> bool:
    """Certificates are judged as of the stamped time: a stamp outlives the certificate of its authority."""
    with tempfile.TemporaryDirectory() as folder:
        given, data = os.path.join(folder, "response"), os.path.join(folder, "data")
        for path, content in ((given, response), (data, signature)):
            with open(path, "wb") as file:
                file.write(content)
        command = [openssl, "ts", "-verify", "-in", given, "-data", data, "-CAfile", authority]
        moment = ["-attime", str(at_ms // 1000)]
        answer = subprocess.run([*command, *moment], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return answer.returncode == 0 and b"Verification: OK" in answer.stdout


def stamped_content(response: bytes) -> StampedContent | None:
    """Of a TimeStampResp in DER; None when it cannot be read."""
    try:
        start = response.index(TST_INFO) + len(TST_INFO)
        explicit = element(response, start)
        octets = element(response, explicit[0])
        info = element(response, octets[0])
        _, at = element(response, info[0])  # version
        _, at = element(response, at)  # policy
        imprint, after_imprint = element(response, at)
        _, after_algorithm = element(response, imprint)
        digest = element(response, after_algorithm)
        _, after_serial = element(response, after_imprint)
        moment = element(response, after_serial)
        at_ms = _generalized_time_ms(response[slice(*moment)].decode())
        return StampedContent(response[slice(*digest)], at_ms) if is_moment(at_ms) else None
    except (ValueError, IndexError):
        return None


def element(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the DER element at ``at`` begins and ends."""
    size, start = data[at + 1], at + 2
    if size & 0x80:
        length = size & 0x7F
        size, start = int.from_bytes(data[start : start + length], "big"), start + length
    if start + size > len(data):
        raise ValueError("cut off")
    return start, start + size


def _generalized_time_ms(text: str) -> int:
    """``20290301020304Z`` or with a fraction of the second."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y%m%d%H%M%S"))
    return seconds * 1000 + int((fraction + "000")[:3])
