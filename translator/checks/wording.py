"""Checks of words: none from nowhere, none lost, none turned round, each term told by its meaning."""

import re
from collections.abc import Iterator, Sequence

from translator.annotate import meaning_of
from translator.checks.denials import denying
from translator.checks.reading import ASIDE, Reading, finding, stems, tokens
from translator.clues.coverage import Gap, compare, contraries
from translator.lexis.equivalents import equivalents
from translator.lexis.words import words
from translator.records import Finding, Term

_KEPT = frozenset({"positive", "negative", "only"})  # no other word may stand for these
_STRAY = 0.25  # surprise from which a word of the draft comes from nowhere
_LOST = 0.3  # surprise from which a word of the source is lost by itself
_ALL_LOST = 0.45  # and from which several are together
_MOST_OF = 0.5  # share of a meaning's content words from which it is told
_BEFORE = 16  # words before a term in parentheses that may tell what it means
_NOT_AT_ONCE = 3  # words before a contrary among which a "not" mends it


def nothing_added(reading: Reading) -> Finding | None:
    """Each word of the draft has one in the source, or in its terms' meanings, that it can stand for."""
    allowed = [*reading.given, *words(reading.meanings)]
    added = compare(allowed, reading.above, reading.told, equivalents()).added
    # "x" is the sign of 1.5 × 10^9.
    if stray := _widest([gap for gap in added if gap.word.text != "x"], _STRAY):
        return finding("addition", f'Nothing in the source stands for "{stray.word.text}".')
    return None


def nothing_lost(reading: Reading) -> Finding | None:
    """Each word of the source has one in the draft that can stand for it.

    The meaning of a term in parentheses stands for that term alone: "neoadjuvant (given before the main
    treatment)" has lost the radiotherapy.
    """
    bare = words(ASIDE.sub(lambda aside: "" if _is_note(aside, reading) else aside[0], reading.plain))
    told = stems([reading.plain])
    surfaces = [(stems([term.surface]), term) for term in reading.normalised.terms]
    explained = frozenset().union(*(surface for surface, term in surfaces if _is_told(surface, term, told)))
    compared = compare(reading.given, reading.above, bare, equivalents())
    omitted = [gap for gap in compared.omitted if gap.word.text.isalnum() and gap.word.stem not in explained]
    together = sum(gap.surprise for gap in omitted) >= _ALL_LOST
    if lost := _widest(omitted, 0.0 if together else _LOST):
        return finding("omission", f'Nothing in the sentence stands for "{lost.word.text}".')
    return None


def key_words_kept(reading: Reading) -> Finding | None:
    """``positive``, ``negative`` and ``only`` stand in the draft where they stand in the source."""
    if dropped := (_KEPT & set(tokens(reading.source))) - set(tokens(reading.plain)):
        return finding("omission", f'Nothing in the sentence stands for "{min(dropped)}".')
    return None


def terms_told(reading: Reading) -> Finding | None:
    """Each term stands there, or most of its meaning does; in parentheses it follows its own meaning."""
    if mistold := next(_mistold(reading), None):
        return finding("entity", f'What stands before "({mistold})" does not tell what it means.')
    if missing := next(_missing(reading), None):
        return finding("entity", f'Nothing in the sentence stands for the term "{missing}".')
    return None


def no_contrary(reading: Reading) -> Finding | None:
    """No word says the contrary of one in the source, unless a "not" stands before it."""
    said = [*reading.given, *words(reading.meanings), *reading.above]
    for against, word in contraries(said, reading.told, equivalents()):
        nearby = list(tokens(reading.plain[: word.start]))[-_NOT_AT_ONCE:]
        if against.text not in denying() and not denying() & set(nearby):
            return finding("polarity", f'The source says "{against.text}"; the sentence says "{word.text}".')
    return None


def _is_note(aside: re.Match[str], reading: Reading) -> bool:
    """Tells whether parentheses hold the meaning of a term, and no words of the source."""
    inside = stems([aside[1]])
    if inside <= stems([reading.source, reading.context]):
        return False
    return any(inside <= stems([meaning_of(term) or ""]) for term in reading.normalised.terms)


def _is_told(surface: frozenset[str], term: Term, told: frozenset[str]) -> bool:
    """Tells whether all that a term means is told, in whatever words."""
    return surface <= told or any(stems([m]) <= told for m in (term.plain, term.explanation) if m)


def _widest(gaps: Sequence[Gap], least: float) -> Gap | None:
    return next((gap for gap in gaps if gap.surprise > 0 and gap.surprise >= least), None)


def _mistold(reading: Reading) -> Iterator[str]:
    """Gives the terms in parentheses behind other words than the tables have for them."""
    meanings = {term.surface.lower(): meaning_of(term) or "" for term in reading.normalised.terms}
    for aside in ASIDE.finditer(reading.plain):
        meaning = stems([meanings.get(aside[1].lower(), "")])
        before = stems([" ".join(reading.plain[: aside.start()].split()[-_BEFORE:])])
        if len(meaning & before) < _MOST_OF * len(meaning):
            yield aside[1]


def _missing(reading: Reading) -> Iterator[str]:
    """Gives the terms of which neither the words nor most of the meaning stand in a draft."""
    told = stems([reading.plain])
    for term in reading.normalised.terms:
        if term.kind == "other":
            continue
        surface, meanings = stems([term.surface]), [stems([m]) for m in (term.plain, term.explanation) if m]
        if not surface <= told and not any(len(m & told) >= _MOST_OF * len(m) for m in meanings):
            yield term.surface
