"""Tables about copies of recordings in stores, and about how long recordings are kept. Beside ``schema``, and in the same metadata."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from hearing_server.storage.schema import metadata as metadata

copies_wanted = Table(
    "copies_wanted",
    metadata,
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing"),
    Column("path", String(300), nullable=False, comment="file; empty: all that lies beside the segments"),
    Column("sha256", String(64), nullable=False, comment="hash of the file when it was sealed; empty with the path"),
    Column("size_bytes", BigInteger, nullable=False, comment="size of the file"),
    PrimaryKeyConstraint("hearing_id", "path", "sha256"),
)

stored_copies = Table(
    "stored_copies",
    metadata,
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing"),
    Column("path", String(300), nullable=False, comment="file, relative to the hearing's recordings folder"),
    Column("sha256", String(64), nullable=False, comment="what the file was when it was sealed"),
    Column("store", String(16), nullable=False, comment="StoreName: primary or backup"),
    Column("size_bytes", BigInteger, nullable=False, comment="size of the file"),
    Column("state", String(16), nullable=False, comment="CopyState"),
    Column("repair", Integer, nullable=False, comment="how many objects were given up as damaged; part of the key"),
    Column("code", String(32), nullable=False, comment="CopyTrouble of the last try; empty when there was none"),
    Column("failures", Integer, nullable=False, comment="tries that failed since the last good one"),
    Column("not_before_ms", BigInteger, nullable=False, comment="held by a copier, or not tried again, until then"),
    Column("wanted_at_ms", BigInteger, nullable=False, comment="since when it should be there"),
    Column("verified_at_ms", BigInteger, comment="when it was read back last and was right"),
    PrimaryKeyConstraint("hearing_id", "path", "sha256", "store"),
)
Index("ix_stored_copies_store_state", stored_copies.c.store, stored_copies.c.state, stored_copies.c.not_before_ms)

store_troubles = Table(
    "store_troubles",
    metadata,
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, comment="hearing"),
    Column("store", String(16), nullable=False, comment="StoreName"),
    Column("code", String(32), nullable=False, comment="CopyTrouble, as it was last"),
    Column("since_ms", BigInteger, nullable=False, comment="since when; the row goes when all is made up for"),
    PrimaryKeyConstraint("hearing_id", "store"),
)

reconciliations = Table(
    "reconciliations",
    metadata,
    Column(
        "hearing_id", String(64), ForeignKey("hearings.id"), primary_key=True, comment="one per hearing, the newest"
    ),
    Column("state", String(16), nullable=False, comment="queued, running, done or failed"),
    Column("thorough", Boolean, nullable=False, comment="every byte of every copy is read"),
    Column("progress", Float, nullable=False, comment="0 to 1"),
    Column("remaining_s", Float, comment="estimate while running"),
    Column("report", Text, comment="counts and findings as JSON, when done"),
    Column("error", Text, comment="what went wrong, when failed"),
    Column("queued_at_ms", BigInteger, nullable=False, comment="when it was asked for"),
    Column("finished_at_ms", BigInteger, comment="when it was done or failed"),
    Column("read_at_ms", BigInteger, comment="when every byte was read last"),
)

retentions = Table(
    "retentions",
    metadata,
    Column("hearing_id", String(64), ForeignKey("hearings.id"), primary_key=True, comment="one per hearing"),
    Column("retention_class", String(16), nullable=False, comment="RetentionClass; without a row: permanent"),
    Column("listed_at_ms", BigInteger, comment="when the job listed what it would delete"),
    Column("listing", Text, comment="that list's counts and digest as JSON"),
    Column("approved_by", String(64), comment="staff id of whoever approved exactly that list"),
    Column("approved_at_ms", BigInteger, comment="when"),
    Column("began_at_ms", BigInteger, comment="when the deletion began; from then on no hold comes in time"),
    Column("deleted_at_ms", BigInteger, comment="when the recording was deleted; null while it is there"),
)

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", String(64), primary_key=True, comment="opaque id"),
    Column("hearing_id", String(64), ForeignKey("hearings.id"), nullable=False, index=True, comment="hearing"),
    Column("reason", Text, nullable=False, comment="why nothing may be deleted"),
    Column("placed_by", String(64), ForeignKey("staff.id"), nullable=False, comment="staff id"),
    Column("placed_at_ms", BigInteger, nullable=False, comment="when"),
    Column("lifted_by", String(64), ForeignKey("staff.id"), comment="staff id; null while it holds"),
    Column("lifted_at_ms", BigInteger, comment="when"),
)
