"""Any store that speaks S3, through obstore (``pip install 'hearing-server[stores]'``).

Written with ``If-None-Match: *``, so that a key is written once, and with the SHA-256 by which the store checks what arrived. A store
that does not know the condition is asked first whether the key is taken; keys name their content, so two writers write the same.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from hearing_server.stores.errors import ObjectMissing, StoreError, StoreRefused, StoreUnreachable, StoreUnusable
from hearing_server.stores.port import ReadBack, StoredObject
from hearing_server.stores.terms import StoreTerms

if TYPE_CHECKING:
    from obstore.store import ClientConfig

CONNECT_WITHIN_S = 3.0
NO_BUCKET = "NoSuchBucket"


class S3Store:
    """One bucket, perhaps below a prefix in it."""

    def __init__(self, terms: StoreTerms, timeout_s: float) -> None:
        """Raises ``StoreUnusable``."""
        try:
            from obstore import exceptions
            from obstore.store import S3Store as Bucket
        except ImportError:
            raise StoreUnusable("an S3 store needs obstore: pip install 'hearing-server[stores]'") from None
        bucket, _, prefix = terms.place.removeprefix("s3://").partition("/")
        if not bucket or not terms.key_id or not terms.secret.get_secret_value():
            raise StoreUnusable("an S3 store needs a bucket, a key id and a secret")
        self._refusals = (
            exceptions.PermissionDeniedError,
            exceptions.UnauthenticatedError,
            exceptions.InvalidPathError,
            exceptions.UnknownConfigurationKeyError,
        )
        self._taken = exceptions.AlreadyExistsError, exceptions.PreconditionError
        self._failures = exceptions.BaseError, OSError, ValueError
        self._timeout_s = timeout_s
        self._conditional = True
        try:
            with _only_what_is_given():
                self._bucket = Bucket(
                    bucket,
                    prefix=prefix.strip("/") or None,
                    endpoint=terms.endpoint or None,
                    region=terms.region,
                    access_key_id=terms.key_id,
                    secret_access_key=terms.secret.get_secret_value(),
                    checksum_algorithm="SHA256",
                    virtual_hosted_style_request=not terms.endpoint,
                    client_options=_client(terms, timeout_s),
                    retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=timeout_s)},
                )
        except self._failures:  # its message may hold what was given
            raise StoreUnusable("the S3 store cannot be set up: look at endpoint, region and certificate") from None

    async def put(self, key: str, data: bytes) -> bool:
        async with self._asking():
            if not self._conditional:
                return await self._put_unconditionally(key, data)
            try:
                await self._bucket.put_async(key, data, mode="create", use_multipart=False)
            except self._taken:
                return False
            except self._failures as error:
                if "501 Not Implemented" not in str(error):
                    raise
                self._conditional = False
                return await self._put_unconditionally(key, data)
            return True

    async def _put_unconditionally(self, key: str, data: bytes) -> bool:
        try:
            await self._bucket.head_async(key)
        except FileNotFoundError:
            await self._bucket.put_async(key, data, mode="overwrite", use_multipart=False)
            return True
        return False

    async def read(self, key: str) -> bytes:
        async with self._asking():
            return bytes(await (await self._bucket.get_async(key)).bytes_async())

    async def read_back(self, key: str) -> ReadBack:
        digest, size = hashlib.sha256(), 0
        async with self._asking():
            async for chunk in (await self._bucket.get_async(key)).stream():
                digest.update(chunk)
                size += len(chunk)
        return ReadBack(size, digest.hexdigest())

    async def objects(self, prefix: str) -> AsyncIterator[StoredObject]:
        found: list[StoredObject] = []
        async with self._asking():
            async for page in self._bucket.list(prefix):
                found += [StoredObject(each["path"], each["size"]) for each in page]
        for each in found:
            yield each

    async def remove(self, key: str) -> None:
        try:
            async with self._asking():
                await self._bucket.delete_async(key)
        except ObjectMissing:
            pass

    async def close(self) -> None:
        """Connections close by themselves."""

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout_s):
                yield
        except StoreError:
            raise
        except TimeoutError:
            raise StoreUnreachable("no answer in time") from None
        except FileNotFoundError as error:
            if NO_BUCKET in str(error):
                raise StoreRefused("there is no such bucket") from None
            raise ObjectMissing from None
        except self._refusals as error:
            raise StoreRefused(type(error).__name__) from None
        except self._failures as error:  # its message may hold addresses and keys; the kind is enough
            if NO_BUCKET in str(error):
                raise StoreRefused("there is no such bucket") from None
            raise StoreUnreachable(type(error).__name__) from None


@contextmanager
def _only_what_is_given() -> Iterator[None]:
    """obstore fills in from variables such as ``AWS_SESSION_TOKEN`` and ``AWS_SKIP_SIGNATURE``; the settings alone count here."""
    theirs = {name: os.environ.pop(name) for name in list(os.environ) if name.upper().startswith("AWS_")}
    try:
        yield
    finally:
        os.environ.update(theirs)


def _client(terms: StoreTerms, timeout_s: float) -> "ClientConfig":
    options: ClientConfig = {
        "allow_http": terms.endpoint.startswith("http:"),
        "connect_timeout": timedelta(seconds=CONNECT_WITHIN_S),
        "timeout": timedelta(seconds=timeout_s),
    }
    if terms.certificate is not None:
        try:
            options["root_certificate"] = terms.certificate.read_bytes()
        except OSError:
            raise StoreUnusable("the certificate of the S3 store cannot be read") from None
    return options
