"""The store of the workbench: transactions that read, and transactions that append events to the log."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from api.review import chain
from api.review.chain import Verification
from api.review.records import Claim, Deed, Entry, Event, EventKind, Head, Item, ReviewVerdict
from api.store import events, projection
from api.store.database import open_store, reading
from api.store.tables import claims, items, verdicts


class View:
    """What can be asked of the state and of the log, within one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def entry(self, item_id: str) -> Entry | None:
        """An item in its state."""
        row = self.connection.execute(ENTRIES.where(items.c.id == item_id)).one_or_none()
        return None if row is None else entry_of(row)

    def entries(self, trial_id: str | None = None) -> Iterator[Entry]:
        """All items, or those of a trial, in reading order."""
        query = ENTRIES.order_by(items.c.trial_id, items.c.position, items.c.id)
        if trial_id is not None:
            query = query.where(items.c.trial_id == trial_id)
        return map(entry_of, events.streamed(self.connection, query))

    def verdicts(self, item_id: str, of_round: int | None = None) -> list[ReviewVerdict]:
        """The verdicts on an item, or those of one round, in order."""
        query = (
            sa.select(verdicts.c.record).where(verdicts.c.item_id == item_id).order_by(verdicts.c.sequence)
        )
        if of_round is not None:
            query = query.where(verdicts.c.round == of_round)
        return [ReviewVerdict.model_validate_json(one) for one in self.connection.execute(query).scalars()]

    def every_verdict(self, trial_id: str | None = None) -> Iterator[ReviewVerdict]:
        """All verdicts, or those of a trial, in the order in which they were given."""
        query = sa.select(verdicts.c.record).order_by(verdicts.c.sequence)
        if trial_id is not None:
            query = query.join(items, items.c.id == verdicts.c.item_id).where(items.c.trial_id == trial_id)
        for (record,) in events.streamed(self.connection, query):
            yield ReviewVerdict.model_validate_json(record)

    def history(self, item_id: str) -> list[Event]:
        """The events of an item, in order."""
        return events.of_item(self.connection, item_id)

    def of_kind(self, kind: EventKind) -> list[Event]:
        """The events of a kind, in order."""
        return events.of_kind(self.connection, kind)

    def head(self) -> Head:
        """The last event."""
        return events.head(self.connection)

    def verify(self, remembered: Head | None = None) -> Verification:
        """Checks the chain of the log."""
        return chain.check(events.rows(self.connection), remembered)

    def differences(self) -> list[str]:
        """Tells the rows of the state that are not what the log says."""
        return projection.differences(self.connection)


class Ledger(View):
    """A view that can be written to: by appending, and in no other way."""

    def append(self, deed: Deed) -> Event:
        """Appends an event and brings the state up to it."""
        event = events.append(self.connection, deed)
        projection.apply(self.connection, event)
        return event

    def replay(self) -> int:
        """Makes the state anew from the log; returns the number of events."""
        return projection.replay(self.connection)


class ReviewStore:
    """Where the work is kept.

    Args:
        engine: As ``open_store`` gives it.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> "ReviewStore":
        """Opens the store, with the newest tables.

        Raises:
            StoreError: It cannot be opened.
        """
        return cls(open_store(url))

    @contextmanager
    def reading(self) -> Iterator[View]:
        """A transaction that only reads; all that it reads is of one moment."""
        with reading(self._engine) as connection:
            if connection.dialect.name == "postgresql":  # SQLite gives no other
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield View(connection)

    @contextmanager
    def writing(self) -> Iterator[Ledger]:
        """A transaction that appends: one at a time, all of it or nothing."""
        with self._engine.begin() as connection:
            events.lock(connection)
            yield Ledger(connection)

    def close(self) -> None:
        """Closes the connections."""
        self._engine.dispose()


ENTRIES = sa.select(items, claims.c.reviewer, claims.c.claimed_at, claims.c.expires_at).select_from(
    items.outerjoin(claims, claims.c.item_id == items.c.id)
)


def entry_of(row: Any) -> Entry:
    """The record of a row of ``ENTRIES``."""
    claim = None
    if row.reviewer is not None:
        claim = Claim(
            item_id=row.id, reviewer=row.reviewer, claimed_at=row.claimed_at, expires_at=row.expires_at
        )
    return Entry(
        item=Item.model_validate_json(row.record),
        digest=row.digest,
        risk=row.risk,
        state=row.state,
        round=row.round,
        needed=row.needed,
        wording=row.wording,
        imported_at=row.imported_at,
        closed_at=row.closed_at,
        claim=claim,
    )
