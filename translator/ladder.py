"""The ladder: each criterion goes down the writers until a draft passes; its own words stand at the foot.

What comes of a criterion depends on nothing but itself, whoever stands beside it: so its answer can be
remembered (``translator.memory``), and equal criteria are answered once.
"""

from collections.abc import Sequence
from typing import TypeAlias

from translator.fidelity import Scorer
from translator.generate import Writer, source_draft
from translator.grounding import objection
from translator.readability import readability
from translator.records import (
    Answer,
    Criterion,
    Draft,
    FidelityReport,
    Finding,
    NormalisedCriterion,
    Pair,
    Span,
    Translation,
)

LONGEST_CRITERION = 5_000  # characters; a longer unit is no criterion but a document, and keeps its own words

_Scored: TypeAlias = tuple[Draft, FidelityReport]


def climb_down(
    writers: Sequence[Writer],
    scorer: Scorer,
    criteria: Sequence[NormalisedCriterion],
    least: Sequence[float],
) -> list[Answer]:
    """Answers criteria, in order.

    Args:
        writers: The rungs above the last, best first.
        scorer: Judges every draft.
        criteria: Of one trial or of many.
        least: For each, the least score of a draft that may be published, 0 to 1.
    """
    answers: dict[int, _Scored] = {}
    refused: dict[int, _Scored] = {}
    for writer in writers:
        waiting = [i for i, one in enumerate(criteria) if i not in answers and _translatable(one)]
        drafts = writer.write([criteria[i] for i in waiting])
        candidates = [(i, draft) for i, row in zip(waiting, drafts, strict=True) for draft in row]
        reports = scorer.score([pair_of(criteria[i].criterion, draft.text) for i, draft in candidates])
        for (i, draft), scored in zip(candidates, reports, strict=True):
            report = _held(scored, draft, criteria[i])
            place = answers if _passes(draft, report, least[i]) else refused
            if i not in place or report.score > place[i][1].score:
                place[i] = (draft, report)
    left = [i for i in range(len(criteria)) if i not in answers]
    answers |= zip(left, _own_words(scorer, [(criteria[i], refused.get(i)) for i in left]), strict=True)
    return [answer_of(one, *answers[i]) for i, one in enumerate(criteria)]


def pair_of(criterion: Criterion, plain: str) -> Pair:
    """Puts a criterion and its plain text before the scorer.

    Headings, lead-ins and notes let nobody in and keep nobody out by themselves.
    """
    section = criterion.section if criterion.role == "criterion" else "other"
    return Pair(
        id=criterion.id, section=section, source=criterion.text, plain=plain, context=criterion.context
    )


def _held(report: FidelityReport, draft: Draft, normalised: NormalisedCriterion) -> FidelityReport:
    """A draft of the model that passed the scorer is held to stricter rules."""
    if draft.route != "model" or report.verdict != "faithful":
        return report
    finding = objection(draft, normalised, report.score)
    if finding is None:
        return report
    return report.model_copy(update={"verdict": "unfaithful", "findings": (finding, *report.findings)})


def _passes(draft: Draft, report: FidelityReport, least: float) -> bool:
    """What a person approved needs no more than not to be unfaithful; its doubts are told with it."""
    if draft.route == "memory":
        return report.verdict != "unfaithful"
    return report.verdict == "faithful" and report.score >= least


def _own_words(scorer: Scorer, left: Sequence[tuple[NormalisedCriterion, _Scored | None]]) -> list[_Scored]:
    """The last rung. A heading may stand as it is; whatever else keeps its own words goes to review."""
    reports = scorer.score([pair_of(one.criterion, one.text) for one, _ in left])
    return [
        (source_draft(one), _reviewed(one, report, refused))
        for (one, refused), report in zip(left, reports, strict=True)
    ]


def _reviewed(
    normalised: NormalisedCriterion, report: FidelityReport, refused: _Scored | None
) -> FidelityReport:
    criterion = normalised.criterion
    if criterion.role == "heading" and report.verdict == "faithful":
        return report
    if refused and refused[1].findings:
        reason = f"the closest sentence was refused: {refused[1].findings[0].message}"
        kind = refused[1].findings[0].type
    elif refused:
        reason = f"the closest sentence scored {refused[1].score}, less than was asked for."
        kind = "unread"
    elif not _translatable(normalised):
        reason, kind = f"it is longer than {LONGEST_CRITERION:,} characters.", "unread"
    else:
        reason, kind = "no sentence could be written for it.", "unread"
    finding = Finding(
        type=kind,
        severity="major",
        source_span=Span(start=0, end=len(criterion.text)),
        message=f"The study's own words stand here; {reason}",
    )
    return report.model_copy(update={"verdict": "review", "findings": (finding,)})


def answer_of(one: NormalisedCriterion, draft: Draft, report: FidelityReport) -> Answer:
    """Measures what is published for a criterion."""
    return Answer(draft=draft, fidelity=report, readability=readability(draft.text, one.terms))


def translation_of(one: NormalisedCriterion, answer: Answer) -> Translation:
    """Puts an answer beside its criterion."""
    return Translation(
        normalised=one, draft=answer.draft, fidelity=answer.fidelity, readability=answer.readability
    )


def _translatable(normalised: NormalisedCriterion) -> bool:
    return len(normalised.criterion.text) <= LONGEST_CRITERION
