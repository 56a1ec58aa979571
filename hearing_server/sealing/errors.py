"""What can go wrong while a hearing is sealed: ``SealingError`` ⊃ ``NothingToSeal``, ``RecordContradicted``, ``StampRefused``."""


class SealingError(Exception):
    """Base of this package's errors; the message names no people and quotes no speech."""


class NothingToSeal(SealingError):
    """The hearing has no recordings folder with a manifest."""


class RecordContradicted(SealingError):
    """What was sealed before is no longer what the folder or the database says; nothing may be sealed over it."""


class StampRefused(SealingError):
    """The time stamp authority did not answer, refused, or its answer does not hold."""
