"""The tables of the review workbench as the queries name them; migrations make them."""

import sqlalchemy as sa

from api.store.database import TABLES

_sequence = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

events = sa.Table(
    "events",
    TABLES,
    sa.Column("sequence", _sequence, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(27), nullable=False),
    sa.Column("actor", sa.String(100), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("item_id", sa.String(32)),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
items = sa.Table(
    "items",
    TABLES,
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
claims = sa.Table(
    "claims",
    TABLES,
    sa.Column("item_id", sa.String(32), primary_key=True),
    sa.Column("reviewer", sa.String(100), nullable=False),
    sa.Column("claimed_at", sa.String(27), nullable=False),
    sa.Column("expires_at", sa.String(27), nullable=False),
)
verdicts = sa.Table(
    "verdicts",
    TABLES,
    sa.Column("sequence", _sequence, primary_key=True, autoincrement=False),
    sa.Column("item_id", sa.String(32), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("reviewer", sa.String(100), nullable=False),
    sa.Column("record", sa.Text, nullable=False),
)
STATE = (items, claims, verdicts)
"""What is made from the events, and can be made anew."""
