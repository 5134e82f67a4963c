"""Questions to the state that must be answered at once, however many items there are: each uses an index."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from api.review.chain import stamp
from api.review.errors import ReviewError
from api.review.identity import item_id
from api.review.records import CLOSED, Day, Entry, Filters, Page, Progress, Settled
from api.store.reviews import ENTRIES, View, entry_of
from api.store.tables import claims, items, verdicts


def queue(view: View, filters: Filters, at: datetime, *, after: str | None, limit: int) -> Page:
    """A page of a queue, the highest risk first.

    Args:
        view: On the store.
        filters: What is in it.
        at: Claims that have expired by then are none.
        after: ``next`` of the page before.
        limit: Most entries of a page.

    Raises:
        ReviewError: ``after`` is none that a page gave.
    """
    rows = view.connection.execute(query(filters, at, after=after, limit=limit)).all()
    entries = tuple(map(entry_of, rows[:limit]))
    return Page(entries=entries, next=_cursor(entries[-1]) if len(rows) > limit else None)


def query(filters: Filters, at: datetime, *, after: str | None, limit: int) -> sa.Select[Any]:
    """The question of a page, which asks for one entry more than the page has."""
    found = ENTRIES.order_by(items.c.risk.desc(), items.c.id).limit(limit + 1)
    for column, wanted in (
        (items.c.state, filters.state),
        (items.c.trial_id, filters.trial_id),
        (items.c.section, filters.section),
        (items.c.verdict, filters.verdict),
        (items.c.route, filters.route),
    ):
        if wanted is not None:
            found = found.where(column == wanted)
    if filters.type is not None:
        found = found.where(items.c.types.like(f"% {filters.type} %"))
    if filters.held_by is not None:
        held = sa.select(claims.c.item_id).where(
            claims.c.reviewer == filters.held_by, claims.c.expires_at > stamp(at)
        )
        found = found.where(items.c.id.in_(held))
    if filters.available_to is not None:
        given = sa.exists().where(
            verdicts.c.item_id == items.c.id,
            verdicts.c.round == items.c.round,
            verdicts.c.reviewer == filters.available_to,
        )
        free = sa.or_(
            claims.c.reviewer.is_(None),
            claims.c.reviewer == filters.available_to,
            claims.c.expires_at <= stamp(at),
        )
        found = found.where(free, ~given)
    if after is not None:
        risk, last = _place(after)
        # So said, the index finds the place; an "or" alone would read all that stands before.
        found = found.where(items.c.risk <= risk, sa.or_(items.c.risk < risk, items.c.id > last))
    return found


def neighbours(view: View, entry: Entry) -> tuple[Entry | None, Entry | None, Entry | None]:
    """The parent of an item, and what stands before and after it in its trial."""
    trial, position = items.c.trial_id == entry.item.trial_id, items.c.position
    here = ENTRIES.where(trial, items.c.state != "withdrawn")
    asked = (
        here.where(position < entry.item.position).order_by(position.desc()).limit(1),
        here.where(position > entry.item.position).order_by(position).limit(1),
    )
    found = [view.connection.execute(one).one_or_none() for one in asked]
    before, after = (None if row is None else entry_of(row) for row in found)
    parent = None
    if entry.item.parent_id is not None:
        parent = view.entry(item_id(entry.item.trial_id, entry.item.parent_id))
    return parent, before, after


def progress(view: View, trial_id: str | None = None) -> Progress:
    """How far the work is, in all or on one trial."""
    of_trial = [] if trial_id is None else [items.c.trial_id == trial_id]
    came, went = (
        _counted(view, sa.func.substr(column, 1, 10), of_trial)
        for column in (items.c.imported_at, items.c.closed_at)
    )
    imported = closed = 0
    days = []
    for day in sorted(came.keys() | went.keys()):
        imported, closed = imported + came.get(day, 0), closed + went.get(day, 0)
        days.append(Day(day=day, imported=imported, closed=closed))
    return Progress(states=_counted(view, items.c.state, of_trial), days=tuple(days))


def trials(view: View) -> dict[str, int]:
    """The trials of the store, and how many items each has."""
    return _counted(view, items.c.trial_id, [])


def reach(view: View, keys: Collection[str]) -> Counter[str]:
    """How many items have the words of each key."""
    return Counter(_counted(view, items.c.words, [items.c.words.in_(keys)]))


def approved(view: View, keys: Collection[str]) -> set[str]:
    """Which of the keys are of words that a reviewer has approved."""
    return set(
        view.connection.execute(sa.select(items.c.approved).where(items.c.approved.in_(keys))).scalars()
    )


def settled(view: View, trial_id: str) -> dict[str, Settled]:
    """The final verdicts of a trial, by the keys of the words that were judged and of those approved."""
    closed = sa.select(items).where(items.c.trial_id == trial_id, items.c.state.in_(CLOSED))
    found = {}
    for row in view.connection.execute(closed):
        one = Settled(item_id=row.id, state=row.state, wording=row.wording, verdict=row.verdict)
        if row.approved is not None:
            found[row.approved] = one.model_copy(update={"state": "accepted", "verdict": None})
        found[row.words] = one
    return found


def last_position(view: View, trial_id: str) -> int:
    """The position of the last unit of a trial; 0 where it has none."""
    last = sa.select(sa.func.max(items.c.position)).where(items.c.trial_id == trial_id)
    return view.connection.execute(last).scalar_one() or 0


def _counted(view: View, value: sa.ColumnElement[Any], where: list[sa.ColumnElement[bool]]) -> dict[Any, int]:
    """How many items have each value, in the order of the values; those without are not counted."""
    counted = (
        sa.select(value, sa.func.count()).where(value.is_not(None), *where).group_by(value).order_by(value)
    )
    return {row[0]: row[1] for row in view.connection.execute(counted)}


def _cursor(entry: Entry) -> str:
    return f"{entry.risk}.{entry.item.id}"


def _place(after: str) -> tuple[int, str]:
    risk, _, last = after.partition(".")
    if not (risk.isascii() and risk.isdigit() and len(risk) < 6 and last):
        raise ReviewError("incomplete", "after", "is not what a page gave", "Begin at the first page")
    return int(risk), last
