"""An S3-compatible server on this machine: moto behind a real socket. Its bucket is ``court``."""

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from hearing_server.stores.terms import StoreTerms

BUCKET = "court"


@contextmanager
def s3_server() -> Iterator[str]:
    """Its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        call(f"{address}/moto-api/reset", "POST")
        call(f"{address}/{BUCKET}", "PUT")
        yield address
    finally:
        server.stop()


def call(url: str, method: str, data: bytes | None = None) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method), timeout=10) as answer:
        content: bytes = answer.read()
    return content


def terms_of(address: str, place: str = f"s3://{BUCKET}/archive") -> StoreTerms:
    return StoreTerms(place=place, endpoint=address, key_id="court", secret=SecretStr("not-to-be-told"))
