"""Seals of hearings and the results of verifying them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seals",
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing"),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2, 3 …; each covers what the one before does"),
        sa.Column("root", sa.String(length=64), nullable=False, comment="Merkle root over every line that is sealed"),
        sa.Column("leaves", sa.Integer(), nullable=False, comment="how many lines that are"),
        sa.Column("journal_rows", sa.Integer(), nullable=False, comment="how many of them are rows of the journal"),
        sa.Column("key_id", sa.String(length=64), nullable=False, comment="SHA-256 of the public key that signed"),
        sa.Column("sealed_at_ms", sa.BigInteger(), nullable=False, comment="when, by the server's clock"),
        sa.Column("authority", sa.Text(), nullable=True, comment="address of the time stamp authority, once stamped"),
        sa.Column("stamped_at_ms", sa.BigInteger(), nullable=True, comment="when, by the authority's clock"),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_seals_hearing_id")),
        sa.PrimaryKeyConstraint("hearing_id", "number", name=op.f("pk_seals")),
    )
    op.create_table(
        "integrity_checks",
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="one per hearing, the newest"),
        sa.Column("state", sa.String(length=16), nullable=False, comment="queued, running, done or failed"),
        sa.Column("progress", sa.Float(), nullable=False, comment="0 to 1"),
        sa.Column("remaining_s", sa.Float(), nullable=True, comment="estimate while running"),
        sa.Column("report", sa.Text(), nullable=True, comment="findings and notices as JSON, when done"),
        sa.Column("error", sa.Text(), nullable=True, comment="what went wrong, when failed"),
        sa.Column("queued_at_ms", sa.BigInteger(), nullable=False, comment="when it was asked for"),
        sa.Column("finished_at_ms", sa.BigInteger(), nullable=True, comment="when it was done or failed"),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_integrity_checks_hearing_id")),
        sa.PrimaryKeyConstraint("hearing_id", name=op.f("pk_integrity_checks")),
    )
