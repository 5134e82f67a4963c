"""Which words of the plain register can stand for which words of the protocol's, and how surely.

Three tables are joined: ``data/everyday.tsv`` (written by hand: equal words, opposites, words that carry no
content), ``data/equivalents.tsv`` (learned from translated pairs by IBM Model 1 in both directions, Brown et
al. 1993; see ``evaluation.equivalents``), and the lexicon's plain words and explanations. ``data/loose.tsv``
tells how often a word goes without counterpart in faithful pairs.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from functools import cache
from typing import NamedTuple, Self

from translator.lexis.lexicon import Entry, Lexicon, lexicon
from translator.lexis.words import stem, words
from translator.tables import rows

# Words of the source; of the plain text outside parentheses; of the plain text inside them.
SIDES = ("omitted", "added", "explained")
_SAME = 0.5  # strength of an equivalence that a person wrote down


class Meaning(NamedTuple):
    """A term of the lexicon as stems: its own words, and the words that tell what it means."""

    term: frozenset[str]
    told: frozenset[str]


class Equivalents:
    """Word equivalences between the two registers, over stems.

    Attributes:
        loose: For each of the ``SIDES``, how often a stem has no counterpart in faithful pairs: 0 to 1; the
            empty stem tells of words that are not in the table.
        strengths: For a source stem, the plain stems that can stand for it, each with a strength of 0 to 2:
            the sum of the two translation probabilities.
        backward: The same, from the plain stem.
        free: Stems that carry no content of their own.
        opposites: For a stem, the stems that say the contrary.
        version: Of the tables; changes with any of them.
    """

    def __init__(
        self,
        learned: Iterable[tuple[str, str, float]],
        loose: Iterable[tuple[str, str, float]],
        everyday: Iterable[Mapping[str, str]],
        terms: Lexicon,
    ) -> None:
        digest = hashlib.sha256(terms.version.encode())
        self.loose: dict[str, dict[str, float]] = {side: {"": 1.0} for side in SIDES}
        read: list[str] = []
        for word, side, rate in loose:
            read.append(f"{word}\t{side}\t{rate}\n")
            self.loose[side][word] = rate
        self.strengths: dict[str, dict[str, float]] = {}
        for source, plain, strength in learned:
            read.append(f"{source}\t{plain}\t{strength}\n")
            self.strengths.setdefault(source, {})[plain] = strength
        digest.update("".join(read).encode())
        free: set[str] = set()
        self.opposites: dict[str, set[str]] = {}
        for row in everyday:
            digest.update(repr(sorted(row.items())).encode())
            source, plain = stem(row["source"]), stem(row["plain"])
            if row["relation"] == "free":
                free.add(source)
            elif row["relation"] == "opposite":
                self.opposites.setdefault(source, set()).add(plain)
                self.opposites.setdefault(plain, set()).add(source)
            else:
                same = self.strengths.setdefault(source, {})
                same[plain] = max(same.get(plain, 0.0), _SAME)
        self.free = frozenset(free)
        self.backward: dict[str, dict[str, float]] = {}
        for source, plains in self.strengths.items():
            for plain, strength in plains.items():
                self.backward.setdefault(plain, {})[source] = strength
        self.version = digest.hexdigest()[:12]
        self._uses: Counter[str] = Counter()
        self._terms: dict[str, list[tuple[frozenset[str], Entry]]] = {}
        self._told: dict[str, frozenset[str]] = {}
        self._remember(_named(terms))

    @classmethod
    def load(cls) -> Self:
        """Reads the shipped tables."""
        return cls.learned(
            ((r["source"], r["plain"], float(r["strength"])) for r in rows("equivalents.tsv")),
            ((r["word"], r["side"], float(r["rate"])) for r in rows("loose.tsv")),
        )

    @classmethod
    def learned(
        cls, strengths: Iterable[tuple[str, str, float]], loose: Iterable[tuple[str, str, float]]
    ) -> Self:
        """Joins learned rows with the tables written by hand.

        Args:
            strengths: Source stem, plain stem, strength.
            loose: Stem, side, rate.
        """
        return cls(strengths, loose, rows("everyday.tsv"), lexicon())

    def with_terms(self, entries: Iterable[Entry], version: str) -> Self:
        """Gives the same equivalences and a user's own terms besides."""
        other = copy(self)
        other._terms = {stem: [*terms] for stem, terms in self._terms.items()}
        other._remember((entry.term, entry) for entry in entries)
        other.version = hashlib.sha256(f"{self.version}+{version}".encode()).hexdigest()[:12]
        return other

    def _remember(self, named: Iterable[tuple[str, Entry]]) -> None:
        """Files each term under the rarest of its stems, so that few are looked at for a text."""
        stemmed = [(term, entry) for name, entry in named if (term := self._stems(name))]
        uses = self._uses + Counter(s for term, _ in stemmed for s in term)
        for term, entry in stemmed:
            self._terms.setdefault(min(term, key=lambda s: (uses[s], s)), []).append((term, entry))
        self._uses = uses

    def meanings(self, stems: frozenset[str]) -> list[Meaning]:
        """Gives the terms of the lexicon whose words all stand in a text."""
        found = [
            Meaning(term, self._telling(entry) - term)
            for s in stems
            for term, entry in self._terms.get(s, ())
            if term <= stems
        ]
        return [meaning for meaning in found if meaning.told]

    def _telling(self, entry: Entry) -> frozenset[str]:
        """The stems that tell what a term means; made when a text has the term, for most never come up."""
        text = f"{entry.term}. {entry.plain or ''}. {entry.explanation or ''}"
        if text not in self._told:
            self._told[text] = self._stems(text)
        return self._told[text]

    def _stems(self, text: str) -> frozenset[str]:
        return frozenset(word.stem for word in words(text)) - self.free


def _named(terms: Lexicon) -> Iterator[tuple[str, Entry]]:
    for entry in terms.entries:
        for name in (entry.term, *entry.variants):
            yield name, entry
    for abbreviation, senses in terms.abbreviations.items():
        for sense in senses:
            yield abbreviation, sense.entry


@cache
def equivalents() -> Equivalents:
    """The shipped tables, read once."""
    return Equivalents.load()
