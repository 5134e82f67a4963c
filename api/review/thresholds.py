"""The scorer against the reviewers: what its thresholds catch, and which others the verdicts speak for.

An error is what a reviewer calls critical or major. The scorer flags a sentence that scores below a
threshold: below ``faithful`` it goes to review, below ``review`` it is unfaithful.
"""

from collections.abc import Iterable, Sequence

from api.review.chain import canonical
from api.review.errors import ReviewError
from api.review.records import CLOSED, Deed, Event, Probability, Reason, Reviewer, ReviewVerdict
from api.review.work import Workbench
from translator.clues.weighing import calibration
from translator.records import Record

LEAST = 30
"""Sentences with an error, and without, that a proposal needs."""
CAUGHT = 0.95
"""Share of the errors that must fall below ``faithful``."""
RIGHT = 0.9
"""Share of those below ``review`` that must be errors."""

_STEPS = tuple(step / 100 for step in range(5, 100, 5))


class Thresholds(Record):
    """Below ``faithful`` a person must look; below ``review`` the sentence is unfaithful."""

    faithful: Probability
    review: Probability


class Rates(Record):
    """What a threshold flags; a rate without anything to count is None.

    Attributes:
        precision: Share of the flagged that are errors.
        recall: Share of the errors that are flagged.
    """

    threshold: float
    flagged: int
    precision: float | None
    recall: float | None


class ScorerCheck(Record):
    """The scorer against the final verdicts.

    Attributes:
        sentences: With a final verdict that says whether there is an error.
        errors: Those with one.
        proposed: None where the verdicts are too few, or speak for none.
    """

    sentences: int
    errors: int
    rates: tuple[Rates, ...]
    current: Thresholds
    proposed: Thresholds | None


class Settlement(Record):
    """What an admin makes of a proposal; ``thresholds`` are those that were shown."""

    thresholds: Thresholds
    accepted: bool
    reason: Reason


def check_scorer(verdicts: Iterable[ReviewVerdict]) -> ScorerCheck:
    """Compares the scores of sentences with the final verdicts on them."""
    judged = [
        (verdict.score, error)
        for verdict in verdicts
        if verdict.outcome in CLOSED and (error := _has_error(verdict)) is not None
    ]
    shipped = calibration()
    current = Thresholds(faithful=shipped.faithful, review=shipped.review)
    grid = sorted({*_STEPS, current.faithful, current.review})
    return ScorerCheck(
        sentences=len(judged),
        errors=sum(error for _, error in judged),
        rates=tuple(_rates(judged, threshold) for threshold in grid),
        current=current,
        proposed=_proposal(judged),
    )


def settle(work: Workbench, admin: Reviewer, settlement: Settlement) -> Event:
    """Logs that an admin accepts or declines what is proposed now.

    It changes no scorer by itself: ``PLAINCRITERIA_MIN_FIDELITY`` takes the accepted ``faithful``.

    Raises:
        ReviewError: This is no admin, or the verdicts speak for something else by now.
    """
    where = "thresholds"
    if admin.role != "admin":
        raise ReviewError("forbidden", where, "can be settled by an admin alone", "Ask one")
    with work.store.writing() as ledger:
        checked = check_scorer(ledger.every_verdict())
        if checked.proposed != settlement.thresholds:
            now = checked.proposed and canonical(checked.proposed.model_dump())
            what = f"are not those that are proposed now ({now or 'none'})"
            raise ReviewError("stale", where, what, "Look at the proposal again")
        payload = {
            **settlement.model_dump(mode="json"),
            "sentences": checked.sentences,
            "errors": checked.errors,
            "current": checked.current.model_dump(),
        }
        deed = Deed(at=work.clock(), actor=admin.name, kind="thresholds", item_id=None, payload=payload)
        return ledger.append(deed)


def _has_error(verdict: ReviewVerdict) -> bool | None:
    """Whether the sentence that was scored has an error; None where an edit does not say why it was made."""
    decision = verdict.decision
    if decision.action == "edit" and not decision.errors:
        return None
    return any(error.severity != "minor" for error in decision.errors)


def _rates(judged: Sequence[tuple[float, bool]], threshold: float) -> Rates:
    flagged = [error for score, error in judged if score < threshold]
    errors, caught = sum(error for _, error in judged), sum(flagged)
    return Rates(
        threshold=threshold,
        flagged=len(flagged),
        precision=round(caught / len(flagged), 4) if flagged else None,
        recall=round(caught / errors, 4) if errors else None,
    )


def _proposal(judged: Sequence[tuple[float, bool]]) -> Thresholds | None:
    errors = sum(error for _, error in judged)
    if errors < LEAST or len(judged) - errors < LEAST:
        return None
    rates = [_rates(judged, step / 100) for step in range(1, 100)]
    caught = [one.threshold for one in rates if one.recall is not None and one.recall >= CAUGHT]
    right = [one.threshold for one in rates if one.precision is not None and one.precision >= RIGHT]
    if not caught:
        return None
    return Thresholds(faithful=caught[0], review=min([*right[-1:], caught[0]]) if right else 0.0)
