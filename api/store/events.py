"""The log of events: appended to and read, never changed."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from api.review.chain import NOTHING, Row, linked
from api.review.records import Deed, Event, EventKind, Head
from api.store.tables import events

_LOCK = 0x72657669  # PostgreSQL's advisory lock of those who append; SQLite has one writer anyway
_AT_ONCE = 500


def lock(connection: sa.Connection) -> None:
    """Waits until no other process appends, and keeps others waiting until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def head(connection: sa.Connection) -> Head:
    """The last event."""
    last = sa.select(events.c.sequence, events.c.hash).order_by(events.c.sequence.desc()).limit(1)
    row = connection.execute(last).one_or_none()
    return NOTHING if row is None else Head(sequence=row.sequence, hash=row.hash)


def append(connection: sa.Connection, deed: Deed) -> Event:
    """Writes the next event; the lock must be held."""
    row = linked(head(connection), deed)
    connection.execute(events.insert().values(row._asdict()))
    return _event(row)


def rows(connection: sa.Connection) -> Iterator[Row]:
    """All events as they are stored, in order."""
    for found in streamed(connection, sa.select(events).order_by(events.c.sequence)):
        yield Row(*found)


def of_item(connection: sa.Connection, item_id: str) -> list[Event]:
    """The events of an item, in order."""
    query = sa.select(events).where(events.c.item_id == item_id).order_by(events.c.sequence)
    return [_event(Row(*found)) for found in connection.execute(query)]


def of_kind(connection: sa.Connection, kind: EventKind) -> list[Event]:
    """The events of a kind, in order."""
    query = sa.select(events).where(events.c.kind == kind).order_by(events.c.sequence)
    return [_event(Row(*found)) for found in connection.execute(query)]


def every(connection: sa.Connection) -> Iterator[Event]:
    """All events, in order."""
    return map(_event, rows(connection))


def streamed(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Any]:
    """The rows of a query, a few in memory at a time."""
    yield from connection.execute(query, execution_options={"yield_per": _AT_ONCE})


def _event(row: Row) -> Event:
    return Event.model_validate({**row._asdict(), "payload": json.loads(row.payload)})
