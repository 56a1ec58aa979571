"""What a store may answer instead of doing what it was asked.

StoreError
├── ObjectMissing     there is no such object
├── StoreUnreachable  no connection, a fault of the store, an answer that broke off
├── StoreRefused      credentials, permission, no such bucket
├── StoreFull         no space is left
└── StoreUnusable     the settings name a store that cannot be opened

No message holds an address, a key or a name: these errors may be logged.
"""


class StoreError(Exception):
    """Base of everything this package raises on purpose."""


class ObjectMissing(StoreError):
    """There is no such object."""


class StoreUnreachable(StoreError):
    """It may work later."""


class StoreRefused(StoreError):
    """It will not work before somebody changes something."""


class StoreFull(StoreError):
    """No space is left."""


class StoreUnusable(StoreError):
    """The message says what is wrong with the settings, for people."""
