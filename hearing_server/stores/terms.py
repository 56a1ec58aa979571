"""What the settings say of the stores, and how it reaches the process that copies: through its environment, for what stands on a command
line is seen by everybody on the machine."""

from collections.abc import MutableMapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr, field_serializer

from hearing_server.domain.copies import StoreName

VARIABLE = "HEARING_JOBS_STORES"


class StoreTerms(BaseModel):
    """One store. ``place`` is a folder, or ``s3://bucket/prefix``."""

    model_config = ConfigDict(frozen=True)

    place: str
    endpoint: str = ""
    """Address of an S3 store that is not Amazon's."""
    region: str = "us-east-1"
    key_id: str = ""
    secret: SecretStr = SecretStr("")
    certificate: Path | None = None
    """PEM file of a root certificate to trust besides the usual ones."""

    @field_serializer("secret", when_used="json")
    def _secret_itself(self, secret: SecretStr) -> str:
        return secret.get_secret_value()


class StoresTerms(BaseModel):
    """All stores, and what is common to them."""

    model_config = ConfigDict(frozen=True)

    stores: dict[StoreName, StoreTerms] = {}
    answers_within_s: float = 3.0
    """A copy that takes longer raises the alarm; it is not broken off before ``timeout_s``."""
    timeout_s: float = 60.0
    read_back_each_days: int = 30
    """The daily reconciliation reads a copy again when it was not read for so long."""

    @classmethod
    def handed_on(cls, environment: MutableMapping[str, str]) -> "StoresTerms":
        """Takes them out of the environment, so that children of this process do not get them."""
        text = environment.pop(VARIABLE, "")
        return cls.model_validate_json(text) if text else cls()

    def environment(self) -> dict[str, str]:
        """What hands them on."""
        return {VARIABLE: self.model_dump_json()}
