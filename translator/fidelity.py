"""Is a plain text faithful to its source? Typed findings and one calibrated probability for any pair.

The scorer never trusts the writer: it reads both sides afresh. Its detectors hand in clues; a logistic
regression over their kinds and sizes, fitted on faithful pairs and planted errors
(``python -m evaluation.calibrate``), weighs them; the clues that weigh on the score are told as findings. No
clue can raise a score. A learned consistency model reads the pair as a whole, and its odds and those of the
clues are joined; it can raise a score.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

from models.consistency import Consistency, Judgement
from translator.clues import alignment, conjunctions, coverage, nuances, polarity
from translator.clues.evidence import Clue, Side, side
from translator.clues.marks import FAITHFUL, WORDS, marked
from translator.clues.remarks import without_remarks
from translator.clues.weighing import Calibration, Evidence, calibration
from translator.lexis.equivalents import Equivalents, equivalents
from translator.lexis.lexicon import Entry
from translator.records import FidelityReport, Finding, FindingType, Pair, Severity, Span, Verdict
from translator.tables import DATA, digest

# All that a report depends on but the word equivalences and the calibration, which are handed in.
_CODE = (
    "clean.py",
    "clues/*.py",
    "facts.py",
    "fidelity.py",
    "lexis/*.py",
    "reading/*.py",
    "records.py",
    "tables.py",
)
_TABLES = ("anchors.tsv", "comparators.tsv", "cues.tsv", "nuances.tsv", "units.tsv")
_DIFFERS: Mapping[FindingType, str] = {
    "number": "a number", "unit": "a unit", "comparator": "a limit", "polarity": "who is let in or kept out",
    "time": "a time window", "entity": "what it names", "omission": "something is left out",
    "addition": "something is added", "logic": "how its parts are joined",
    "scope": "whom or what it is about",
}  # fmt: skip
_LONGEST = 20_000  # characters of a side; longer ones are not compared
_GRADES: Mapping[Severity, int] = {"critical": 0, "major": 1, "minor": 2}


class Scorer:
    """Scores pairs of source and plain text.

    Attributes:
        signature: Changes with the code, the tables and the thresholds that reports depend on, and with no
            more than their bytes: a comment in the scorer's code changes it too.
    """

    def __init__(
        self, known: Equivalents, calibration: Calibration, consistency: Consistency | None = None
    ) -> None:
        self._known = known
        self._calibration = calibration
        self._consistency = consistency
        parts = (
            digest(*code(), *(DATA / name for name in _TABLES)),
            known.version,
            repr(calibration),
            consistency.version if consistency else "",
        )
        self.signature = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    @classmethod
    def load(cls) -> Self:
        """Makes the scorer of the shipped tables and the shipped consistency model.

        Raises:
            WeightsError: The model's files are missing or changed.
        """
        return cls(equivalents(), calibration(), Consistency.load())

    def with_terms(self, entries: Iterable[Entry], version: str) -> "Scorer":
        """Gives a scorer that takes a user's own words for the terms that they stand for.

        Args:
            entries: The terms.
            version: Changes with them.
        """
        known = self._known.with_terms(entries, version)
        return type(self)(known, self._calibration, self._consistency)

    def score(self, pairs: Sequence[Pair]) -> list[FidelityReport]:
        """Judges pairs, each by itself, in their order; never raises, whatever the texts.

        A pair of the section ``other`` (headings, notes) is not asked whom it lets in. Sides without words,
        or of more than 20,000 characters, are ``unfaithful`` with an ``unread`` finding.
        """
        unread = [_unread(pair) for pair in pairs]
        asked = [i for i, finding in enumerate(unread) if finding is None]
        gathered = {i: self.evidence(pairs[i]) for i in asked}
        reworded = [i for i in asked if not gathered[i].verbatim]
        judged = dict(zip(reworded, self._judged([(pairs[i], gathered[i]) for i in reworded]), strict=True))
        return [
            self._report(gathered[i], judged.get(i))
            if finding is None
            else FidelityReport(
                score=0.0, verdict="unfaithful", findings=(finding,), signature=self.signature
            )
            for i, finding in enumerate(unread)
        ]

    def voices(self, pairs: Sequence[Pair]) -> list[tuple[float, float | None]]:
        """Tells what each voice makes of pairs with words on both sides: log-odds of being faithful.

        The first is that of the clues, the second that of the consistency model; None where it was not asked.
        """
        gathered = [self.evidence(pair) for pair in pairs]
        judged = self._judged(list(zip(pairs, gathered, strict=True)))
        return [
            (found.odds(self._calibration), one.log_odds(FAITHFUL) if one else None)
            for found, one in zip(gathered, judged, strict=True)
        ]

    def _judged(self, asked: Sequence[tuple[Pair, Evidence]]) -> list[Judgement | None]:
        """What the consistency model makes of pairs; None where it cannot be asked."""
        if self._consistency is None:
            return [None] * len(asked)
        bare = [(i, one) for i, pair in enumerate(asked) if (one := self._without_remarks(*pair)) is not None]
        judged = self._consistency.judge(
            [
                marked(pair, found.source, found.plain, found.clues)
                for pair, found in (*asked, *(one for _, one in bare))
            ]
        )
        for (i, _), without in zip(bare, judged[len(asked) :], strict=True):
            judged[i] = _worse(judged[i], without)
        return judged[: len(asked)]

    def _without_remarks(self, pair: Pair, found: Evidence) -> tuple[Pair, Evidence] | None:
        """The pair without the sentences that tell nothing of the source, where it has some."""
        plain = without_remarks(found.source, side(pair.context or ""), found.plain, self._known)
        if plain is None:
            return None
        bare = pair.model_copy(update={"plain": plain})
        return bare, self.evidence(bare)

    def evidence(self, pair: Pair) -> Evidence:
        """Gathers the clues of one pair."""
        source, plain, context = side(pair.source), side(pair.plain), side(pair.context or "")
        found = [
            *polarity.clues(source, plain, pair.section, self._known),
            *alignment.clues(source, context, plain),
            *conjunctions.clues(source, plain, pair.section, self._known),
            *coverage.clues(source, context, plain, self._known),
            *nuances.clues(source, context, plain),
        ]
        return Evidence(source, plain, tuple(found))

    def _report(self, evidence: Evidence, judged: Judgement | None) -> FidelityReport:
        if evidence.verbatim:
            kept = tuple(c for c in evidence.clues if c.kind == "no opener")
            evidence = evidence._replace(clues=kept)
        odds = judged.log_odds(FAITHFUL) if judged else None
        score = 1.0 if evidence.verbatim else round(evidence.score(self._calibration, odds), 4)
        told = self._told(evidence, score)
        findings = [_finding(clue, evidence) for clue in told]
        if judged and odds is not None and score < self._calibration.faithful and (not told or odds < 0):
            findings.append(_learned_finding(judged))
        return FidelityReport(
            score=score,
            verdict=self._verdict(score, told),
            findings=tuple(findings),
            signature=self.signature,
        )

    def _told(self, evidence: Evidence, score: float) -> list[Clue]:
        """The clues worth telling; a score too low for ``faithful`` never stands without one."""
        costs = {k: self._calibration.cost(k, *sizes) for k, sizes in evidence.features().items()}
        told = [
            c
            for c in evidence.clues
            if c.severity != "minor" or costs[c.kind] * c.size >= self._calibration.telling
        ]
        if score < self._calibration.faithful and not told and evidence.clues:
            told = [max(evidence.clues, key=lambda c: (costs[c.kind] * c.size, c.size))]
        kept = {(c.type, c.source, c.plain): c for c in told}
        return sorted(
            kept.values(), key=lambda c: (_GRADES[c.severity], -costs[c.kind], c.kind, c.source or ())
        )

    def _verdict(self, score: float, told: Iterable[Clue]) -> Verdict:
        told = list(told)
        if score < self._calibration.review or any(c.severity == "critical" for c in told):
            return "unfaithful"
        doubtful = any(
            c.type in ("unread", "ambiguous_source") or (c.kind == "no opener" and c.severity == "major")
            for c in told
        )
        return "review" if doubtful or score < self._calibration.faithful else "faithful"


def _worse(one: Judgement | None, other: Judgement | None) -> Judgement | None:
    if one is None or other is None:
        return one
    return min(one, other, key=lambda judged: judged.log_odds(FAITHFUL))


def _unread(pair: Pair) -> Finding | None:
    """What keeps a pair from being compared at all."""
    for text, name in ((pair.source, "source"), (pair.plain, "translation")):
        if len(text) > _LONGEST:
            message = f"The {name} is longer than {_LONGEST:,} characters and was not compared."
            return Finding(type="unread", severity="critical", message=message)
        if not any(c.isalnum() for c in text):
            return Finding(type="unread", severity="critical", message=f"The {name} holds no words.")
    return None


def _finding(clue: Clue, evidence: Evidence) -> Finding:
    def span(where: tuple[int, int] | None, there: Side) -> Span | None:
        return there.clean.span(*where) if where else None

    return Finding(
        type=clue.type,
        severity=clue.severity,
        source_span=span(clue.source, evidence.source),
        plain_span=span(clue.plain, evidence.plain),
        message=clue.message,
    )


def _learned_finding(judged: Judgement) -> Finding:
    """Says what the consistency model thinks is wrong; it does not tell where."""
    kinds = {kind: judged.probabilities[word] for word, kind in WORDS.items()}
    likeliest = max(kinds, key=lambda kind: kinds[kind])
    return Finding(
        type=likeliest,
        severity="minor",
        message=f"Read as a whole, the sentence differs from its source: {_DIFFERS[likeliest]}.",
    )


def code() -> list[Path]:
    """The source files that decide what a report says, in a fixed order."""
    package = Path(__file__).parent
    return [path for pattern in _CODE for path in sorted(package.glob(pattern))]
