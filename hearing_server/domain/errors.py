"""Why the court refuses something. The interface turns these into stable codes and sentences in one place.

``Refused`` ⊃ ``NotPermitted``, ``WrongState``, ``NotFound``, ``Conflict``, ``InvalidValue``.
"""


class Refused(Exception):
    """Base of every refusal. Nothing changed. ``because`` is a stable word for the exact reason, not for people;
    ``subjects`` are what it concerns, such as the open items of a checklist."""

    def __init__(self, because: str, subjects: tuple[str, ...] = ()) -> None:
        super().__init__(because, *subjects)
        self.because = because
        self.subjects = subjects


class NotPermitted(Refused):
    """The role does not have this act; ``because`` is the act. The attempt is journalled."""


class WrongState(Refused):
    """The act exists and the role has it, but not in the present state."""


class NotFound(Refused):
    """No such case, hearing, participant, utterance or device."""


class Conflict(Refused):
    """Somebody else changed it first."""


class InvalidValue(Refused):
    """Well-formed, but the value cannot be."""
