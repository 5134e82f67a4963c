"""The workbench: what a reviewer can do. A call is one transaction; what is refused changes nothing."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

from api.review import policy
from api.review.chain import stamp
from api.review.errors import ReviewError
from api.review.records import (
    Claim,
    Decision,
    Deed,
    Entry,
    Event,
    Filters,
    Item,
    Page,
    Progress,
    Reviewer,
    ReviewVerdict,
)
from api.settings import Settings
from api.store import queues
from api.store.reviews import ReviewStore, View
from translator import pipeline, scoring
from translator.published import AuditReport, PublishedFidelity
from translator.records import Pair, Record, Versions

Audit = Callable[[Sequence[Pair]], Sequence[AuditReport]]
MOST_ENTRIES = 200


class Shown(Record):
    """What a reviewer sees of an item.

    Attributes:
        verdicts: As far as the viewer may see them.
        parent: The unit that it is nested under.
        before: The unit that stands before it in the trial.
        after: The one behind it.
    """

    entry: Entry
    verdicts: tuple[ReviewVerdict, ...]
    parent: Entry | None
    before: Entry | None
    after: Entry | None


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Workbench:
    """Reviews on a store.

    Args:
        store: Where the work is kept.
        clock: Gives the time.
        audit: The scorer.
        versions: Of the scorer and its tables, beside the name of a model.
        lease: How long a claim lasts.
        double_share: Share of the items that two reviewers judge, neither seeing the other's verdict.
    """

    def __init__(
        self,
        store: ReviewStore,
        *,
        clock: Callable[[], datetime] = now,
        audit: Audit = scoring.audit,
        versions: Callable[[str], Versions] = pipeline.versions,
        lease: timedelta = timedelta(minutes=15),
        double_share: float = 0.0,
    ) -> None:
        self.store = store
        self.clock = clock
        self.audit = audit
        self.versions = versions
        self.lease = lease
        self.double_share = double_share

    @classmethod
    def of(cls, store: ReviewStore, settings: Settings, audit: Audit = scoring.audit) -> Self:
        """The workbench that the settings describe."""
        return cls(
            store,
            audit=audit,
            lease=timedelta(seconds=settings.review_lease),
            double_share=settings.review_double_share,
        )

    def queue(self, filters: Filters, *, after: str | None = None, limit: int = 50) -> Page:
        """A page of a queue, the highest risk first.

        Args:
            filters: What is in it.
            after: ``next`` of the page before.
            limit: Entries of a page, 1 to 200.
        """
        limit = max(1, min(limit, MOST_ENTRIES))
        with self.store.reading() as view:
            return queues.queue(view, filters, self.clock(), after=after, limit=limit)

    def show(self, item_id: str, viewer: Reviewer) -> Shown:
        """An item with its neighbours, and the verdicts that the viewer may see.

        Raises:
            ReviewError: There is no such item.
        """
        with self.store.reading() as view:
            entry = found(view, item_id)
            verdicts = policy.visible(entry, view.verdicts(item_id), viewer.name)
            parent, before, after = queues.neighbours(view, entry)
        return Shown(entry=entry, verdicts=tuple(verdicts), parent=parent, before=before, after=after)

    def history(self, item_id: str, viewer: Reviewer) -> tuple[Event, ...]:
        """The events of an item, in order; of an item still open, without the verdicts of others.

        Raises:
            ReviewError: There is no such item.
        """
        with self.store.reading() as view:
            entry = found(view, item_id)
            return tuple(policy.told(entry, view.history(item_id), viewer.name))

    def progress(self, trial_id: str | None = None) -> Progress:
        """How far the work is, in all or on one trial."""
        with self.store.reading() as view:
            return queues.progress(view, trial_id)

    def claim(self, item_id: str, reviewer: Reviewer) -> Claim:
        """Take an item to work on, or keep it for longer.

        Raises:
            ReviewError: There is no such item, somebody else has it, or it is not this reviewer's to judge.
        """
        with self.store.writing() as ledger:
            at = self.clock()
            entry = found(ledger, item_id)
            policy.claimable(entry, reviewer, at)
            policy.stage(entry, ledger.verdicts(item_id, entry.round), reviewer)
            mine = entry.claim if entry.claim and entry.claim.expires_at > at else None
            claim = Claim(
                item_id=item_id,
                reviewer=reviewer.name,
                claimed_at=mine.claimed_at if mine else at,
                expires_at=at + self.lease,
            )
            ledger.append(
                Deed(
                    at=at,
                    actor=reviewer.name,
                    kind="renewed" if mine else "claimed",
                    item_id=item_id,
                    payload={"claimed_at": stamp(claim.claimed_at), "expires_at": stamp(claim.expires_at)},
                )
            )
        return claim

    def release(self, item_id: str, reviewer: Reviewer) -> None:
        """Give an item back; nothing happens where nobody has it. An admin can end another's claim.

        Raises:
            ReviewError: There is no such item, or somebody else has it.
        """
        with self.store.writing() as ledger:
            at = self.clock()
            entry = found(ledger, item_id)
            if reviewer.role != "admin":
                policy.claimable(entry, reviewer, at)
            if entry.claim:
                payload = {"of": entry.claim.reviewer}
                ledger.append(
                    Deed(at=at, actor=reviewer.name, kind="released", item_id=item_id, payload=payload)
                )

    def score(self, item_id: str, plain: str) -> AuditReport:
        """What the scorer says of another sentence for the item's source.

        Raises:
            ReviewError: There is no such item.
        """
        with self.store.reading() as view:
            item = found(view, item_id).item
        return self.audit([pair_of(item, plain)])[0]

    def decide(self, item_id: str, reviewer: Reviewer, decision: Decision) -> Entry:
        """Take down a verdict, and give the item as it stands then.

        Raises:
            ReviewError: The reviewer has not claimed it, it has changed since it was shown, or the decision
                lacks something.
        """
        # Scoring takes its time, and must not keep others from writing.
        edited = scorer = None
        if decision.plain is not None:
            edited = fidelity_of(self.score(item_id, decision.plain))
            scorer = self.versions("").scorer
        with self.store.writing() as ledger:
            at = self.clock()
            entry = found(ledger, item_id)
            given = ledger.verdicts(item_id, entry.round)
            stage = policy.stage(entry, given, reviewer)
            claimed_at = policy.held(entry, reviewer, at)
            policy.check(decision, entry, edited)
            outcome = policy.outcome(decision, entry, given, stage)
            verdict = ReviewVerdict(
                item_id=item_id,
                round=entry.round,
                stage=stage,
                reviewer=reviewer.name,
                claimed_at=claimed_at,
                at=at,
                versions=entry.item.versions,
                score=entry.item.fidelity.score,
                verdict=entry.item.fidelity.verdict,
                decision=decision,
                edited=edited,
                scorer=scorer,
                outcome=outcome,
            )
            payload = {
                "verdict": verdict.model_dump(mode="json"),
                "wording": policy.wording(decision, entry, outcome),
            }
            ledger.append(Deed(at=at, actor=reviewer.name, kind="decided", item_id=item_id, payload=payload))
            return found(ledger, item_id)

    def reopen(self, item_id: str, admin: Reviewer, why: str) -> Entry:
        """Open an item again; its verdicts stay in the record and count no more.

        Raises:
            ReviewError: There is no such item, it is open, or this is no admin.
        """
        if admin.role != "admin":
            raise ReviewError("forbidden", item_id, "can be opened again by an admin alone", "Ask one")
        with self.store.writing() as ledger:
            entry = found(ledger, item_id)
            if entry.state == "open":
                raise ReviewError("incomplete", item_id, "is open", "Claim it")
            payload = {"round": entry.round + 1, "why": why}
            ledger.append(
                Deed(at=self.clock(), actor=admin.name, kind="reopened", item_id=item_id, payload=payload)
            )
            return found(ledger, item_id)


def found(view: View, item_id: str) -> Entry:
    """An item that must be there.

    Raises:
        ReviewError: It is not.
    """
    entry = view.entry(item_id)
    if entry is None:
        raise ReviewError("not_found", item_id, "is no item of this store", "Look at the queue")
    return entry


def pair_of(item: Item, plain: str) -> Pair:
    """Puts a sentence for an item before the scorer, which asks of a rule alone whom it lets in."""
    section = item.section if item.role == "criterion" else "other"
    return Pair(id=item.criterion_id, section=section, source=item.source, plain=plain, context=item.context)


def fidelity_of(report: AuditReport) -> PublishedFidelity:
    """The part of a report that is kept with a sentence."""
    return PublishedFidelity(score=report.score, verdict=report.verdict, findings=report.findings)
