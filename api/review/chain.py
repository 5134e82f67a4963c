"""The hash chain of the log: how an event is hashed, and how a change of the log is found.

Each hash covers the event and the hash before it, so an event that is changed, taken out or moved no longer
fits its neighbours. A chain cannot tell that its end was cut off, or that all of it was made anew: for that,
somebody else has to remember its head.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from api.review.records import Deed, Head
from translator.records import Record

NOTHING = Head(sequence=0, hash="0" * 64)
"""The head of an empty log."""

Fault = Literal["missing", "changed", "detached", "rewritten", "cut"]
_TOLD: dict[Fault, str] = {
    "missing": "events are missing before it",
    "changed": "it is not what was hashed",
    "detached": "it does not follow the event before it, which was changed or put in later",
    "rewritten": "it is not the head that was remembered: it, or something before it, was made anew",
    "cut": "the log ends before the head that was remembered: its end was cut off",
}


class Row(NamedTuple):
    """An event as it is stored; the hash covers exactly these characters."""

    sequence: int
    at: str
    actor: str
    kind: str
    item_id: str | None
    payload: str
    previous: str
    hash: str


class Break(Record):
    """Where the chain does not hold.

    Attributes:
        sequence: Of the event at which it shows.
        fault: What is wrong there.
        message: The same in words.
    """

    sequence: int
    fault: Fault
    message: str


class Verification(Record):
    """What the check of a log came to; ``head`` is what to remember."""

    events: int
    head: Head
    breaks: tuple[Break, ...]


def canonical(value: Any) -> str:
    """JSON with one spelling: keys sorted, no white space, characters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, as hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def stamp(at: datetime) -> str:
    """A time in UTC with microseconds, always of one length, so that texts sort as times."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def linked(head: Head, deed: Deed) -> Row:
    """The row of a new event behind the head."""
    unsigned = Row(
        sequence=head.sequence + 1,
        at=stamp(deed.at),
        actor=deed.actor,
        kind=deed.kind,
        item_id=deed.item_id,
        payload=canonical(deed.payload),
        previous=head.hash,
        hash="",
    )
    return unsigned._replace(hash=_hash(unsigned))


def check(rows: Iterable[Row], remembered: Head | None = None) -> Verification:
    """Checks a log, in the order of its sequence numbers.

    Behind a break the chain is taken up again from what is stored, so that each break is told once.

    Args:
        rows: All of them.
        remembered: A head of an earlier day.
    """
    breaks: list[Break] = []
    head, count, known = NOTHING, 0, remembered is None or remembered == NOTHING
    for row in rows:
        count += 1
        if row.sequence != head.sequence + 1:
            breaks.append(_break(row.sequence, "missing"))
        elif row.previous != head.hash:
            breaks.append(_break(row.sequence, "detached"))
        if row.hash != _hash(row):
            breaks.append(_break(row.sequence, "changed"))
        if remembered and row.sequence == remembered.sequence:
            known = True
            if row.hash != remembered.hash:
                breaks.append(_break(row.sequence, "rewritten"))
        head = Head(sequence=row.sequence, hash=row.hash)
    if not known and remembered and remembered.sequence > head.sequence:
        breaks.append(_break(head.sequence + 1, "cut"))
    return Verification(events=count, head=head, breaks=tuple(breaks))


def _hash(row: Row) -> str:
    return digest(row[:-1])


def _break(sequence: int, fault: Fault) -> Break:
    return Break(sequence=sequence, fault=fault, message=_TOLD[fault])
