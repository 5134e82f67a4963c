"""The clinical words of criteria, counted: those that are explained, and those that nobody explains yet.

For the latter, named entities (``lexis.recogniser``) and abbreviations are looked at. A word of an entity is
explained, or deliberately kept, where a term of the tables or of the trial stands there, where everybody
knows it, or where it is common in English: a Zipf frequency of at least 3.7 by wordfreq (Speer 2022), as
"pneumonia" has, in the singular or the plural. An entity is missing where one of its words is not.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

from wordfreq import zipf_frequency

from translator.lexis.abbreviations import abbreviations_defined_in, find_definitions
from translator.lexis.known import is_known
from translator.lexis.lexicon import fold, fold_phrase
from translator.lexis.recogniser import Entity, Recogniser
from translator.normalise import Normaliser
from translator.reading.units import unit_at
from translator.records import CriteriaList, Criterion, NormalisedCriterion, Record, Term, TermKind, Trial
from translator.segment import segment

_COMMON = 3.7  # occurrences in a thousand million words, logarithm to the base of ten
_MOST_KEPT = 200_000  # different words at a time; beyond that, those seen once are forgotten
_LONGEST_EXAMPLE = 200  # characters
_WORD = re.compile(r"[^\W\d_]{3,}")
# "McDonald" is the name of a person, "OctreoScan" of a product: a word, and no abbreviation.
_ABBREVIATION = re.compile(
    r"\b(?=[A-Za-z0-9]*[A-Z][A-Za-z0-9]*[A-Z])(?!Ma?c[A-Z][a-z]|[A-Za-z0-9]*[a-z]{4})"
    r"[A-Za-z][A-Za-z0-9]{1,9}\b"
)
# The name of a substance, a study or a change in a gene, which stays as it is: "BMS-986165", "I47V".
_CODE = re.compile(r"[A-Za-z]{1,6}-?\d{3,}|[A-Z]\d+[A-Z]\d+|\d+[A-Z]+\d+|[A-Z]\d{2,}[A-Z]\b")
# Behind the name of a product, which stays as it is too: "KYBELLA®".
_TRADE_MARKS = ("®", "™")
_ROMAN = re.compile(r"[IVX]+[AaBbCc]?")
# Words that a text stresses by capitals: these, and any that is longer and common in English.
_STRESSED = frozenset({
    "AND", "ANY", "ARE", "AS", "AT", "BE", "BUT", "BY", "FOR", "IF", "IN", "IS", "MAY", "NO", "NOT", "OF",
    "ON", "OR", "PER", "THE", "TO",
})  # fmt: skip
_LONGER = 4
# So long a word in capitals is stressed if it is any English word: "EXCLUSION".
_TOO_LONG = 8
_SEEN = 2.0


Kind: TypeAlias = TermKind | Literal["abbreviation"]
_T = TypeVar("_T")


class MissingTerm(Record):
    """A word or phrase without everyday words.

    Attributes:
        term: As it stood first.
        kind: What the recogniser takes it for, or ``abbreviation``.
        count: How often it stood.
        trials: In how many trials.
        example: A criterion that holds it, shortened with an ellipsis.
    """

    term: str
    kind: Kind
    count: int
    trials: int
    example: str


class Missing(Record):
    """What a text leaves unexplained.

    Attributes:
        terms: Most frequent first.
        found: For each kind, how many clinical words and phrases stood there,
        explained: and how many of them are explained or deliberately kept.
    """

    terms: tuple[MissingTerm, ...]
    found: Mapping[Kind, int]
    explained: Mapping[Kind, int]


class KnownTerm(Record):
    """A term of the tables, or of a trial, with what it is told as.

    Attributes:
        term: As it stood first.
        count: How often it stood.
        trials: In how many trials.
        source: Where its meaning comes from.
    """

    term: str
    kind: TermKind
    plain: str | None
    explanation: str | None
    count: int
    trials: int
    source: str


class Word(NamedTuple):
    """A clinical word or phrase in a criterion, and whether it is explained or deliberately kept."""

    text: str
    kind: Kind
    explained: bool

    @property
    def key(self) -> str:
        """What equal words share."""
        return self.text if self.kind == "abbreviation" else fold_phrase(self.text)


class _Tally(Generic[_T]):
    """Counts by key how often and in how many trials something stood; keeps the first of each."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._trials: Counter[str] = Counter()
        self._first: dict[str, _T] = {}

    def add(self, found: Iterable[tuple[str, _T]]) -> None:
        """Counts what stood in one trial."""
        here = set()
        for key, one in found:
            self._counts[key] += 1
            self._first.setdefault(key, one)
            here.add(key)
        self._trials.update(here)
        if len(self._counts) > _MOST_KEPT:
            for key in [key for key, count in self._counts.items() if count == 1]:
                del self._counts[key], self._trials[key], self._first[key]

    def ranked(self) -> Iterator[tuple[_T, int, int]]:
        """Gives the first of each, how often, and in how many trials; most frequent first."""
        for key, count in sorted(self._counts.items(), key=lambda item: (-item[1], item[0])):
            yield self._first[key], count, self._trials[key]


class Reader:
    """Reads the clinical words of trials and criteria lists."""

    def __init__(self) -> None:
        self._normaliser = Normaliser()
        self._recogniser: Recogniser | None = None

    def known(self, items: Iterable[Trial | CriteriaList]) -> list[KnownTerm]:
        """Counts the terms that the tables or the trials themselves explain, most frequent first."""
        tally: _Tally[Term] = _Tally()
        for item in items:
            read = self._normalised(item)
            tally.add(
                (f"{fold_phrase(term.surface)}\t{term.source}", term) for one in read for term in one.terms
            )
        return [
            KnownTerm(
                term=term.surface,
                kind=term.kind,
                plain=term.plain,
                explanation=term.explanation,
                count=count,
                trials=trials,
                source=term.source,
            )
            for term, count, trials in tally.ranked()
        ]

    def missing(self, items: Iterable[Trial | CriteriaList]) -> Missing:
        """Counts the clinical words that stand unexplained."""
        tally: _Tally[tuple[Word, str]] = _Tally()
        found: Counter[Kind] = Counter()
        explained: Counter[Kind] = Counter()
        for item in items:
            read = [(word, criterion) for criterion, words in self.words(item) for word in words]
            found.update(word.kind for word, _ in read)
            explained.update(word.kind for word, _ in read if word.explained)
            tally.add(
                (word.key, (word, _example(criterion.text))) for word, criterion in read if not word.explained
            )
        terms = tuple(
            MissingTerm(term=word.text, kind=word.kind, count=count, trials=trials, example=example)
            for (word, example), count, trials in tally.ranked()
        )
        return Missing(terms=terms, found=found, explained=explained)

    def words(self, item: Trial | CriteriaList) -> Iterator[tuple[Criterion, list[Word]]]:
        """Gives the clinical words of each criterion."""
        self._recogniser = self._recogniser or Recogniser()
        read = self._normalised(item)
        for one, entities in zip(
            read, self._recogniser.find(one.criterion.text for one in read), strict=True
        ):
            yield one.criterion, [*_of_entities(one, entities), *_abbreviations(one)]

    def _normalised(self, item: Trial | CriteriaList) -> list[NormalisedCriterion]:
        if isinstance(item, CriteriaList):
            return self._normaliser.normalise(item.criteria)
        text = item.eligibility or ""
        return self._normaliser.normalise(segment(text), abbreviations_defined_in(text))


def _of_entities(one: NormalisedCriterion, entities: Sequence[Entity]) -> Iterator[Word]:
    text = one.criterion.text
    told = [term.span for term in one.terms]
    for span, kind in entities:
        surface = text[span.start : span.end]
        words = [word for word in _WORD.finditer(text, span.start, span.end) if not _is_short(word.group())]
        if not words:
            continue  # an abbreviation alone, which is counted as such
        explained = is_known(surface) or all(
            any(place.start <= word.start() and word.end() <= place.end for place in told)
            or _everybody_knows(word.group())
            for word in words
        )
        yield Word(surface, kind, explained)


def _abbreviations(one: NormalisedCriterion) -> Iterator[Word]:
    text = one.criterion.text
    told = [term.span for term in one.terms]
    # "(AST/SGOT)" and "(QIDS-SR)" define all their parts.
    defined = {part for one in find_definitions(text) for part in _ABBREVIATION.findall(one.short)}
    for match in _ABBREVIATION.finditer(text):
        short = match.group()
        if _CODE.match(text, match.start()) or _ROMAN.fullmatch(short) or _is_stressed(short):
            continue
        if text.startswith(_TRADE_MARKS, match.end()):
            continue
        if _is_unit(text, match.start(), match.end()):
            continue
        explained = (
            short in defined
            or is_known(short)
            or any(place.start < match.end() and match.start() < place.end for place in told)
        )
        yield Word(short, "abbreviation", explained)


def _is_short(word: str) -> bool:
    return bool(_ABBREVIATION.fullmatch(word))


def _everybody_knows(word: str) -> bool:
    return is_known(word) or _is_common(word) or _is_common(fold(word))


def _is_common(word: str, least: float = _COMMON) -> bool:
    return zipf_frequency(word.lower(), "en") >= least


def _is_unit(text: str, start: int, end: int) -> bool:
    unit = unit_at(text, start)
    return unit is not None and unit.end >= end


def _is_stressed(word: str) -> bool:
    return word in _STRESSED or (
        len(word) >= _LONGER
        and word.isalpha()
        and word.isupper()
        and _is_common(word, _COMMON if len(word) < _TOO_LONG else _SEEN)
    )


def _example(text: str) -> str:
    return text if len(text) <= _LONGEST_EXAMPLE else f"{text[: _LONGEST_EXAMPLE - 1]}…"
