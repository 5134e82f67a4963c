"""How hard a plain text is: its grade, its length, and the jargon that it leaves unexplained."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from translator.lexis.known import is_known
from translator.lexis.lexicon import Entry, fold, lexicon
from translator.records import Readability, Term
from translator.syllables import syllables

_WORD = re.compile(r"[^\W_]+(?:[-'/.+][^\W_]+)*\+?")
_LETTERS = re.compile(r"[^\W\d_]+")
_SENTENCE_END = re.compile(r"[.!?:;](?=\s|$)")
_SHORT = re.compile(r"(?=(?:[^A-Z]*[A-Z]){2})[A-Za-z][A-Za-z0-9]*(?:[-/][A-Za-z0-9]+)*")
_BROKEN = re.compile(r"[^\w\s'/.+-]|\.\s")  # no term goes across a sign
# Of the term, or of it and the next: "AST or ALT (".
_EXPLANATION = re.compile(r"(?: (?:or|and) [\w-]{1,20})?\s?\(")
_LONGEST_TERM = 6  # words
_LONGEST_PHRASE = 100  # characters
_NAMES = frozenset({"drug", "biomarker", "organism", "score"})
_UNITS = frozenset({
    "mg", "g", "kg", "mcg", "ng", "pg", "mL", "ml", "dL", "L", "mm", "cm", "m", "mmHg", "ms", "msec", "IU",
    "U", "mmol",
})  # fmt: skip


class _Word(NamedTuple):
    """A word: where and in which sentence it stands, whether it is the first there or in parentheses."""

    text: str
    start: int
    end: int
    sentence: int
    first: bool
    aside: bool


def readability(plain: str, terms: Sequence[Term] = ()) -> Readability:
    """Measures a plain text; never raises, and gives grade 0 and no words for an empty one.

    The grade is that of Flesch and Kincaid, ``0.39 * words / sentences + 11.8 * syllables / words - 15.59``
    (Kincaid, Fishburne, Rogers and Chissom 1975, Derivation of New Readability Formulas for Navy Enlisted
    Personnel), not less than 0, to one decimal. Before it is taken, these are set aside, because the
    plain-language standard wants them there as they are: everything in parentheses; every word with a digit
    in it; units (a word that follows a number and has a slash, or is in ``mg``, ``mL`` and the like); words
    in capitals or with a capital inside; words with a capital that do not begin a sentence; the terms given
    that are names of drugs, genes, organisms or scores. A sentence ends at ``. ! ? : ;`` before white
    space; sentences of which nothing is left do not count.

    Args:
        plain: The plain text.
        terms: Terms of the criterion that it says.

    Returns:
        ``words`` counts all words, those set aside too. ``unexplained`` holds, in the order of the text and
        each once, the abbreviations in capitals and the terms of the lexicon that have everyday words or an
        explanation and stand there without: a term is explained where it stands in parentheses or right
        before them, where the everyday words of its entry stand in the text, or where it was explained
        before. Words that everybody knows (``data/known_words.tsv``) are no jargon.
    """
    words = list(_words(plain))
    names = {part for term in terms if term.kind in _NAMES for part in term.surface.lower().split()}
    return Readability(
        grade=_grade([word for word in words if not _is_set_aside(word, plain, names)]),
        words=len(words),
        unexplained=tuple(_unexplained(words, plain)),
    )


def _words(plain: str) -> Iterator[_Word]:
    ends = [match.start() for match in _SENTENCE_END.finditer(plain)]
    depth = sentence = position = 0
    first = True
    for match in _WORD.finditer(plain):
        between = plain[position : match.start()]
        depth = max(depth + between.count("(") - between.count(")"), 0)
        while sentence < len(ends) and ends[sentence] < match.start():
            sentence, first = sentence + 1, True
            depth = 0  # a parenthesis that is never closed must not swallow the rest
        yield _Word(match.group(), match.start(), match.end(), sentence, first, depth > 0)
        first, position = False, match.end()


def _is_set_aside(word: _Word, plain: str, names: set[str]) -> bool:
    text = word.text
    if word.aside or "/" in text or any(letter.isdigit() for letter in text) or text.lower() in names:
        return True
    if plain[word.start - 1 : word.start] == "/" or (text in _UNITS and _follows_number(word, plain)):
        return True
    return any(letter.isupper() for letter in text[0 if not word.first else 1 :]) and text != "I"


def _follows_number(word: _Word, plain: str) -> bool:
    return plain[max(word.start - 2, 0) : word.start].rstrip()[-1:].isdigit()


def _grade(words: Sequence[_Word]) -> float:
    if not words:
        return 0.0
    parts = [part for word in words for part in _LETTERS.findall(word.text.replace("'", ""))]
    sentences = len({word.sentence for word in words})
    count = sum(map(syllables, parts))
    return round(max(0.39 * len(parts) / sentences + 11.8 * count / len(parts) - 15.59, 0.0), 1)


def _unexplained(words: Sequence[_Word], plain: str) -> Iterator[str]:
    """Gives the jargon that stands without everyday words, in order and each once."""
    present = {fold(part) for word in words for part in _LETTERS.findall(word.text)}
    done: set[str] = set()
    for start, end, entry in _jargon(words, plain):
        surface = plain[words[start].start : words[end - 1].end]
        stop = words[end - 1].end
        explained = words[start].aside or _EXPLANATION.match(plain, stop) is not None
        if entry is not None and entry.plain:
            explained = explained or {fold(part) for part in _LETTERS.findall(entry.plain)} <= present
        if not explained and surface.lower() not in done:
            yield surface
        done.add(surface.lower())


def _jargon(words: Sequence[_Word], plain: str) -> Iterator[tuple[int, int, Entry | None]]:
    """Gives the longest terms and the abbreviations that not everybody knows: first word, end, and entry."""
    start = 0
    while start < len(words):
        for end in range(min(start + _LONGEST_TERM, len(words)), start, -1):
            phrase = plain[words[start].start : words[end - 1].end]
            if len(phrase) > _LONGEST_PHRASE or _BROKEN.search(phrase):
                continue
            entry = lexicon().term(phrase)
            known = is_known(phrase) or ("/" in phrase and _follows_number(words[start], plain))
            if known or (entry is not None and (entry.plain or entry.explanation)):
                break
            if end == start + 1 and _SHORT.fullmatch(phrase):
                entry = lexicon().abbreviation(phrase)
                break
        else:
            start += 1
            continue
        if not known:
            yield start, end, entry
        start = end
