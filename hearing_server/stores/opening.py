"""Which implementation a store of the settings is."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from hearing_server.domain.copies import StoreName
from hearing_server.stores.local_folder import LocalFolderStore
from hearing_server.stores.port import RecordingStore
from hearing_server.stores.s3 import S3Store
from hearing_server.stores.terms import StoresTerms, StoreTerms


def open_store(terms: StoreTerms, timeout_s: float) -> RecordingStore:
    """Raises ``StoreUnusable``. Whether it answers is seen when it is used."""
    if terms.place.startswith("s3://"):
        return S3Store(terms, timeout_s)
    return LocalFolderStore(Path(terms.place), timeout_s)


@asynccontextmanager
async def open_stores(terms: StoresTerms) -> AsyncIterator[Mapping[StoreName, RecordingStore]]:
    """All that are set up, while inside."""
    async with AsyncExitStack() as stack:
        stores: dict[StoreName, RecordingStore] = {}
        for name, each in terms.stores.items():
            stores[name] = open_store(each, terms.timeout_s)
            stack.push_async_callback(stores[name].close)
        yield stores
