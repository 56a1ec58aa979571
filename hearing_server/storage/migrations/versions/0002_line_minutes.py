"""How well everybody's line was, minute by minute."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_minutes",
        sa.Column("hearing_id", sa.String(length=64), nullable=False, comment="hearing"),
        sa.Column("minute_ms", sa.BigInteger(), nullable=False, comment="beginning of the minute on the hearing clock"),
        sa.Column(
            "figures",
            sa.LargeBinary(),
            nullable=False,
            comment="everybody's line, packed by domain.line_quality.LineMinute",
        ),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearings.id"], name=op.f("fk_line_minutes_hearing_id")),
        sa.PrimaryKeyConstraint("hearing_id", "minute_ms", name=op.f("pk_line_minutes")),
    )
