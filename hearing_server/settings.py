"""Every setting, once. Read in the composition roots from the environment (prefix ``HEARING_``) and handed on frozen."""

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hearing_server.domain.copies import StoreName
from hearing_server.domain.retention import RetentionYears
from hearing_server.stores.terms import StoresTerms, StoreTerms


class Settings(BaseSettings):
    """Embedded defaults make a working server on one machine."""

    model_config = SettingsConfigDict(env_prefix="HEARING_", frozen=True, extra="forbid", hide_input_in_errors=True)

    data_dir: Path = Path("var")
    """Database, recordings, keys, spool and logs live here."""
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    """Address people type, such as ``https://hearing.court.example``; empty: made of host and port."""
    tls: Literal["off", "self"] = "off"
    """``self`` makes a self-signed certificate: browsers give cameras only to secure pages and to localhost."""
    media_host: str = ""
    """Address the media socket binds to; empty: the same as ``host``."""
    media_port: int = 0
    """UDP and TCP port of media; 0: any that is free."""
    media_announced: tuple[IPv4Address | IPv6Address, ...] = ()
    """Addresses told to browsers, as behind NAT; empty: those the media socket is bound to."""
    microphones_at_once: Annotated[int, Field(ge=1)] = 4
    """Heard at a time in a courtroom with more; those of the loudest, and always those of the judges."""
    turn_urls: tuple[str, ...] = ()
    """Relays told to browsers, such as ``turns:turn.court.example:443?transport=tcp`` (RFC 7065); empty: none."""
    turn_secret: str = ""
    """Shared with coturn (``static-auth-secret``); empty: kept in the data directory, where ``hearing-server turn`` finds it."""
    turn_host: str = ""
    """Address coturn listens and relays on; empty: the same as for media."""
    turn_port: int = 3478
    turn_tls_port: int = 443
    turn_certificate: Path | None = None
    """PEM files of coturn's TLS; empty: self-signed, which browsers accept only where it is installed as trusted."""
    turn_key: Path | None = None
    database_url: str = ""
    """SQLAlchemy address; empty: SQLite in the data directory."""
    metrics_token: str = ""
    """With it ``/metrics`` answers whoever says it as ``Authorization: Bearer``, from anywhere; empty: only this machine itself."""
    allowed_origins: tuple[str, ...] = ()
    """Web origins besides the server's own that may open a WebSocket."""
    court_name: str = "示范人民法院"
    help_phone: str = "12368"
    time_stamp_url: str = ""
    """Time stamp authority (RFC 3161) that stamps the seal of each hearing; empty: seals are not stamped."""
    time_stamp_certificates: Path | None = None
    """PEM file with the authority's root and intermediate certificates; a stamp of anybody else is refused."""
    model: str = ""
    """Name or folder of the Vosk model; empty: the best one found, at last the built-in demonstration model."""
    model_dir: Path | None = None
    """Folder in which models are looked for first."""
    redis_url: str = ""
    """Only for front and workers as processes of their own: ``redis://[:password@]host:6379/0``, ``rediss://`` with TLS."""
    worker_name: str = ""
    """Of a worker that is a process of its own: unique on its machine, and the same after a restart."""
    worker_full_at: float = 0.85
    """Load (processor seconds per second) from which on a worker is given no more hearings."""
    recordings: Path | None = None
    """One folder for the recordings of all workers, fronts and jobs; empty: in the data directory."""
    seals: Path | None = None
    """One folder with the court's keys and log of roots, for all fronts and jobs; empty: in the data directory."""
    store: str = ""
    """Where recordings are copied to while the hearing runs: a folder, or ``s3://bucket/prefix``; empty: nowhere."""
    store_endpoint: str = ""
    """Address of the S3 store, such as ``https://s3.court.example``; empty: Amazon's of the region."""
    store_region: str = "us-east-1"
    store_key_id: str = ""
    store_secret: SecretStr = SecretStr("")
    store_certificate: Path | None = None
    """PEM file of a root certificate to trust besides the usual ones."""
    backup: str = ""
    """A second store, for a second copy; the same kinds of places."""
    backup_endpoint: str = ""
    backup_region: str = "us-east-1"
    backup_key_id: str = ""
    backup_secret: SecretStr = SecretStr("")
    backup_certificate: Path | None = None
    store_answers_within_s: Annotated[float, Field(gt=0, le=60)] = 3.0
    """A copy that takes longer raises the alarm. Larger for a slow line; then the alarm comes later by as much."""
    store_timeout_s: Annotated[float, Field(ge=5, le=600)] = 60.0
    """After so long a copy is broken off and tried again."""
    store_read_back_each_days: Annotated[int, Field(ge=1)] = 30
    """How often the daily reconciliation reads every byte of a copy again; on other days it compares lists."""
    retention_long_years: Annotated[int, Field(ge=1)] = 60
    """How long recordings of the class ``long`` are kept after the hearing was closed."""
    retention_short_years: Annotated[int, Field(ge=1)] = 20
    opening_countdown_s: float = 10.0
    lobby_opens_before_s: float = 1800.0
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _authority_is_known(self) -> Self:
        if bool(self.time_stamp_url) != (self.time_stamp_certificates is not None):
            raise ValueError("time_stamp_url and time_stamp_certificates are given together or not at all")
        return self

    @model_validator(mode="after")
    def _stores_have_their_keys(self) -> Self:
        for name, each in self.stores.stores.items():
            if each.place.startswith("s3://") and not (each.key_id and each.secret.get_secret_value()):
                raise ValueError(f"the {name.value} S3 store needs a key id and a secret")
        return self

    @property
    def stores(self) -> StoresTerms:
        """Those that are set up."""
        primary = StoreTerms(
            place=self.store,
            endpoint=self.store_endpoint,
            region=self.store_region,
            key_id=self.store_key_id,
            secret=self.store_secret,
            certificate=self.store_certificate,
        )
        backup = StoreTerms(
            place=self.backup,
            endpoint=self.backup_endpoint,
            region=self.backup_region,
            key_id=self.backup_key_id,
            secret=self.backup_secret,
            certificate=self.backup_certificate,
        )
        named = {StoreName.PRIMARY: primary, StoreName.BACKUP: backup}
        return StoresTerms(
            stores={name: each for name, each in named.items() if each.place},
            answers_within_s=self.store_answers_within_s,
            timeout_s=self.store_timeout_s,
            read_back_each_days=self.store_read_back_each_days,
        )

    @property
    def retention_years(self) -> RetentionYears:
        return RetentionYears(self.retention_long_years, self.retention_short_years)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'hearings.sqlite3'}"

    @property
    def recordings_dir(self) -> Path:
        return self.recordings or self.data_dir / "recordings"

    @property
    def seals_dir(self) -> Path:
        return self.seals or self.data_dir

    @property
    def spool_dir(self) -> Path:
        return self.data_dir / "spool" / self.worker_name

    @property
    def media_bound(self) -> str:
        return self.media_host or self.host

    @property
    def announced(self) -> tuple[str, ...]:
        return tuple(str(address) for address in self.media_announced)

    @property
    def base_url(self) -> str:
        scheme = "https" if self.tls == "self" else "http"
        host = "localhost" if self.host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else self.host
        return self.public_url or f"{scheme}://{host}:{self.port}"
