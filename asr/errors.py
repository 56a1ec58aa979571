"""Everything this package raises.

AsrError
├── EngineFailed          the recogniser or its model is unusable
├── MalformedPacket       bytes that are no RTP packet
└── ModelStoreError
    ├── ModelNotFound     no such model, here or in the table
    ├── DownloadFailed    the network or the other end gave up, or the hash is wrong
    └── UnsafeArchive     an archive that would write outside its folder, or is no model
"""


class AsrError(Exception):
    """Base of all."""


class EngineFailed(AsrError):
    """The model cannot be loaded or the recogniser refuses to go on."""


class MalformedPacket(AsrError):
    """Bytes that are no RTP packet (RFC 3550 section 5.1)."""


class ModelStoreError(AsrError):
    """A model cannot be had."""


class ModelNotFound(ModelStoreError):
    """Neither a folder, nor kept here, nor in the table."""


class DownloadFailed(ModelStoreError):
    """Not received whole, or not what the table promises."""


class UnsafeArchive(ModelStoreError):
    """An archive with entries that point outside, links, or more than a model ever holds."""
