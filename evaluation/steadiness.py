"""What should change no verdict: ``python -m evaluation steadiness``.

A sentence that says nothing behind an unfaithful text must not make it pass; a faithful text must not fail
for a typing error or the order of a list.
"""

import random
from collections.abc import Iterator, Mapping, Sequence

from evaluation.benchmark import OWN, Example, load
from evaluation.fidelity import judged, unfolded
from evaluation.planting.benign import rewritings
from evaluation.results import Findings, Number, Table
from evaluation.sample import SEED, Sample
from translator.records import FidelityReport, Pair
from translator.scoring import scorer
from translator.tables import rows

_SENTENCES: Mapping[str, str] = {
    "errors raised to faithful by a sentence like those learned from": "innocuous.tsv",
    "errors raised to faithful by a sentence unlike them": "unrelated.tsv",
}
"""What is appended: the scorer's model has seen the sentences of the first table, behind faithful texts."""
_EDITED = "faithful texts lowered from faithful by a harmless edit"
_LEARNED_APART = "innocuous sentence"  # among the harmless rewritings; measured above


def measure(data: str) -> Findings:
    """Measures the shipped scorer on a set of ``evaluation.benchmark``.

    Raises:
        FileNotFoundError: The set is not there.
        InputError: The consistency model's files are missing or changed.
    """
    given, before = unfolded(load(data)), judged(data)
    groups = [item.group for item in load(data).items for _ in item.examples()]
    numbers = [
        number
        for kind, changed in harmless(given).items()
        for number in moved(
            kind,
            [before[i] for i in changed],
            scorer().score(list(changed.values())),
            Sample([groups[i] for i in changed]),
        )
    ]
    return Findings(tables=(Table.of("moved", "Verdicts moved by what should move none", numbers),))


def harmless(given: Sequence[Example]) -> dict[str, dict[int, Pair]]:
    """Gives pairs, by their places, with a change that makes nothing right or wrong.

    Returns:
        For each kind of change its pairs: a sentence behind each text with an error, and in each faithful
        text that has room for one, a typing error, a list in another order, a number in words, or another of
        the rewritings of ``evaluation.planting.benign``.
    """
    chance = random.Random(SEED)  # noqa: S311  (not for secrets)
    changed: dict[str, dict[int, Pair]] = {}
    for kind, table in _SENTENCES.items():
        sentences = [row["sentence"] for row in rows(table, ("sentence",), OWN)]
        changed[kind] = {
            i: _said(example, f"{example.pair.plain} {chance.choice(sentences)}")
            for i, example in enumerate(given)
            if example.planted is not None
        }
    changed[_EDITED] = dict(_edited(given, chance))
    return changed


def _edited(given: Sequence[Example], chance: random.Random) -> Iterator[tuple[int, Pair]]:
    for i, example in enumerate(given):
        found = dict(rewritings(example.pair.plain)) if example.planted is None else {}
        found.pop(_LEARNED_APART, None)
        if found:
            yield i, _said(example, found[chance.choice(sorted(found))])


def _said(example: Example, plain: str) -> Pair:
    return example.pair.model_copy(update={"plain": plain})


def moved(
    kind: str, before: Sequence[FidelityReport], after: Sequence[FidelityReport], sample: Sample
) -> Iterator[Number | None]:
    """Counts the texts that crossed the border of ``faithful`` the wrong way."""
    held = [
        (one.verdict == "faithful", other.verdict == "faithful")
        for one, other in zip(before, after, strict=True)
    ]
    wrong = (kind == _EDITED, kind != _EDITED)
    crossed = [pair == wrong for pair in held]
    yield Number(
        subject=kind, measure="texts", value=sum(crossed), n=len(crossed), unit="count", better="lower"
    )
    yield sample.mean(kind, "share", crossed, better="lower")
