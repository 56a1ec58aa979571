"""What can go wrong while recording or reading a recording.

RecorderError
├── UnsafeNameError     an id or file name that may not become a path
├── HearingHeldError    another recorder still writes the hearing
├── ManifestDamagedError  the chain of manifest lines does not hold
├── SegmentDamagedError  a segment is not the Matroska file it should be
└── CompositeError      a composite cannot be made of this recording
"""


class RecorderError(Exception):
    """Base of everything this package raises on purpose."""


class UnsafeNameError(RecorderError):
    """An id or file name holds something other than letters, digits, ``_``, ``-`` and single inner dots."""


class HearingHeldError(RecorderError):
    """Another recorder still writes this hearing; it lets go when it has sealed what it has."""


class ManifestDamagedError(RecorderError):
    """A manifest line is missing, altered or out of order."""


class SegmentDamagedError(RecorderError):
    """A segment file cannot be read as what its sidecar says it is."""


class CompositeError(RecorderError):
    """The composite cannot be made; the message says why in a sentence for people."""
