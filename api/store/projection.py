"""The state of the work, made from the events: each kind has one effect, and nothing else has any."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from api.review.chain import canonical, stamp
from api.review.identity import words_key
from api.review.records import CLOSED, Event, Item, ReviewVerdict
from api.store import events
from api.store.database import TABLES
from api.store.tables import STATE, claims, items, verdicts


def apply(connection: sa.Connection, event: Event) -> None:
    """Brings the state up to an event; it must be called for each, in order."""
    _EFFECTS[event.kind](connection, event)


def replay(connection: sa.Connection) -> int:
    """Throws the state away and makes it anew from the log; returns the number of events."""
    for table in STATE:
        connection.execute(table.delete())
    count = 0
    for count, event in enumerate(events.every(connection), 1):  # noqa: B007  it is the result
        apply(connection, event)
    return count


def differences(connection: sa.Connection) -> list[str]:
    """Tells the rows of the state that are not what the log says, as ``table key``."""
    found: list[str] = []
    # An empty name is a file of its own that goes when it is closed, so that memory does not bound the store.
    scratch = sa.create_engine("sqlite:///", creator=lambda: sqlite3.connect(""), poolclass=sa.StaticPool)
    TABLES.create_all(scratch, tables=STATE)
    with scratch.begin() as anew:
        for event in events.every(connection):
            apply(anew, event)
        for table in STATE:
            (key,) = table.primary_key
            query = sa.select(table).order_by(key)
            for is_, ought in _paired(events.streamed(connection, query), events.streamed(anew, query)):
                if is_ != ought:
                    found.append(f"{table.name} {(is_ or ought)[0]}")
    scratch.dispose()
    return found


def _paired(ones: Iterator[Any], others: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
    """Rows of two tables side by side by their keys, which stand first; None where one has no such row."""
    one, other = next(ones, None), next(others, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            yield one, None
            one = next(ones, None)
        elif one is None or other[0] < one[0]:
            yield None, other
            other = next(others, None)
        else:
            yield one, other
            one, other = next(ones, None), next(others, None)


def _imported(connection: sa.Connection, event: Event) -> None:
    connection.execute(
        items.insert().values(
            id=event.item_id,
            state="open",
            round=1,
            needed=event.payload["needed"],
            imported_at=stamp(event.at),
            **_content(event),
        )
    )


def _changed(connection: sa.Connection, event: Event) -> None:
    _update(connection, event, **_content(event))


def _content(event: Event) -> dict[str, Any]:
    item = Item.model_validate(event.payload["item"])
    types = sorted({finding.type for finding in item.fidelity.findings})
    return {
        "trial_id": item.trial_id,
        "position": item.position,
        "section": item.section,
        "verdict": item.fidelity.verdict,
        "route": item.route,
        "types": f" {' '.join(types)} ",
        "risk": event.payload["risk"],
        "digest": event.payload["digest"],
        "words": words_key(item),
        "record": canonical(event.payload["item"]),
    }


def _carried(connection: sa.Connection, event: Event) -> None:
    _close(connection, event, event.payload["state"], event.payload["wording"])


def _reopened(connection: sa.Connection, event: Event) -> None:
    values = {"state": "open", "round": event.payload["round"], "wording": None, "approved": None}
    _update(connection, event, closed_at=None, **values)


def _withdrawn(connection: sa.Connection, event: Event) -> None:
    _update(connection, event, state="withdrawn")


def _claimed(connection: sa.Connection, event: Event) -> None:
    _released(connection, event)
    connection.execute(claims.insert().values(item_id=event.item_id, reviewer=event.actor, **event.payload))


def _released(connection: sa.Connection, event: Event) -> None:
    connection.execute(claims.delete().where(claims.c.item_id == event.item_id))


def _decided(connection: sa.Connection, event: Event) -> None:
    verdict = ReviewVerdict.model_validate(event.payload["verdict"])
    connection.execute(
        verdicts.insert().values(
            sequence=event.sequence,
            item_id=event.item_id,
            round=verdict.round,
            reviewer=verdict.reviewer,
            record=canonical(event.payload["verdict"]),
        )
    )
    _released(connection, event)
    if verdict.outcome in CLOSED:
        _close(connection, event, verdict.outcome, event.payload["wording"])
    else:
        _update(connection, event, state=verdict.outcome)


def _nothing(_: sa.Connection, __: Event) -> None:
    """What the log alone keeps."""


def _close(connection: sa.Connection, event: Event, state: str, wording: str | None) -> None:
    record = connection.execute(sa.select(items.c.record).where(items.c.id == event.item_id)).scalar_one()
    approved = None if wording is None else words_key(Item.model_validate_json(record), wording)
    _update(connection, event, state=state, wording=wording, approved=approved, closed_at=stamp(event.at))


def _update(connection: sa.Connection, event: Event, **values: Any) -> None:
    connection.execute(items.update().where(items.c.id == event.item_id).values(values))


_EFFECTS: dict[str, Callable[[sa.Connection, Event], None]] = {
    "imported": _imported,
    "changed": _changed,
    "carried": _carried,
    "reopened": _reopened,
    "withdrawn": _withdrawn,
    "claimed": _claimed,
    "renewed": _claimed,
    "released": _released,
    "decided": _decided,
    "thresholds": _nothing,
}
