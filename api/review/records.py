"""The records of the workbench: frozen, typed, without logic. Times are UTC.

Words: an *item* is a source and its translation; an *entry* is an item with where it stands in the work; a
*decision* is what a reviewer sends; a *verdict* is a decision that was taken down, bound to what was shown.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from translator.published import PublishedFidelity
from translator.records import FindingType, Record, Route, Section, Severity, Versions
from translator.records import Role as UnitRole
from translator.records import Verdict as ScorersVerdict
from translator.registry import has_words

LONGEST_TEXT = 20_000
"""Characters of an edit; the scorer compares no more."""

ItemRoute = Route | Literal["given"]
Action = Literal["accept", "edit", "reject", "escalate"]
State = Literal["open", "disputed", "escalated", "accepted", "edited", "rejected", "withdrawn"]
Stage = Literal["first", "second", "adjudication"]
Overrule = Literal["scorer_misread", "source_ambiguous", "told_elsewhere", "other"]
ReviewerRole = Literal["review", "admin"]
EventKind = Literal[
    "imported", "changed", "carried", "reopened", "withdrawn", "claimed", "renewed", "released", "decided",
    "thresholds",
]  # fmt: skip

CLOSED: frozenset[State] = frozenset({"accepted", "edited", "rejected"})
"""States in which an item has its final verdict."""


def _shown(text: str) -> str:
    odd = next((mark for mark in text if not (mark.isprintable() or mark.isspace())), None)
    if odd is not None:
        raise ValueError(f"holds a character that cannot be shown (U+{ord(odd):04X})")
    return text


def _sentence(text: str) -> str:
    folded = " ".join(text.split())
    if not has_words(folded):
        raise ValueError("has no words")
    return _shown(folded)


def _name(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("must be printable, without spaces around it")
    return text


Name = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_name)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_name)]
Sentence = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_sentence)]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(_shown)
]


Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Reviewer(Record):
    """Who works; an admin may adjudicate anything, end others' claims and take in thresholds."""

    name: Name
    role: ReviewerRole = "review"


class Item(Record):
    """A source and its translation, with all that a verdict on it is bound to.

    Attributes:
        id: Digest of ``trial_id`` and ``criterion_id``.
        trial_id: NCT id; for pairs of no trial the name of the batch that they came in.
        position: Reading order within the trial.
        context: The lead-in that the criterion stands under.
        route: Who wrote ``plain``; ``given`` where it came from elsewhere.
    """

    id: str
    trial_id: Key
    criterion_id: Key
    position: int
    section: Section
    role: UnitRole = "criterion"
    parent_id: str | None = None
    source: str
    context: str | None = None
    plain: str
    route: ItemRoute
    fidelity: PublishedFidelity
    versions: Versions


class Claim(Record):
    """That a reviewer has an item to work on, until it expires."""

    item_id: str
    reviewer: str
    claimed_at: datetime
    expires_at: datetime


class Entry(Record):
    """An item in its state.

    Attributes:
        digest: Of what a verdict is bound to: texts, report and versions.
        risk: 0 to 1000; the queue begins with the highest.
        round: From 1; goes up when the item is opened again, and earlier verdicts no longer count.
        needed: Independent verdicts that it takes: 2 for the sample that is reviewed twice.
        wording: The approved sentence; None where there is none.
        claim: Who has it, also where that has expired; None where nobody has.
    """

    item: Item
    digest: str
    risk: int
    state: State
    round: int
    needed: int
    wording: str | None
    imported_at: datetime
    closed_at: datetime | None
    claim: Claim | None = None


class TypedError(Record):
    """What is wrong with a translation, in the manner of MQM: a type and how grave it is."""

    type: FindingType
    severity: Severity
    note: Reason | None = None


class Decision(Record):
    """What a reviewer decides.

    Attributes:
        digest: Of the entry that was shown; another one by now is a conflict.
        plain: The sentence as edited; for ``edit`` alone.
        errors: What is wrong with the translation as it was shown.
        reason: In the reviewer's words.
        overrule: Why the sentence is right although the scorer calls it unfaithful.
    """

    action: Action
    digest: str
    plain: Sentence | None = None
    errors: Annotated[tuple[TypedError, ...], Field(max_length=50)] = ()
    reason: Reason | None = None
    overrule: Overrule | None = None


class ReviewVerdict(Record):
    """A decision that was taken down.

    Attributes:
        score: The scorer's for the sentence that was shown.
        verdict: The scorer's for the same.
        edited: The scorer's report on the edit.
        scorer: Version of the scorer that gave it.
        outcome: State of the item after it.
    """

    item_id: str
    round: int
    stage: Stage
    reviewer: str
    claimed_at: datetime
    at: datetime
    versions: Versions
    score: float
    verdict: ScorersVerdict
    decision: Decision
    edited: PublishedFidelity | None
    scorer: str | None
    outcome: State


class Settled(Record):
    """A final verdict that the same words take over: on which item it was, and what it came to.

    Attributes:
        verdict: The scorer's on those words; None where a reviewer wrote them.
    """

    item_id: str
    state: State
    wording: str | None
    verdict: ScorersVerdict | None


class Deed(Record):
    """What somebody does, before it is in the log."""

    at: datetime
    actor: str
    kind: EventKind
    item_id: str | None
    payload: dict[str, Any]


class Event(Deed):
    """One entry of the log.

    Attributes:
        sequence: From 1, without gaps.
        previous: Hash of the event before; 64 zeros for the first.
        hash: SHA-256 over all other fields.
    """

    sequence: int
    previous: str
    hash: str


class Head(Record):
    """The last event: what an outsider must remember to notice that the end was cut off."""

    sequence: int
    hash: str


class Filters(Record):
    """Which items of a queue; None takes all.

    Attributes:
        type: A finding of this type is among the scorer's.
        verdict: The scorer's.
        route: Who wrote the translation.
        available_to: Only what this reviewer could claim now.
        held_by: Only what this reviewer has claimed.
    """

    state: State | None = "open"
    trial_id: str | None = None
    section: Section | None = None
    type: FindingType | None = None
    verdict: ScorersVerdict | None = None
    route: ItemRoute | None = None
    available_to: str | None = None
    held_by: str | None = None


class Page(Record):
    """A part of a queue; ``next`` is what to ask for the following one, None at the end."""

    entries: tuple[Entry, ...]
    next: str | None


class Day(Record):
    """How many items had come by the end of a day (UTC), and how many of those are closed by then."""

    day: str
    imported: int
    closed: int


class Progress(Record):
    """How far the work is: items in each state, and the days in which something happened."""

    states: dict[State, int]
    days: tuple[Day, ...]
