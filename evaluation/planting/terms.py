"""Clinical terms in a text, and those most like a term or far from it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from evaluation.benchmark import OWN
from translator.lexis.lexicon import Entry, cue_words, fold_phrase, lexicon
from translator.tables import rows

_KINDS = frozenset({
    "condition", "drug", "procedure", "test", "measurement", "score", "biomarker", "anatomy", "organism",
    "device",
})  # fmt: skip
_TOKEN = re.compile(r"[^\W_][\w'’+/-]*")
_MOST_WORDS = 5
_NEAREST = 6
_OF_HEAD = re.compile(r"\s(?:of|in|that|for|from|with|by|to|after|on|not|when|which|who|caused|at)\s.*")
# A class of drugs may have two names; single drugs of one class are different drugs.
_CLASS = re.compile(
    r"(?:inhibitor|blocker|agonist|antagonist|therapy|agent|drug|treatment|medication|steroid|coid|ants?|tics?"
    r"|ics?|vaccine|product)\b"
)
_TREATMENT = re.compile(r"(?:therapy|treatment|agent|drug)$")
_GENERIC = frozenset({
    "disease", "disorder", "condition", "syndrome", "illness", "problem", "the", "of", "in", "a",
})  # fmt: skip
_STEM = 5


class Name(NamedTuple):
    """A term in a text, by its clinical name or by its everyday words."""

    start: int
    end: int
    entry: Entry
    everyday: bool


def names(text: str) -> Iterator[Name]:
    """Finds the terms of the lexicon, the longest at each place."""
    tokens = list(_TOKEN.finditer(text))
    place = 0
    while place < len(tokens):
        for count in range(min(_MOST_WORDS, len(tokens) - place), 0, -1):
            start, end = tokens[place].start(), tokens[place + count - 1].end()
            words = text[start:end]
            if not all(sign.isalnum() or sign in " -'’/+" for sign in words):
                continue
            entry, everyday = lexicon().term(words), False
            if entry is None and count > 1:
                entry, everyday = _by_everyday_words().get(fold_phrase(words)), True
            if entry is None and count == 1 and words.isupper() and len(words) > 2:
                entry, everyday = lexicon().abbreviation(words), False
            if entry and entry.kind in _KINDS:
                yield Name(start, end, entry, everyday)
                place += count - 1
                break
        place += 1


def near(entry: Entry) -> Sequence[Entry]:
    """Gives the terms of its kind that are most like a term, by the words of names and explanations."""
    return _near(entry.row)


def counted(words: str) -> bool:
    """Tells whether a name takes an article in the singular."""
    head = _OF_HEAD.sub("", words).rpartition(" ")[2]
    return head in _counted_heads()


@cache
def _counted_heads() -> frozenset[str]:
    return frozenset(row["head"] for row in rows("counted.tsv", ("head",), OWN))


@cache
def _by_everyday_words() -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in lexicon().entries:
        if entry.plain and entry.kind in _KINDS:
            found.setdefault(fold_phrase(entry.plain), entry)
    return found


@cache
def _by_row() -> dict[str, Entry]:
    senses = (sense.entry for several in lexicon().abbreviations.values() for sense in several)
    return {entry.row: entry for entry in (*senses, *lexicon().entries)}


def _meaning(entry: Entry) -> frozenset[str]:
    return cue_words(entry.term, entry.plain or "", entry.explanation or "")


@cache
def _by_word() -> dict[tuple[str, str], list[Entry]]:
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in lexicon().entries:
        if entry.kind in _KINDS:
            for word in sorted(_meaning(entry)):
                if len(word) > 2:
                    found.setdefault((entry.kind, word), []).append(entry)
    return found


@lru_cache(maxsize=8192)
def _near(row: str) -> tuple[Entry, ...]:
    entry = _by_row()[row]
    likeness: Counter[str] = Counter()
    for word in sorted(_meaning(entry)):
        alike = _by_word().get((entry.kind, word), ())
        for other in alike:
            likeness[other.row] += 1000 // len(alike)
    ranked = sorted(likeness, key=lambda other: (-likeness[other], other))
    fitting = (_by_row()[other] for other in ranked if other != row)
    return tuple(other for other in fitting if is_another(entry, other))[:_NEAREST]


def is_another(entry: Entry, other: Entry) -> bool:
    """Tells whether two terms mean different things, neither of them a sort of the other, and serve alike."""
    if entry.kind == "anatomy" and _is_adjective(entry) != _is_adjective(other):
        return False
    one, two = _stems(entry.term), _stems(other.term)
    if one <= two or two <= one:
        return False
    if entry.plain and other.plain:
        one, two = _stems(entry.plain), _stems(other.plain)
        if one <= two or two <= one:
            return False
    if entry.explanation and entry.explanation == other.explanation:
        single = entry.kind in {"drug", "biomarker", "organism"}
        return single and not _CLASS.search(entry.term) and not _CLASS.search(other.term)
    return True


def _is_adjective(entry: Entry) -> bool:
    return (entry.explanation or "").startswith("of ")


def _stems(words: str) -> frozenset[str]:
    """The words that tell a term from others, by their first letters: metastasis and metastatic are one."""
    return frozenset(word[:_STEM] for word in cue_words(words) if word not in _GENERIC)


@lru_cache(maxsize=8192)
def _apart_rows(row: str) -> tuple[Entry, ...]:
    entry = _by_row()[row]
    mine = _meaning(entry)
    alike = (other for other in lexicon().entries if other.kind == entry.kind)
    others = [other for other in alike if not (_meaning(other) & mine or _TREATMENT.search(other.term))]
    step = max(1, len(others) // _NEAREST)
    offset = sum(map(ord, row)) % step
    return tuple(others[offset::step][:_NEAREST])


def apart(entry: Entry) -> Sequence[Entry]:
    """Gives a few terms of its kind that share no word with a term, so that neither covers the other."""
    return _apart_rows(entry.row)
