"""The spaCy pipeline: the project's tokenizer and the components that find terms and abbreviations.

The only module that imports spaCy; ``translator.normalise`` imports it when the first text comes. It is
a blank English pipeline, so that no model is downloaded, and leaves its findings in ``doc.spans[FOUND]``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]  # compiled, without stubs
from spacy.tokens import Doc, Span
from spacy.util import (
    compile_infix_regex,
    compile_prefix_regex,
    compile_suffix_regex,
    filter_spans,
    registry,
)
from spacy.vocab import Vocab

from translator.lexis.compounds import is_short, pieces
from translator.lexis.lexicon import Entry, Lexicon, fold, is_also_word, is_turned, lexicon
from translator.lexis.spelling import Spelling, is_name
from translator.tables import DATA

FOUND = "clinical_terms"
# Keys of ``doc.user_data``: what the text defines itself, the cue words around it, and the meanings found.
DEFINED = "plaincriteria.defined"
CONTEXTS = "plaincriteria.contexts"
MEANINGS = "plaincriteria.meanings"
# The terms of a user's glossary, a ``ClinicalTerms``; they go before all others.
GLOSSARY = "plaincriteria.glossary"

# Signs in a row are one token: the tokenizer takes affixes off one by one, and each must not cost a copy.
_PREFIXES = [r"(?:[\[({\"'`≥≤<>=~±≈×*•,;:!?/|-]|\.(?!\d))+"]
_CLOSING = r"[\])}\"'`≥≤<>=~±,;:!?.%®™*/|]"
# ER+ is two tokens, CD4+ is one.
_SUFFIXES = [rf"(?<!{_CLOSING}){_CLOSING}+", r"(?<=[A-Z]{2})\+"]
_INFIXES = [
    r"[≥≤<>=~±≈()\[\]|\"…—–]+/?",
    r"(?<=[A-Za-z])[,;:](?=[A-Za-z])",
    r"(?<=[A-Z]{2})\+(?=[A-Z/])",
    # HER2-positive is three tokens, for HER2 is a term; PD-L1, COVID-19 and CAR-T are one.
    r"(?<=[a-z])-(?=[A-Za-z])|(?<=[A-Z0-9+])-(?=[a-z]{2})",
    # AST/ALT and nausea/vomiting are three tokens; mg/m2, mL/min and 10^9/L are one.
    r"(?<=[A-Za-z]{3})/(?=[A-Za-z]{3})|(?<=[A-Z0-9+])/(?=[A-Z]{2})",
]
_LETTERS = re.compile(r"[A-Za-z]+(?:[ -][A-Za-z]+)*")
# What follows a word that is stressed by capitals: "ALL of the following".
_AFTER_STRESS = frozenset({"of", "the", "these", "following", "other", "criteria", "must"})
# The World Health Organization has criteria of its own; "ALL criteria" are all.
_NAMING = {"WHO": frozenset({"criteria"})}
# A Roman numeral follows a scale, or another one: "stage III or IV". Any other IV is intravenous.
_NUMERAL = re.compile(r"(?=[IVX])(?:I{1,3}|I?V|VI{0,3})[A-Ca-c]?\d?")
_SCALES = frozenset({
    "arm", "asa", "axis", "category", "ccs", "class", "cohort", "disorder", "dsm", "factor", "figo",
    "fitzpatrick", "grade", "group", "killip", "level", "mallampati", "nyha", "part", "phase", "rome",
    "stage", "type",
})  # fmt: skip
_LINKS = frozenset({"or", "to", "and", "-", "–", "/", ",", "&", "through"})
_FARTHEST = 8  # tokens from a numeral back to its scale
# "[CD]34+": the name goes on behind its parenthesis.
_GOES_ON = re.compile(r"[\])]\d")
# Behind these a capital opens a sentence; anywhere else it is that of a name.
_OPENING = (".", ":", ";", "!", "?")
# The longest abbreviation, in tokens.
_MAX_TOKENS = 4


def pipeline(folder: Path | None = None) -> Language:
    """Builds the pipeline: tokenizer, terms, abbreviations, and the glossary that a document may bring.

    Args:
        folder: Where the tables are; None for those of the package.
    """
    tables = {"folder": str(folder or DATA)}
    tokenizer = {"@tokenizers": "plaincriteria.tokenizer", **tables}
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": tokenizer}})
    nlp.add_pipe("clinical_terms", config=tables)
    nlp.add_pipe("clinical_abbreviations", config=tables)
    nlp.add_pipe("glossary_terms")
    return nlp


class _Opening(Tokenizer):  # type: ignore[misc]  # see the import
    """The project's tokenizer; words that are compounds of abbreviations are opened (``compounds``).

    Args:
        vocab: Of the pipeline.
        tables: The lexicon.
        rules: Of spaCy's tokenizer.
    """

    def __init__(self, vocab: Vocab, tables: Lexicon, **rules: Any) -> None:
        super().__init__(vocab, **rules)
        self._pieces = lru_cache(65536)(partial(pieces, tables=tables))

    def __call__(self, text: str) -> Doc:
        """Makes the tokens of a text."""
        doc: Doc = super().__call__(text)
        opened = [self._pieces(token.text) for token in doc]
        if all(len(word) == 1 for word in opened):
            return doc
        words = [piece for word in opened for piece in word]
        spaces = [
            bool(token.whitespace_) and rank == len(word)
            for token, word in zip(doc, opened, strict=True)
            for rank, _ in enumerate(word, start=1)
        ]
        return Doc(doc.vocab, words=words, spaces=spaces)


def findings(doc: Doc) -> Iterator[tuple[int, int, Entry]]:
    """Gives what the pipeline found in a document: character offsets and meaning, in reading order."""
    for span in doc.spans[FOUND]:
        yield span.start_char, span.end_char, doc.user_data[MEANINGS][span.start, span.end]


@registry.tokenizers("plaincriteria.tokenizer")  # type: ignore[untyped-decorator]
def _tokenizer(folder: str) -> Callable[[Language], Tokenizer]:
    def made(nlp: Language) -> Tokenizer:
        return _Opening(
            nlp.vocab,
            _tables(folder),
            prefix_search=compile_prefix_regex(_PREFIXES).search,
            suffix_search=compile_suffix_regex(_SUFFIXES).search,
            infix_finditer=compile_infix_regex(_INFIXES).finditer,
        )

    return made


class ClinicalTerms:
    """Finds the terms of the lexicon: the longest match of folded words, hyphens and spaces alike.

    Args:
        nlp: The pipeline, for its tokenizer.
        tables: The lexicon.
        spelling: Tells what misspelt words stand for; None where only what is spelled right is a term.
    """

    def __init__(self, nlp: Language, tables: Lexicon, spelling: Spelling | None = None) -> None:
        self._tables = tables
        self._spelling = spelling
        names = (name for entry in tables.entries for name in (entry.term, *entry.variants))
        # A set, and no PhraseMatcher: that takes a Doc for each of thousands of names at every start.
        self._names = {tuple(_folded(_cut(name, nlp))) for name in names}
        self._lengths: dict[str, set[int]] = {}
        for words in self._names:
            self._lengths.setdefault(words[0], set()).add(len(words))

    def __call__(self, doc: Doc) -> Doc:
        """Adds the terms of a document."""
        _keep(doc, self.found(doc))
        return doc

    def found(self, doc: Doc) -> list[tuple[Span, Entry]]:
        """Gives the terms of a document with their meanings, in reading order."""
        found = dict(self._matches(doc))
        return [(span, found[span]) for span in filter_spans(found)]

    def _matches(self, doc: Doc) -> Iterator[tuple[Span, Entry]]:
        text = doc.text
        parts, tokens = _parts(doc)
        meant = self._meant(doc, parts, tokens)
        spelled = [meant.get(rank, part) for rank, part in enumerate(parts)]
        for start, end in self._named(_folded(spelled)):
            span = doc[tokens[start] : tokens[end - 1] + 1]
            # Neither the "PD" of the one token "PD-1" is a match, nor the "pre-" of "pre- and post-dose".
            whole = all(tokens[edge - 1 : edge] != tokens[edge : edge + 1] for edge in (start, end))
            hangs = doc[span.start].text[0] == "-" or doc[span.end - 1].text[-1] == "-"
            if whole and not hangs and not is_turned(text, span.start_char):
                misspelt = not meant.keys().isdisjoint(range(start, end))
                entry = self._tables.term(" ".join(spelled[start:end]) if misspelt else span.text)
                if entry and not (misspelt and is_name(entry)):
                    yield span, entry

    def _named(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Gives start and end of all names among folded words, those within others too."""
        for start, first in enumerate(words):
            for end in (start + length for length in self._lengths.get(first, ())):
                if end <= len(words) and tuple(words[start:end]) in self._names:
                    yield start, end

    def _meant(self, doc: Doc, parts: Sequence[str], tokens: Sequence[int]) -> dict[int, str]:
        """Gives the right words for those that are misspelt, by their rank; names are left alone."""
        if self._spelling is None:
            return {}
        found: dict[int, str] = {}
        for rank, (part, token) in enumerate(zip(parts, tokens, strict=True)):
            right = self._spelling.meant(part)
            if right and (part.islower() or (part.istitle() and _opens(doc, token))):
                found[rank] = right
        return found


class ClinicalAbbreviations:
    """Finds abbreviations: those defined in the text (``doc.user_data[DEFINED]``), then those of the table.

    The senses are chosen by the cue words in ``doc.user_data[CONTEXTS]``, nearest text first.
    """

    def __init__(self, tables: Lexicon) -> None:
        self._tables = tables

    def __call__(self, doc: Doc) -> Doc:
        """Adds the abbreviations of a document."""
        defined: Mapping[str, Entry] = doc.user_data.get(DEFINED, {})
        contexts: tuple[frozenset[str], ...] = doc.user_data.get(CONTEXTS, ())
        known = self._tables.abbreviations
        found: list[tuple[Span, Entry]] = []
        text = doc.text
        bounds = [(token.idx, token.idx + len(token)) for token in doc]
        start = 0
        while start < len(bounds):
            turned = is_turned(text, bounds[start][0])
            for end in range(min(start + _MAX_TOKENS, len(bounds)), start, -1):
                short = text[bounds[start][0] : bounds[end - 1][1]].removesuffix("'s")
                singular = short.removesuffix("s")
                entry = defined.get(short) or defined.get(singular)
                in_table = short in known or singular in known
                if _GOES_ON.match(text, bounds[end - 1][1]):
                    entry, in_table = None, False
                elif entry is None and in_table and not _is_numeral(doc, start, end):
                    stressed = self._is_stressed(doc, start, end)
                    entry = self._tables.abbreviation(short, *contexts, stressed=stressed)
                elif entry is None and turned and end == start + 1 and is_short(short, self._tables):
                    entry = self._tables.term(short)
                if entry:
                    found.append((doc[start:end], _behind_prefix(entry) if turned else entry))
                    start = end - 1
                    break
            start += 1
        _keep(doc, found)
        return doc

    def _is_stressed(self, doc: Doc, start: int, end: int) -> bool:
        """Tells whether capitals are for stress: the next word says so, or all words beside are capitals."""
        after = doc[end].lower_ if end < len(doc) else ""
        if after in _NAMING.get(doc[start:end].text, ()):
            return False
        if after in _AFTER_STRESS:
            return True
        beside = [*doc[max(start - 2, 0) : start], *doc[end : end + 2]]
        words = [token for token in beside if token.is_alpha and len(token) > 1]
        # "FVC, PET/CT" are abbreviations in a row, and nobody shouts.
        shouts = [
            token for token in words if is_also_word(token.text) or not is_short(token.text, self._tables)
        ]
        return len(words) > 1 and len(shouts) > 0 and all(token.is_upper for token in words)


@Language.component("glossary_terms")
def _glossary_terms(doc: Doc) -> Doc:
    """Puts a user's terms in the place of whatever was found where they stand."""
    own: ClinicalTerms | None = doc.user_data.get(GLOSSARY)
    # "ALL" in a glossary is the abbreviation, and no "all".
    found = [one for one in own.found(doc) if _same_case(*one)] if own else []
    if found:
        taken = {token for span, _ in found for token in range(span.start, span.end)}
        others = [span for span in doc.spans[FOUND] if taken.isdisjoint(range(span.start, span.end))]
        doc.spans[FOUND] = others
        meanings = doc.user_data[MEANINGS]
        meanings.update({(span.start, span.end): entry for span, entry in found})
        _keep(doc, found)
    return doc


def _same_case(span: Span, entry: Entry) -> bool:
    return not entry.term.isupper() or span.text.rstrip("s").isupper()


@Language.factory("clinical_terms", default_config={"folder": str(DATA)})
def _clinical_terms(nlp: Language, name: str, folder: str) -> ClinicalTerms:
    tables = _tables(folder)
    return ClinicalTerms(nlp, tables, Spelling(tables))


@Language.factory("clinical_abbreviations", default_config={"folder": str(DATA)})
def _clinical_abbreviations(nlp: Language, name: str, folder: str) -> ClinicalAbbreviations:
    return ClinicalAbbreviations(_tables(folder))


def _tables(folder: str) -> Lexicon:
    return lexicon() if folder == str(DATA) else Lexicon.load(Path(folder))


def _opens(doc: Doc, token: int) -> bool:
    """Tells whether a token opens a sentence, so that its capital tells nothing."""
    return token == 0 or doc[token - 1].text.endswith(_OPENING)


def _cut(name: str, nlp: Language) -> list[str]:
    """Cuts a name as ``_parts`` does; one of mere letters without a Doc, which is slow to take a new word."""
    return re.split("[ -]", name) if _LETTERS.fullmatch(name) else _parts(nlp.make_doc(name))[0]


def _parts(doc: Doc) -> tuple[list[str], list[int]]:
    """Cuts the tokens of a document at their hyphens, which are left out; tells the token of each part."""
    parts: list[str] = []
    tokens: list[int] = []
    for token in doc:
        if token.text == "-" and token.i and not doc[token.i - 1].whitespace_:
            continue
        here = [part for part in token.text.split("-") if part] or [token.text]
        parts += here
        tokens += [token.i] * len(here)
    return parts, tokens


def _folded(parts: Iterable[str]) -> list[str]:
    return [fold(part) or part for part in parts]  # an apostrophe alone folds to nothing


def _behind_prefix(entry: Entry) -> Entry:
    """What an abbreviation is told as behind "non-" or "anti-": it stands, and its meaning explains it."""
    told = ", ".join(filter(None, (entry.plain, entry.explanation)))
    return entry.model_copy(update={"plain": None, "explanation": told or None})


def _is_numeral(doc: Doc, start: int, end: int) -> bool:
    """Tells whether a token is a Roman numeral: "stage IV", "class III or IV", "DSM-IV"."""
    if end - start > 1 or start == 0 or not _NUMERAL.fullmatch(doc[start].text):
        return False
    if doc[start - 1].text in {"-", "–"} and not doc[start - 1].whitespace_:
        return True
    before = start - 1
    while before > max(start - _FARTHEST, 0) and _continues(doc[before].text):
        before -= 1
    scale = doc[before].lower_
    return scale in _SCALES or scale.removesuffix("s") in _SCALES or scale.removesuffix("es") in _SCALES


def _continues(word: str) -> bool:
    return word in _LINKS or bool(_NUMERAL.fullmatch(word))


def _keep(doc: Doc, found: Iterable[tuple[Span, Entry]]) -> None:
    """Adds findings to those of the components before; the longest of overlapping spans wins."""
    meanings: dict[tuple[int, int], Entry] = doc.user_data.setdefault(MEANINGS, {})
    earlier = list(doc.spans[FOUND]) if FOUND in doc.spans else []
    for span, entry in found:
        meanings.setdefault((span.start, span.end), entry)
        earlier.append(Span(doc, span.start, span.end, label=entry.kind))
    doc.spans[FOUND] = filter_spans(earlier)
