"""Words of the tables with one letter wrong: "hypertenson", "pregancy", "diabetis mellitus".

An index holds every long word of the terms under itself and under itself less one letter (the symmetric
deletions of Garbe 2012, "SymSpell"), so that a word costs as many look-ups as it has letters. What is found
counts only where nothing speaks for another word: better unread than one disease taken for another.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache, cached_property

from translator.lexis.lexicon import Entry, Lexicon, fold, lexicon
from translator.tables import rows

LEAST = 8
"""Letters of the shortest word that is looked at; shorter ones are too near to each other."""
LONGEST = 40
"""Letters of the longest; a word costs the square of its length."""
# By how much, in powers of ten, a wrong spelling is rarer in English than the right one. wordfreq gives 0 to
# words that it has never seen.
_RARER = 2.5
# The shortest beginning and rest of a compound, in letters, and how many words must have the beginning.
_HEAD, _REST, _USUAL = 3, 4, 4
# Names of these kinds: the tables do not have all, and another one may be a letter away.
_NAMED = frozenset({"biomarker", "drug", "organism"})


class Spelling:
    """Which word of the tables a misspelt word stands for.

    Args:
        tables: Whose terms are looked at. All other words of the package count as right.
    """

    def __init__(self, tables: Lexicon) -> None:
        self._tables = tables

    def meant(self, word: str) -> str | None:
        """Gives the word of the tables that a misspelt word stands for, in lower case.

        None where the word is short, or right, or could be right, or has several words at a distance of one
        (Damerau-Levenshtein: a letter too many, missing or wrong, or two exchanged).
        """
        if not LEAST <= len(word) <= LONGEST or not word.isalpha() or fold(word) in self._known:
            return None
        written = word.lower()
        near = self._near(written) or self._near(written.removesuffix("s"))
        if len({fold(one) for one in near}) != 1:
            return None
        right = min(near)
        return None if _is_word(written, right) else right

    def _near(self, written: str) -> set[str]:
        found = {word for key in _shortened(written) for word in self._index.get(key, ())}
        return {word for word in found if _is_slip(written, word)}

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(fold(word) for word in _words_of_terms(self._tables))

    @cached_property
    def _index(self) -> dict[str, list[str]]:
        index: dict[str, list[str]] = {}
        for word in sorted(set(_words_of_terms(self._tables))):
            if len(word) >= LEAST - 1 and word.isalpha():
                for key in _shortened(word):
                    index.setdefault(key, []).append(word)
        return index


def is_name(entry: Entry) -> bool:
    """Tells whether a term is the name of a substance or germ, which is not guessed from another spelling."""
    return entry.kind in _NAMED and entry.plain is None


def _words_of_terms(tables: Lexicon) -> Iterator[str]:
    for entry in tables.entries:
        for name in (entry.term, *entry.variants):
            yield from name.lower().replace("-", " ").split()


def _shortened(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _is_slip(written: str, right: str) -> bool:
    """Tells whether two words are one slip apart, neither at the first letter nor at the last but an e.

    A first letter is rarely wrong, and often turns the meaning ("amegakaryocytic"); another ending is
    another form of the word ("bradycardic", "bradycardia").
    """
    start = 0
    while start < min(len(written), len(right)) and written[start] == right[start]:
        start += 1
    one, other = written[start:], right[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    if start == 0 or (written[-1] != right[-1] and {one, other} != {"", "e"}):
        return False
    swapped = len(one) == 2 and one == other[::-1]
    return swapped or max(len(one), len(other)) == 1


def _is_word(written: str, right: str) -> bool:
    """Tells whether what is written may be a word of its own, and no slip."""
    from wordfreq import zipf_frequency  # noqa: PLC0415  (a third of a second, paid when a slip may be found)

    if (folded := fold(written)) in _vocabulary() or _is_compound(folded):
        return True
    if any(right in _exchanged(written, one, other) for one, other in _lookalikes()):
        return True
    seen = zipf_frequency(written, "en")
    return seen > 0 and zipf_frequency(right, "en") - seen < _RARER


def _is_compound(folded: str) -> bool:
    """Tells whether a word is made of a usual beginning and a known word: "postdural", "hemithorax"."""
    return any(head in _beginnings() and rest in _vocabulary() for head, rest in _cuts(folded))


def _cuts(word: str) -> Iterator[tuple[str, str]]:
    for place in range(_HEAD, len(word) - _REST + 1):
        yield word[:place], word[place:]


@cache
def _beginnings() -> frozenset[str]:
    """What several words of the tables have before a word that stands alone as well: "post", "anti"."""
    known = _vocabulary()
    heads = Counter(head for word in known for head, rest in _cuts(word) if rest in known)
    return frozenset(head for head, count in heads.items() if count >= _USUAL)


def _exchanged(word: str, one: str, other: str) -> Iterator[str]:
    for place in range(len(word)):
        if word.startswith(one, place):
            yield word[:place] + other + word[place + len(one) :]


@cache
def _lookalikes() -> tuple[tuple[str, str], ...]:
    """Parts of words that are a letter apart and both right: "thoracostomy" is no slip for "thoracotomy"."""
    pairs = [(row["one"], row["other"]) for row in rows("lookalikes.tsv", ("one", "other"))]
    return (*pairs, *((other, one) for one, other in pairs))


@cache
def _vocabulary() -> frozenset[str]:
    """The folded words of the shipped tables, those of their plain words and explanations too."""
    shipped = lexicon()
    senses = (sense.entry for several in shipped.abbreviations.values() for sense in several)
    said = (
        text
        for entry in (*shipped.entries, *senses)
        for text in (entry.term, *entry.variants, entry.plain or "", entry.explanation or "")
    )
    known = (row["word"] for row in rows("known_words.tsv"))
    return frozenset(fold(word) for text in (*said, *known) for word in text.replace("-", " ").split())
