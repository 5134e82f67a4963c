"""Criteria to normalised criteria: terms, abbreviations, facts, and what must come through untouched.

Terms are found by a spaCy pipeline of the project's own parts (``translator.lexis.components``), which is
built when the first text comes: importing this module does not import spaCy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from translator.clean import Clean, clean
from translator.facts import read_facts
from translator.glossary import Glossary
from translator.lexis.abbreviations import Definition, find_definitions
from translator.lexis.lexicon import KEPT_KINDS, Entry, Lexicon, cue_words, fold_phrase, is_turned, lexicon
from translator.lexis.plural import counted, inflected
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


class _Found(NamedTuple):
    """A term in the clean text of a criterion."""

    start: int
    end: int
    entry: Entry


class _Number(NamedTuple):
    """A number in digits: where it stands, where its unit ends, and which unit it is."""

    start: int
    end: int
    unit_end: int
    unit: str | None


class Normaliser:
    """Reads criteria: which terms they hold, what they mean in everyday words, which facts they state.

    May be shared by threads; one of them works at a time.

    Args:
        tables: A folder with ``lexicon.tsv`` and ``abbreviations.tsv``; None for those of the package.
    """

    def __init__(self, tables: Path | None = None) -> None:
        self._folder = tables
        self._lexicon: Lexicon = lexicon() if tables is None else Lexicon.load(tables)
        self._pipeline: Language | None = None
        self._own: ClinicalTerms | None = None
        self._lock = Lock()

    def with_glossary(self, glossary: Glossary) -> Normaliser:
        """Gives a normaliser that knows a user's terms besides; all else is shared with this one."""
        with self._lock:
            nlp = self._built()
            other = copy(self)
            from translator.lexis.components import ClinicalTerms  # noqa: PLC0415  (see _built)

            other._own = ClinicalTerms(nlp, Lexicon(glossary.entries, (), glossary.version))
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
        known = {short: self._meaning(short, long) for short, long in (definitions or {}).items()}
        cleaned = [clean(criterion.text) for criterion in criteria]
        with self._lock:
            found = self._find(criteria, [step.text for step in cleaned], known)
        units = {one.id: (one, step.text) for one, step in zip(criteria, cleaned, strict=True)}
        return [
            _normalised(criterion, step, terms, tuple(_above(criterion, units)))
            for criterion, step, terms in zip(criteria, cleaned, found, strict=True)
        ]

    def _find(
        self, criteria: Sequence[Criterion], texts: Sequence[str], known: dict[str, Entry]
    ) -> list[list[_Found]]:
        from translator.lexis import components  # noqa: PLC0415  (see _built)

        nlp = self._built()
        nearest = [cue_words(text) for text in texts]
        trial = frozenset().union(*nearest, *(cue_words(entry.term) for entry in known.values()))
        local = [list(find_definitions(text)) for text in texts]
        found: list[list[_Found]] = [[] for _ in texts]
        # What the pipeline learns of new words is dropped with the zone: a registry holds millions of them.
        with nlp.memory_zone():
            pieces = []
            for index, text in enumerate(texts):
                own = {one.short: self._meaning(one.short, one.long) for one in local[index]}
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
                    _Found(start + a, start + b, entry) for a, b, entry in components.findings(doc)
                ]
        return [
            self._joined(text, self._with_short_forms(text, terms, own))
            for text, terms, own in zip(texts, found, local, strict=True)
        ]

    def _built(self) -> Language:
        from translator.lexis import components  # noqa: PLC0415  (spaCy: 1.5 s, paid when the first text comes)

        if self._pipeline is None:
            self._pipeline = components.pipeline(self._folder)
        return self._pipeline

    def _meaning(self, short: str, long: str) -> Entry:
        """Tells what an abbreviation means by the long form that the trial gives it."""
        folded = fold_phrase(long)
        senses = self._lexicon.abbreviations.get(short, ())
        named = {fold_phrase(sense.entry.term): sense.entry for sense in senses}
        entry = self._lexicon.term(long) or named.get(folded)
        if entry is None:
            # "white blood cell (WBC)": the table says white blood cell count.
            entry = next((one for name, one in named.items() if name.startswith(f"{folded} ")), None)
        if entry is None:
            return Entry(term=long, plain=long, explanation=None, kind="other", source="text", row="text")
        spelled = entry.term if entry.kind not in KEPT_KINDS else None
        return entry.model_copy(update={"plain": entry.plain or spelled, "row": "text"})

    def _with_short_forms(
        self, text: str, terms: Sequence[_Found], own: Sequence[Definition]
    ) -> list[_Found]:
        """Makes one term of a term and the short form defined beside it: "absolute neutrophil count (ANC)".

        Where neither is known to the tables, nothing is left of the two: the text explains itself there. Nor
        is a term that ends the long form its meaning: the "dyskinesia" of "primary ciliary dyskinesia (PCD)".
        """
        kept: list[_Found] = []
        place = 0
        for definition in own:
            while place < len(terms) and terms[place].end <= definition.start:
                kept.append(terms[place])
                place += 1
            known = False
            while place < len(terms) and terms[place].start < definition.end:
                term = terms[place]
                place += 1
                # "ANC (absolute …)": what stands before the parenthesis is the short form itself.
                first = definition.long_start if definition.start < definition.long_start else 0
                if term.end == definition.long_end and term.start <= definition.long_start:
                    start = definition.start if first else term.start
                    kept.append(_Found(start, definition.end, term.entry))
                    known = True
                elif first <= term.start and term.end < definition.long_end:
                    kept.append(term)
            entry = self._meaning(definition.short, definition.long)
            if not known and entry.source != "text" and not is_turned(text, definition.start):
                while kept and kept[-1].end > definition.start:
                    kept.pop()
                kept.append(_Found(definition.start, definition.end, entry))
        return [*kept, *terms[place:]]

    def _joined(self, text: str, terms: Sequence[_Found]) -> list[_Found]:
        """Joins a term and the same term in parentheses right after it: "electrocardiogram (EKG)"."""
        joined: list[_Found] = []
        for term in terms:
            last = joined[-1] if joined else None
            opens = last and text[last.end : term.start].strip("®™ ") == "("
            end = term.end + (text[term.end : term.end + 1] in ("®", "™"))
            if last and opens and text[end : end + 1] == ")" and self._same(last.entry, term.entry):
                joined[-1] = _Found(last.start, end + 1, last.entry)
            else:
                joined.append(term)
        return joined

    def _same(self, one: Entry, other: Entry) -> bool:
        names = [self._lexicon.term(entry.term) or entry for entry in (one, other)]
        return fold_phrase(names[0].term) == fold_phrase(names[1].term)


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
    criterion: Criterion, cleaned: Clean, found: Sequence[_Found], above: tuple[str, ...]
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


def _without_units(text: str, found: Sequence[_Found], numbers: Sequence[_Number]) -> Iterator[_Found]:
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
