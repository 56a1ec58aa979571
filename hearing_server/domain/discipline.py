"""The court's rules as they are shown and acknowledged, and the hash by which the acknowledgement names them (OPN-2)."""

from hearing_server.domain.stages import RULES_EN, RULES_ZH
from hearing_server.domain.transcript import text_sha256


def rules(english: bool = False) -> str:
    return RULES_EN if english else RULES_ZH


def rules_sha256(english: bool = False) -> str:
    return text_sha256(rules(english))


def is_known(sha256: str) -> bool:
    """Whether the hash is that of a wording this court shows."""
    return sha256 in {rules_sha256(), rules_sha256(english=True)}
