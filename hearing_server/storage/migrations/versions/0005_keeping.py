"""Copies of recordings in stores, their reconciliation, and how long recordings are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "copies_wanted",
        _hearing("hearing"),
        sa.Column("path", sa.String(300), nullable=False, comment="file; empty: all that lies beside the segments"),
        sa.Column(
            "sha256", sa.String(64), nullable=False, comment="hash of the file when it was sealed; empty with the path"
        ),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False, comment="size of the file"),
        _of_hearing("copies_wanted"),
        sa.PrimaryKeyConstraint("hearing_id", "path", "sha256", name=op.f("pk_copies_wanted")),
    )
    op.create_table(
        "stored_copies",
        _hearing("hearing"),
        sa.Column("path", sa.String(300), nullable=False, comment="file, relative to the hearing's recordings folder"),
        sa.Column("sha256", sa.String(64), nullable=False, comment="what the file was when it was sealed"),
        sa.Column("store", sa.String(16), nullable=False, comment="StoreName: primary or backup"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False, comment="size of the file"),
        sa.Column("state", sa.String(16), nullable=False, comment="CopyState"),
        sa.Column(
            "repair", sa.Integer(), nullable=False, comment="how many objects were given up as damaged; part of the key"
        ),
        sa.Column(
            "code", sa.String(32), nullable=False, comment="CopyTrouble of the last try; empty when there was none"
        ),
        sa.Column("failures", sa.Integer(), nullable=False, comment="tries that failed since the last good one"),
        sa.Column(
            "not_before_ms", sa.BigInteger(), nullable=False, comment="held by a copier, or not tried again, until then"
        ),
        sa.Column("wanted_at_ms", sa.BigInteger(), nullable=False, comment="since when it should be there"),
        sa.Column("verified_at_ms", sa.BigInteger(), nullable=True, comment="when it was read back last and was right"),
        _of_hearing("stored_copies"),
        sa.PrimaryKeyConstraint("hearing_id", "path", "sha256", "store", name=op.f("pk_stored_copies")),
    )
    op.create_index("ix_stored_copies_store_state", "stored_copies", ["store", "state", "not_before_ms"])
    op.create_table(
        "store_troubles",
        _hearing("hearing"),
        sa.Column("store", sa.String(16), nullable=False, comment="StoreName"),
        sa.Column("code", sa.String(32), nullable=False, comment="CopyTrouble, as it was last"),
        sa.Column(
            "since_ms", sa.BigInteger(), nullable=False, comment="since when; the row goes when all is made up for"
        ),
        _of_hearing("store_troubles"),
        sa.PrimaryKeyConstraint("hearing_id", "store", name=op.f("pk_store_troubles")),
    )
    op.create_table(
        "reconciliations",
        _hearing("one per hearing, the newest"),
        sa.Column("state", sa.String(16), nullable=False, comment="queued, running, done or failed"),
        sa.Column("thorough", sa.Boolean(), nullable=False, comment="every byte of every copy is read"),
        sa.Column("progress", sa.Float(), nullable=False, comment="0 to 1"),
        sa.Column("remaining_s", sa.Float(), nullable=True, comment="estimate while running"),
        sa.Column("report", sa.Text(), nullable=True, comment="counts and findings as JSON, when done"),
        sa.Column("error", sa.Text(), nullable=True, comment="what went wrong, when failed"),
        sa.Column("queued_at_ms", sa.BigInteger(), nullable=False, comment="when it was asked for"),
        sa.Column("finished_at_ms", sa.BigInteger(), nullable=True, comment="when it was done or failed"),
        sa.Column("read_at_ms", sa.BigInteger(), nullable=True, comment="when every byte was read last"),
        _of_hearing("reconciliations"),
        sa.PrimaryKeyConstraint("hearing_id", name=op.f("pk_reconciliations")),
    )
    op.create_table(
        "retentions",
        _hearing("one per hearing"),
        sa.Column("retention_class", sa.String(16), nullable=False, comment="RetentionClass; without a row: permanent"),
        sa.Column("listed_at_ms", sa.BigInteger(), nullable=True, comment="when the job listed what it would delete"),
        sa.Column("listing", sa.Text(), nullable=True, comment="that list's counts and digest as JSON"),
        sa.Column(
            "approved_by", sa.String(64), nullable=True, comment="staff id of whoever approved exactly that list"
        ),
        sa.Column("approved_at_ms", sa.BigInteger(), nullable=True, comment="when"),
        sa.Column(
            "began_at_ms",
            sa.BigInteger(),
            nullable=True,
            comment="when the deletion began; from then on no hold comes in time",
        ),
        sa.Column(
            "deleted_at_ms",
            sa.BigInteger(),
            nullable=True,
            comment="when the recording was deleted; null while it is there",
        ),
        _of_hearing("retentions"),
        sa.PrimaryKeyConstraint("hearing_id", name=op.f("pk_retentions")),
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.String(64), nullable=False, comment="opaque id"),
        _hearing("hearing"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why nothing may be deleted"),
        sa.Column("placed_by", sa.String(64), nullable=False, comment="staff id"),
        sa.Column("placed_at_ms", sa.BigInteger(), nullable=False, comment="when"),
        sa.Column("lifted_by", sa.String(64), nullable=True, comment="staff id; null while it holds"),
        sa.Column("lifted_at_ms", sa.BigInteger(), nullable=True, comment="when"),
        _of_hearing("legal_holds"),
        sa.ForeignKeyConstraint(["placed_by"], ["staff.id"], name=op.f("fk_legal_holds_placed_by")),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], name=op.f("fk_legal_holds_lifted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index(op.f("ix_legal_holds_hearing_id"), "legal_holds", ["hearing_id"])


def _hearing(comment: str) -> "sa.Column[str]":
    return sa.Column("hearing_id", sa.String(64), nullable=False, comment=comment)


def _of_hearing(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f(f"fk_{table}_hearing_id"))
