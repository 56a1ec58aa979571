"""A place where the written text departs, or might depart, from the recogniser's words."""

from dataclasses import dataclass
from enum import StrEnum


class ChangeRule(StrEnum):
    """Why a wording was changed or questioned."""

    CASE_NUMBER = "case_number"
    """Year, court, kind and number of a case in figures."""
    DATE = "date"
    """Year, month and day in figures."""
    TIME = "time"
    """Hour and minute in figures."""
    PERCENTAGE = "percentage"
    """A percentage in figures."""
    AMOUNT = "amount"
    """Money in figures."""
    QUANTITY = "quantity"
    """A number with its unit in figures."""
    DIGITS = "digits"
    """A telephone, identity or account number read digit by digit."""
    DICTIONARY = "dictionary"
    """Sounds like a name or term of the case."""


@dataclass(frozen=True, slots=True)
class Change:
    """``start`` and ``end`` are characters of the text it stands in; there ``said`` was heard and ``written`` is, or may be, meant.

    ``applied`` False: a suggestion, the text still says what was heard.
    """

    start: int
    end: int
    said: str
    written: str
    rule: ChangeRule
    applied: bool
