"""The scorer that ships, loaded once, and what it makes of pairs that anybody wrote."""

from collections.abc import Sequence
from functools import cache

from models.inference import WeightsError
from translator.errors import InputError
from translator.fidelity import Scorer
from translator.published import AuditReport, published_findings
from translator.readability import readability
from translator.records import Pair


@cache
def scorer() -> Scorer:
    """The shipped scorer, loaded once.

    Raises:
        InputError: The files of its consistency model are missing or changed.
    """
    try:
        return Scorer.load()
    except WeightsError as error:
        raise InputError(error.where, error.what, error.remedy) from None


def audit(pairs: Sequence[Pair]) -> list[AuditReport]:
    """Scores given translations, whoever wrote them, in order."""
    return [
        AuditReport(
            id=pair.id,
            score=report.score,
            verdict=report.verdict,
            findings=published_findings(report.findings),
            readability=readability(pair.plain),
        )
        for pair, report in zip(pairs, scorer().score(pairs), strict=True)
    ]
