"""The review workbench: its log of events, and the tables that are made from it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SQLITE = (
    "CREATE TRIGGER events_not_updated BEFORE UPDATE ON events "
    "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END",
    "CREATE TRIGGER events_not_deleted BEFORE DELETE ON events "
    "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END",
    # INSERT OR REPLACE deletes without a trigger of deletion.
    "CREATE TRIGGER events_not_replaced BEFORE INSERT ON events "
    "WHEN EXISTS (SELECT 1 FROM events WHERE sequence = NEW.sequence) "
    "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END",
)
_POSTGRESQL = (
    "CREATE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'events are never changed'; END $$",
    "CREATE TRIGGER events_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events()",
)


def upgrade() -> None:
    """Make the tables; what has been written to ``events`` can be neither changed nor deleted."""
    op.create_table(
        "events",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("item_id", sa.String(32)),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("events_of_item", "events", ["item_id", "sequence"])
    op.create_index("events_of_kind", "events", ["kind", "sequence"])
    op.create_table(
        "items",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("trial_id", sa.String(200), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("section", sa.String(20), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("route", sa.String(20), nullable=False),
        sa.Column("types", sa.String(200), nullable=False),
        sa.Column("risk", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("needed", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("words", sa.String(64), nullable=False),
        sa.Column("approved", sa.String(64)),
        sa.Column("wording", sa.Text),
        sa.Column("imported_at", sa.String(27), nullable=False),
        sa.Column("closed_at", sa.String(27)),
        sa.Column("record", sa.Text, nullable=False),
    )
    # Holds all that a queue is filtered by, so that no row is read in vain.
    op.create_index(
        "items_queue",
        "items",
        ["state", sa.text("risk DESC"), "id", "trial_id", "section", "verdict", "route", "types"],
    )
    op.create_index(
        "items_by_risk", "items", [sa.text("risk DESC"), "id", "trial_id", "section", "verdict", "types"]
    )
    op.create_index("items_of_trial", "items", ["trial_id", "position"])
    op.create_index("items_by_words", "items", ["words"])
    op.create_index("items_by_approved", "items", ["approved"])
    op.create_index("items_by_day", "items", ["imported_at", "closed_at", "trial_id"])
    op.create_table(
        "claims",
        sa.Column("item_id", sa.String(32), primary_key=True),
        sa.Column("reviewer", sa.String(100), nullable=False),
        sa.Column("claimed_at", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27), nullable=False),
    )
    op.create_table(
        "verdicts",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("item_id", sa.String(32), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("reviewer", sa.String(100), nullable=False),
        sa.Column("record", sa.Text, nullable=False),
    )
    op.create_index("verdicts_of_item", "verdicts", ["item_id", "round", "reviewer"])
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
