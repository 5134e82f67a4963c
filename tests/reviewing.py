"""A workbench for tests: a scorer that says what a sentence tells it to, and a clock wound by hand."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from fakes import VERSIONS

from api.review.imports import Imported, Importer
from api.review.intake import GivenPair
from api.review.records import Decision, Entry, Filters, Reviewer, TypedError
from api.review.work import Workbench
from api.store.reviews import ReviewStore
from translator.published import AuditReport, PublishedFinding
from translator.records import Pair, Readability, Unreadable, Versions

ADMIN = Reviewer(name="ada", role="admin")
ANN, BOB, EVE = (Reviewer(name=name) for name in ("ann", "bob", "eve"))
_REPORTS = {"wrong": (0.02, "unfaithful", "critical"), "doubtful": (0.5, "review", "major")}


def audit(pairs: Sequence[Pair]) -> list[AuditReport]:
    """``wrong`` in a sentence makes it unfaithful, ``doubtful`` sends it to review."""
    return [_report(pair) for pair in pairs]


def _report(pair: Pair) -> AuditReport:
    word = next((word for word in _REPORTS if word in pair.plain), None)
    score, verdict, severity = _REPORTS.get(word or "", (0.95, "faithful", None))
    findings = ()
    if severity:
        findings = (
            PublishedFinding(
                type="number",
                severity=severity,
                message=f"It is {word}.",
                source_span=(0, 1),
                plain_span=None,
            ),
        )
    return AuditReport(
        id=pair.id,
        score=score,
        verdict=verdict,
        findings=findings,
        readability=Readability(grade=4, words=5),
    )


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def wind(self, **time: float) -> None:
        self.at += timedelta(**time)


def versions(model: str) -> Versions:
    return VERSIONS.model_copy(update={"model": model})


def bench(url: str, double_share: float = 0.0) -> Workbench:
    return Workbench(
        ReviewStore.open(url), clock=Clock(), audit=audit, versions=versions, double_share=double_share
    )


def pair(number: int = 1, plain: str = "You must be 18 or older.", **more: str) -> GivenPair:
    fields = {
        "id": str(number),
        "section": "inclusion",
        "source": f"Age ≥ 18 years ({number})",
        "plain": plain,
    }
    return GivenPair.model_validate(fields | more)


def take_in(
    work: Workbench, *given: GivenPair | Unreadable, batch: str = "pairs", whole: bool = False
) -> Imported:
    """What became of an import that all of could be read."""
    return summed(Importer(work, ADMIN, batch, whole=whole).run(given))


def summed(outcomes: Iterable[Imported | Unreadable]) -> Imported:
    done = Imported()
    for one in outcomes:
        assert isinstance(one, Imported), one
        done += one
    return done


def entries(work: Workbench, **filters: object) -> list[Entry]:
    return list(work.queue(Filters.model_validate({"state": None, **filters}), limit=200).entries)


def entry(work: Workbench, number: int = 1) -> Entry:
    (found,) = [one for one in entries(work) if one.item.criterion_id == str(number)]
    return found


def accept(shown: Entry, **more: object) -> Decision:
    return Decision.model_validate({"action": "accept", "digest": shown.digest, **more})


def edit(shown: Entry, plain: str, **more: object) -> Decision:
    return Decision.model_validate({"action": "edit", "digest": shown.digest, "plain": plain, **more})


def reject(shown: Entry, kind: str = "number", severity: str = "critical") -> Decision:
    error = TypedError.model_validate({"type": kind, "severity": severity})
    return Decision(action="reject", digest=shown.digest, errors=(error,))


def escalate(shown: Entry) -> Decision:
    return Decision(action="escalate", digest=shown.digest, reason="The protocol says otherwise.")


def judge(work: Workbench, reviewer: Reviewer, number: int, decision: Decision) -> Entry:
    """Claim and decide."""
    shown = entry(work, number)
    work.claim(shown.item.id, reviewer)
    return work.decide(shown.item.id, reviewer, decision)
