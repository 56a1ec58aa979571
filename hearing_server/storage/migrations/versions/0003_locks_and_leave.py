"""The bench locks cameras too, and lets parties show their screen."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ADDED = (
    ("camera_locked", "camera locked by the bench"),
    ("share_allowed", "the bench lets them show their screen"),
)


def upgrade() -> None:
    for name, comment in ADDED:
        op.add_column(
            "participants", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false(), comment=comment)
        )
