"""Which clinical terms the tables know: ``python -m evaluation terms``.

What needs an explanation is told by the writers of the references: a term that they put in parentheses behind
everyday words, or explained in parentheses. Whether the meaning is the right one is not measured here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from evaluation.benchmark import Item, load
from evaluation.results import Findings, Number, Table
from evaluation.sample import Sample
from evaluation.translation import criterion, translatable
from translator.lexis.known import is_known
from translator.normalise import Normaliser
from translator.records import NormalisedCriterion

_ASIDE = re.compile(r"(?P<before>(?:[^\s()]+\s){1,5})\((?P<said>[^()]{2,160})\)")
_ABBREVIATION = re.compile(r"(?<![\w-])(?=[a-z0-9]*[A-Z]{2})[A-Za-z][A-Za-z0-9]{1,9}(?!\w)")
_LETTERS = 3  # that a word has at least if it is a term by itself
_SMALL_WORDS = frozenset({
    "a", "an", "and", "any", "at", "be", "by", "for", "from", "if", "in", "is", "no", "not", "of", "on", "or",
    "the", "to", "with",
})  # fmt: skip
_SHOUTED = frozenset({"ALL", "AND", "ANY", "MUST", "NOT", "ONE", "OR", "PART"})

Place = tuple[int, int]


def measure(data: str) -> Findings:
    """Measures the tables on a set of ``evaluation.benchmark``.

    Raises:
        FileNotFoundError: The set is not there.
    """
    items = translatable(load(data).items)
    normalised = Normaliser().normalise([criterion(item) for item in items])
    return figures(items, normalised)


def figures(items: Sequence[Item], normalised: Sequence[NormalisedCriterion]) -> Findings:
    """Compares the terms found in criteria with those that need to be told."""
    sample = Sample([item.group for item in items])
    explained = [explained_in(item.source, item.plain) for item in items]
    short = [list(abbreviations(item.source)) for item in items]
    told = [
        [(term.span.start, term.span.end) for term in one.terms if term.plain or term.explanation]
        for one in normalised
    ]
    rows = {"terms that the reference explains": explained, "abbreviations": short}
    numbers = [_share(subject, wanted, told, sample) for subject, wanted in rows.items()]
    return Findings(tables=(Table.of("known", "Terms that the tables know", numbers),))


def _share(
    subject: str, wanted: Sequence[list[Place]], given: Sequence[list[Place]], sample: Sample
) -> Number | None:
    met = np.array(
        [sum(met_by(place, there) for place in due) for due, there in zip(wanted, given, strict=True)]
    )
    due = np.array([len(places) for places in wanted])
    return sample.number(
        subject,
        "told in everyday words",
        lambda i: float(met[i].sum() / due[i].sum()),
        among=due > 0,
        n=int(due.sum()),
        better="higher",
    )


def met_by(place: Place, others: Iterable[Place]) -> bool:
    """Whether any of the others shares a character with a place."""
    return any(start < place[1] and place[0] < end for start, end in others)


def explained_in(source: str, plain: str) -> list[Place]:
    """Finds the words of a source that its plain text explains, each once."""
    found: dict[Place, None] = {}
    for aside in _ASIDE.finditer(plain):
        words = aside["before"].split()
        tails = [" ".join(words[first:]) for first in range(len(words))]
        for phrase in [aside["said"], *tails]:
            at = _stands(phrase.strip(" ,;:"), source)
            if at:
                found[at] = None
                break
    return list(found)


def _stands(phrase: str, source: str) -> Place | None:
    words = phrase.lower().split()
    if sum(map(str.isalpha, phrase)) < _LETTERS or is_known(phrase) or any(map(str.isdigit, phrase)):
        return None
    if words[0] in _SMALL_WORDS or words[-1] in _SMALL_WORDS:
        return None
    match = re.search(rf"(?<!\w){re.escape(phrase)}s?(?!\w)", source, re.IGNORECASE)
    return match.span() if match else None


def abbreviations(source: str) -> Iterator[Place]:
    """Finds the words with two capitals or more that not everybody knows."""
    for match in _ABBREVIATION.finditer(source):
        if not is_known(match.group()) and match.group() not in _SHOUTED and not source.isupper():
            yield match.span()
