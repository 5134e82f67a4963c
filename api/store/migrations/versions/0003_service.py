"""Jobs, and trials that were translated; each name has one key at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables, and hold the names of the keys that are not revoked apart."""
    valid = sa.text("revoked_at IS NULL")
    op.create_index(
        "keys_valid_name", "keys", ["name"], unique=True, sqlite_where=valid, postgresql_where=valid
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("task", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("file", sa.String(40), nullable=False),
        sa.Column("input_format", sa.String(20)),
        sa.Column("min_fidelity", sa.Float),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("lent_until", sa.DateTime(timezone=True)),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("crashes", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text),
        sa.UniqueConstraint("owner", "idempotency_key"),
    )
    op.create_table(
        "trials",
        sa.Column("nct_id", sa.String(11), primary_key=True),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("translated", sa.Text, nullable=False),
        sa.Column("versions", sa.Text, nullable=False),
        sa.Column("etag", sa.String(64), nullable=False),
        sa.Column("validator", sa.Text),
        sa.Column("obtained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("translated_at", sa.DateTime(timezone=True), nullable=False),
    )
