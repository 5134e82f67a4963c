"""The page of an item: the pair with its marks, the form of the decision, and all that helps to decide."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from fastapi.responses import HTMLResponse
from pydantic import Field

from api.review import policy
from api.review.errors import ReviewError
from api.review.records import Event, Filters, Item
from api.review.work import Shown, Workbench
from api.web.forms import DecisionForm
from api.web.marks import Agreement, Mark, agreements, of_findings
from api.web.pages import page
from api.web.session import Visitor
from translator.published import AuditReport, PublishedFidelity, PublishedFinding
from translator.records import Record, Term, Verdict
from translator.registry import is_nct_id

Glossary = Callable[[Item], Sequence[Term]]
Holder = Literal["nobody", "me", "me before", "another"]


class PairView(Record):
    """A source and a sentence with what the scorer says of them.

    Attributes:
        scope: Begins the ids of what is shown of it.
        same: Facts that stand in both.
    """

    scope: str
    source: str
    plain: str
    score: float
    verdict: Verdict
    findings: tuple[PublishedFinding, ...]
    same: tuple[Agreement, ...]

    def marks(self, side: Literal["source", "plain"]) -> list[Mark]:
        """What is marked on a side."""
        agreed = [Mark(label=one.label, kind="same", span=getattr(one, f"{side}_span")) for one in self.same]
        return [*of_findings(self.findings, side), *agreed]


class Version(Record):
    """A content that the item had from a time on, and the one before it."""

    at: datetime
    item: Item
    before: Item | None


class Notice(Record):
    """What a page says first of all; an ``alarm`` is one that something was not done."""

    title: str
    text: str
    alarm: bool = True


class Sent(Record):
    """What came with a form, and what became of it.

    Attributes:
        told: Fields with what is wrong with each.
        report: On the sentence of the form.
    """

    form: DecisionForm
    told: dict[str, str] = Field(default_factory=dict)
    notice: Notice | None = None
    report: AuditReport | None = None
    status: int = 200


def item_page(
    work: Workbench,
    glossary: Glossary,
    item_id: str,
    visitor: Visitor,
    *,
    queue: Mapping[str, object],
    filters: Filters,
    sent: Sent | None = None,
    taken: int | None = None,
    notice: Notice | None = None,
) -> HTMLResponse:
    """The page.

    Args:
        work: The workbench.
        glossary: Gives the terms of an item's source.
        item_id: Whose page it is.
        visitor: Who looks at it.
        queue: Fields of the queue that it was opened from.
        filters: The same queue.
        sent: A form that was not taken; it is shown again as it came.
        taken: Place of the verdict that the form shall begin with, for who adjudicates.
        notice: What to say first, where ``sent`` says nothing.

    Raises:
        ReviewError: There is no such item.
    """
    shown = work.show(item_id, visitor.reviewer)
    events = work.history(item_id, visitor.reviewer)
    entry, at = shown.entry, work.clock()
    closed = _why_not(shown, visitor)
    holder = _holder(shown, visitor, at)
    form = sent.form if sent else _form(shown, taken)
    following = work.queue(filters, after=f"{entry.risk}.{item_id}", limit=1).entries
    return page(
        "item.html",
        visitor,
        sent.status if sent else 200,
        shown=shown,
        entry=entry,
        item=entry.item,
        pair=pair(entry.item.source, entry.item.plain, entry.item.fidelity),
        form=form,
        kept=sent is not None,
        told=sent.told if sent else {},
        edited=sent and sent.report and pair(entry.item.source, form.plain, sent.report, "edit-"),
        notice=(sent and sent.notice) or notice,
        holder=holder,
        closed=closed,
        seconds=max(0, int((entry.claim.expires_at - at).total_seconds())) if entry.claim else 0,
        present=[one for one in shown.verdicts if one.round == entry.round],
        past=[one for one in shown.verdicts if one.round != entry.round],
        terms=[term for term in glossary(entry.item) if term.plain or term.explanation],
        versions=_versions(events),
        events=events,
        queue=queue,
        following=following[0].item.id if following else None,
        on_trial_page=is_nct_id(entry.item.trial_id),
    )


def pair(source: str, plain: str, report: PublishedFidelity | AuditReport, scope: str = "") -> PairView:
    """A pair with its report, as pages show it."""
    return PairView(
        scope=scope,
        source=source,
        plain=plain,
        score=report.score,
        verdict=report.verdict,
        findings=report.findings,
        same=agreements(source, plain),
    )


def _why_not(shown: Shown, visitor: Visitor) -> str | None:
    """Why this visitor has no verdict to give; None where they have."""
    given = [one for one in shown.verdicts if one.round == shown.entry.round]
    try:
        policy.stage(shown.entry, given, visitor.reviewer)
    except ReviewError as refusal:
        return f"It {refusal.what}."
    return None


def _holder(shown: Shown, visitor: Visitor, at: datetime) -> Holder:
    claim = shown.entry.claim
    if claim is None:
        return "nobody"
    mine, over = claim.reviewer == visitor.reviewer.name, claim.expires_at <= at
    if over:
        return "me before" if mine else "nobody"
    return "me" if mine else "another"


def _form(shown: Shown, taken: int | None) -> DecisionForm:
    entry = shown.entry
    given = [one for one in shown.verdicts if one.round == entry.round]
    if taken is not None and 0 <= taken < len(given):
        return DecisionForm.taken_over(given[taken], entry.digest, entry.item.plain)
    return DecisionForm(digest=entry.digest, plain=entry.item.plain)


def _versions(events: Sequence[Event]) -> list[Version]:
    """The contents that an item had, the newest first."""
    found: list[Version] = []
    for event in events:
        if event.kind in ("imported", "changed"):
            item = Item.model_validate(event.payload["item"])
            found.append(Version(at=event.at, item=item, before=found[-1].item if found else None))
    return found[::-1]
