"""Criteria to normalised criteria: terms, abbreviations, facts, and what must come through untouched.

Terms are found by a spaCy pipeline of the project's own parts (``translator.lexis.components``), which is
built when the first text comes: importing this module does not import spaCy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from translator.clean import Clean, clean
from translator.facts import read_facts
from translator.glossary import Glossary
from translator.lexis.abbreviations import find_definitions
from translator.lexis.lexicon import Entry, Lexicon, cue_words, fold_phrase, lexicon
from translator.lexis.plural import counted, inflected
from translator.lexis.shortforms import Found, ShortForms
from translator.reading.numerals import numerals
from translator.reading.units import unit_at
from translator.records import Criterion, NormalisedCriterion, Slot, Span, Term

if TYPE_CHECKING:
    from spacy.language import Language

    from translator.lexis.components import ClinicalTerms

DEEPEST = 8
"""Levels of nesting that are told apart; what is nested deeper has one line more above it."""

# Names of these kinds must come through a translation letter by letter.
_SLOT_KINDS = frozenset({"drug", "score", "biomarker"})
# Units that a reader needs explained; all others are slots and no terms.
_EXPLAINED_UNITS = frozenset({"ULN", "LLN", "SD"})
# spaCy works on pieces of this many characters at most; longer criteria are cut between words.
_MAX_PIECE = 20_000


class _Number(NamedTuple):
    """A number in digits: where it stands, where its unit ends, and which unit it is."""

    start: int
    end: int
    unit_end: int
    unit: str | None


class _Pipeline:
    """The spaCy pipeline over a folder of tables; whoever works with it holds its lock."""

    def __init__(self, tables: Path | None) -> None:
        self.lock = Lock()
        self._tables = tables
        self._nlp: Language | None = None

    def built(self) -> Language:
        """The pipeline, built when the first text comes."""
        from translator.lexis import components  # noqa: PLC0415  (spaCy: 1.5 s)

        if self._nlp is None:
            self._nlp = components.pipeline(self._tables)
        return self._nlp


@cache
def _shipped() -> _Pipeline:
    """The pipeline over the tables of the package, one in a process: to build it takes a second."""
    return _Pipeline(None)


class Normaliser:
    """Reads criteria: which terms they hold, what they mean in everyday words, which facts they state.

    May be shared by threads; one of them works at a time, with the tables of the package in a whole process.

    Args:
        tables: A folder with ``lexicon.tsv`` and ``abbreviations.tsv``; None for those of the package.
    """

    def __init__(self, tables: Path | None = None) -> None:
        self._short_forms = ShortForms(lexicon() if tables is None else Lexicon.load(tables))
        self._pipeline = _shipped() if tables is None else _Pipeline(tables)
        self._own: ClinicalTerms | None = None

    def with_glossary(self, glossary: Glossary) -> Normaliser:
        """Gives a normaliser that knows a user's terms besides; all else is shared with this one."""
        from translator.lexis.components import ClinicalTerms  # noqa: PLC0415  (see _Pipeline)

        other = copy(self)
        with self._pipeline.lock:
            terms = Lexicon(glossary.entries, (), glossary.version)
            other._own = ClinicalTerms(self._pipeline.built(), terms)
        return other

    def normalise(
        self, criteria: Sequence[Criterion], definitions: Mapping[str, str] | None = None
    ) -> list[NormalisedCriterion]:
        """Normalises criteria, in order.

        Args:
            criteria: Those of one trial, so that each can choose the sense of an abbreviation by the words of
                all, where its own words and its lead-in do not decide.
            definitions: Abbreviations that the trial defines anywhere, with their long forms (see
                ``lexis.abbreviations``). Those that a criterion defines itself need not be among them.
        """
        known = {short: self._short_forms.meaning(short, long) for short, long in (definitions or {}).items()}
        cleaned = [clean(criterion.text) for criterion in criteria]
        with self._pipeline.lock:
            found = self._find(criteria, [step.text for step in cleaned], known)
        units = {one.id: (one, step.text) for one, step in zip(criteria, cleaned, strict=True)}
        return [
            _normalised(criterion, step, terms, tuple(_above(criterion, units)))
            for criterion, step, terms in zip(criteria, cleaned, found, strict=True)
        ]

    def _find(
        self, criteria: Sequence[Criterion], texts: Sequence[str], known: dict[str, Entry]
    ) -> list[list[Found]]:
        from translator.lexis import components  # noqa: PLC0415  (see _Pipeline)

        nlp = self._pipeline.built()
        nearest = [cue_words(text) for text in texts]
        trial = frozenset().union(*nearest, *(cue_words(entry.term) for entry in known.values()))
        local = [list(find_definitions(text)) for text in texts]
        found: list[list[Found]] = [[] for _ in texts]
        # What the pipeline learns of new words is dropped with the zone: a registry holds millions of them.
        with nlp.memory_zone():
            pieces = []
            for index, text in enumerate(texts):
                own = {one.short: self._short_forms.meaning(one.short, one.long) for one in local[index]}
                defined = {**known, **own} if own else known
                for start, piece in _pieces(text):
                    doc = nlp.make_doc(piece)
                    doc.user_data[components.DEFINED] = defined
                    doc.user_data[components.GLOSSARY] = self._own
                    doc.user_data[components.CONTEXTS] = (
                        nearest[index],
                        cue_words(criteria[index].context or ""),
                        trial,
                    )
                    pieces.append((doc, (index, start)))
            for doc, (index, start) in nlp.pipe(pieces, as_tuples=True):
                found[index] += [
                    Found(start + a, start + b, entry) for a, b, entry in components.findings(doc)
                ]
        return [
            self._short_forms.joined(text, terms, own)
            for text, terms, own in zip(texts, found, local, strict=True)
        ]


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    while len(text) - start > _MAX_PIECE:
        end = text.rfind(" ", start, start + _MAX_PIECE) + 1
        end = end if end > start else start + _MAX_PIECE
        yield start, text[start:end]
        start = end
    yield start, text[start:]


def _above(criterion: Criterion, units: Mapping[str, tuple[Criterion, str]]) -> Iterator[str]:
    """Gives the texts that a criterion is nested under, nearest first; its lead-in where no more is known."""
    parent = units.get(criterion.parent_id or "")
    if parent is None and criterion.context:
        yield clean(criterion.context).text
    for _ in range(DEEPEST + 1):
        if parent is None:
            return
        yield parent[1]
        parent = units.get(parent[0].parent_id or "")


def _normalised(
    criterion: Criterion, cleaned: Clean, found: Sequence[Found], above: tuple[str, ...]
) -> NormalisedCriterion:
    facts = read_facts(criterion.text)
    numbers = _numbers(cleaned.text)
    terms = [
        _term(criterion.text, cleaned.span(one.start, one.end), one.entry)
        for one in _without_units(cleaned.text, found, numbers)
    ]
    names = (term.span for term in terms if term.kind in _SLOT_KINDS and term.plain is None)
    digits = (cleaned.span(one.start, one.unit_end) for one in numbers)
    return NormalisedCriterion(
        criterion=criterion,
        text=cleaned.text,
        above=above,
        terms=tuple(terms),
        facts=facts.facts,
        slots=_slots(criterion.text, [*digits, *facts.codes, *names]),
        unread=facts.unread,
    )


def _term(text: str, span: Span, entry: Entry) -> Term:
    surface, plain, explanation = text[span.start : span.end], entry.plain, entry.explanation
    words = surface.partition("(")[0].rstrip()
    own = {name.casefold() for name in (entry.term, *entry.variants)}
    if words.casefold() not in own:
        spelled = [name for name in own if fold_phrase(name) == fold_phrase(words)]
        plain = plain and inflected(plain, words, spelled)
        explanation = counted(explanation, words)
    return Term(
        surface=surface,
        plain=plain,
        explanation=explanation,
        kind=entry.kind,
        span=span,
        source=entry.row,
    )


def _numbers(text: str) -> list[_Number]:
    """Finds the numbers written in digits, each with its unit."""
    found: list[_Number] = []
    for number in numerals(text).numbers:
        if any(character.isdigit() for character in text[number.start : number.end]):
            unit = unit_at(text, number.end)
            found.append(
                _Number(number.start, number.end, unit.end if unit else number.end, unit and unit.name)
            )
    return found


def _without_units(text: str, found: Sequence[Found], numbers: Sequence[_Number]) -> Iterator[Found]:
    """Leaves out what is a unit and no term: the "ms" of "450 ms", "mg/dL"."""
    place = 0
    for one in found:
        while place < len(numbers) and numbers[place].unit_end < one.end:
            place += 1
        of_number = place < len(numbers) and numbers[place].end <= one.start
        if of_number and numbers[place].unit not in _EXPLAINED_UNITS:
            continue
        if "/" in text[one.start : one.end] and (unit := unit_at(text, one.start)) and unit.end == one.end:
            continue
        yield one


def _slots(text: str, spans: Sequence[Span]) -> tuple[Slot, ...]:
    """Names the slots in reading order; the longest of overlapping spans is the slot."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end - span.start > kept[-1].end - kept[-1].start:
            kept[-1] = span
    return tuple(
        Slot(name=f"<{rank}>", text=text[span.start : span.end], span=span) for rank, span in enumerate(kept)
    )
