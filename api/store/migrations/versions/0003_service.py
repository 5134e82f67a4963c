"""Each name has one key at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Hold the names of the keys that are not revoked apart."""
    valid = sa.text("revoked_at IS NULL")
    op.create_index(
        "keys_valid_name", "keys", ["name"], unique=True, sqlite_where=valid, postgresql_where=valid
    )
