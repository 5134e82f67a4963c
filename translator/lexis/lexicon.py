"""The tables of clinical words: what a term or an abbreviation means in everyday words.

``data/lexicon.tsv`` holds terms, ``data/abbreviations.tsv`` abbreviations with their senses; a column
``source`` tells where each row comes from. Words are looked up by their folded form (see ``fold``), so that
plural, possessive and UK spellings need no rows of their own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import get_args

from translator.records import Record, TermKind
from translator.tables import DATA, FIRST_ROW, TableError, digest, rows, variants

# Names of these kinds stay as they are; abbreviations of all others are spelled out.
KEPT_KINDS: frozenset[TermKind] = frozenset({"drug", "test", "score", "biomarker", "organism", "device"})
_KINDS = frozenset(get_args(TermKind))
_TERMS, _ABBREVIATIONS = "lexicon.tsv", "abbreviations.tsv"
_TERM_COLUMNS = ("term", "variants", "plain", "explanation", "kind", "source")
_ABBREVIATION_COLUMNS = ("abbreviation", "expansion", "plain", "explanation", "kind", "cues", "source")

# Abbreviations that are also words which a registry text stresses by capitals.
_STRESSED = frozenset({
    "ALL", "AM", "AN", "AND", "ANY", "ARE", "AS", "AT", "BE", "BOTH", "BY", "CAN", "DO", "FOR", "HAD",
    "HAS", "HE", "HER", "HIM", "HIS", "IF", "IN", "IS", "IT", "LAST", "LOW", "MAY", "ME", "MEN", "MUST",
    "NO", "NOT", "OF", "OLD", "ON", "ONE", "OR", "OUR", "OUT", "PER", "SAME", "SHE", "SO", "TEN", "THE",
    "TO", "TWO", "UP", "WAS", "WE",
})  # fmt: skip
# Abbreviations that are also words of a text that shouts as a whole.
_SHOUTED = _STRESSED | {
    "ACT", "AGE", "AID", "AIDS", "AIM", "ARM", "ART", "BED", "BID", "CAP", "CARE", "CAT", "END", "FIT",
    "GAS", "GO", "HELP", "HIT", "LAB", "MAN", "MAP", "PAIN", "PET", "PIN", "RAN", "RASH", "SAD", "SET",
    "US", "USE", "WHO", "YES",
}  # fmt: skip
_SPELLINGS = (
    ("ae", "e"), ("oe", "e"), ("our", "or"), ("isation", "ization"), ("litre", "liter"), ("ph", "f"),
)  # fmt: skip
_KEEP_S = ("ss", "us")
_SIBILANT = ("se", "si", "xe", "xi", "che", "she", "ze", "sse")
_WORD = re.compile(r"[^\W_]+")
# What turns the meaning of the word behind it, or takes it elsewhere.
_TURNING = re.compile(r"\b(?:non[-– ]|(?:anti|extra|neo|pseudo|un)[-–])$", re.IGNORECASE)


class Entry(Record):
    """What a term means.

    Attributes:
        term: The term in full, lower case unless it is a name.
        variants: Other spellings of it.
        plain: Everyday words that can stand in its place; None where the term itself stays.
        explanation: A few words for parentheses; None where ``plain`` says it all.
        source: Where the fact comes from.
        row: Table and key, for the trail of a translation.
    """

    term: str
    variants: tuple[str, ...] = ()
    plain: str | None
    explanation: str | None
    kind: TermKind
    source: str
    row: str


class Sense(Record):
    """One meaning of an abbreviation, and the words near by that choose it; no cues mark the default."""

    abbreviation: str
    cues: frozenset[str]
    entry: Entry


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Folds one word: lower case, singular, no possessive, US spelling.

    The result is a key, not a word: both sides of a comparison are folded ("metastases" and "metastasis"
    meet as "metastas").
    """
    folded = word.lower()
    folded = folded.removesuffix("'s").removesuffix("s'")
    if len(folded) <= 3 or not folded.isalpha():
        return folded
    for spelling, common in _SPELLINGS:
        folded = folded.replace(spelling, common)
    if folded.endswith("ies") and len(folded) > 4:
        return folded[:-3] + "y"
    if folded.endswith("s") and not folded.endswith(_KEEP_S):
        folded = folded[:-1]
    return folded[:-1] if folded.endswith(_SIBILANT) and len(folded) > 3 else folded


def fold_phrase(phrase: str) -> str:
    """Folds every word of a phrase; hyphens and spaces count the same."""
    return " ".join(fold(word) for word in phrase.replace("-", " ").split())


def cue_words(*texts: str) -> frozenset[str]:
    """Gives the words of some texts in the form in which cues are compared."""
    return frozenset(fold(word) for text in texts for word in _WORD.findall(text))


def spoken(text: str) -> str:
    """Folds the words of a text and leaves out its signs (see ``is_said``)."""
    return " ".join(fold(word) for word in _WORD.findall(text))


def is_said(phrase: str, said: str) -> bool:
    """Tells whether the words of a phrase stand in a ``spoken`` text, whole and in a row."""
    return f" {spoken(phrase)} " in f" {said} "


def is_also_word(short: str) -> bool:
    """Tells whether an abbreviation is also a word of a text in capitals: "ALL", "PET", "WHO"."""
    return short in _SHOUTED


def is_turned(text: str, start: int) -> bool:
    """Tells whether a prefix stands before a word, which is not what the word alone means: "non-hepatic"."""
    return bool(_TURNING.search(text, max(0, start - 8), start))


class Lexicon:
    """Terms and abbreviations, read once and never changed.

    Attributes:
        entries: All terms, in the order of their table.
        version: First 12 hexadecimal digits of the SHA-256 of the tables' bytes.
    """

    def __init__(self, entries: Iterable[Entry], senses: Iterable[Sense], version: str) -> None:
        self.entries = tuple(entries)
        self.version = version
        self._names: dict[str, Entry] = {}
        self._folded: dict[str, Entry] = {}
        for entry in self.entries:
            for name in (entry.term, *entry.variants):
                self._names[name.casefold()] = entry
                self._folded.setdefault(fold_phrase(name), entry)
        self._senses: dict[str, tuple[Sense, ...]] = {}
        for sense in senses:
            self._senses[sense.abbreviation] = (*self._senses.get(sense.abbreviation, ()), sense)

    @classmethod
    def load(cls, folder: Path = DATA) -> "Lexicon":
        """Reads the tables of a folder.

        Raises:
            TableError: A table is missing, is no UTF-8, or has a bad header or row.
        """
        entries, senses = list(_entries(folder)), list(_senses(folder))
        return cls(entries, senses, digest(folder / _TERMS, folder / _ABBREVIATIONS))

    @property
    def abbreviations(self) -> Mapping[str, tuple[Sense, ...]]:
        """All abbreviations with their senses, as spelled in the table."""
        return self._senses

    def term(self, words: str) -> Entry | None:
        """Looks up a term or a variant, whatever its case, number and spelling (US or UK).

        A row with just these words goes before one that differs in number or spelling.
        """
        return self._names.get(words.casefold()) or self._folded.get(fold_phrase(words))

    def abbreviation(self, short: str, *contexts: frozenset[str], stressed: bool = False) -> Entry | None:
        """Looks up an abbreviation; its case counts, a plural ``s`` at its end does not.

        Cues, and the longer words of an expansion, choose among the senses: the nearest context that holds
        any decides, for the sense with most of them. The farthest context, the rest of the trial, takes two
        of them to go against the default sense.

        Args:
            short: The abbreviation as it stands in the text.
            contexts: ``cue_words`` of the texts around it, nearest first.
            stressed: Whether the words beside it tell that capitals are for stress only.

        Returns:
            The sense that the cues choose; otherwise the default sense, if the table has one. An
            abbreviation that is also a word which texts stress (ALL, IN) has no default: it takes a cue.
        """
        senses = self._senses.get(short) or self._senses.get(short.removesuffix("s")) or ()
        if stressed and is_also_word(short):
            return None
        default = next((sense for sense in senses if not sense.cues), None)
        for rank, words in enumerate(contexts, start=1):
            hits = [len(words & (sense.cues | _long_words(sense.entry.term))) for sense in senses]
            needed = 2 if default and 1 < rank == len(contexts) else 1
            if max(hits, default=0) >= needed:
                return senses[hits.index(max(hits))].entry
        if short in _STRESSED:
            near = frozenset().union(*contexts)
            return next((sense.entry for sense in senses if near & _long_words(sense.entry.term)), None)
        return default.entry if default else None


@lru_cache(maxsize=4096)
def _long_words(phrase: str) -> frozenset[str]:
    return frozenset(word for word in cue_words(phrase) if len(word) >= 5)


@cache
def lexicon() -> Lexicon:
    """Gives the tables that ship with the package."""
    return Lexicon.load()


def _rows(folder: Path, name: str, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Reads a table; yields where each row stands (for messages) and its cells."""
    path = folder / name
    for number, row in enumerate(rows(name, columns, folder), FIRST_ROW):
        where = f"{path}, line {number}"
        if any(cell != cell.strip() for cell in row.values()):
            raise TableError(f"{where}: white space around a cell")
        if row["kind"] not in _KINDS:
            raise TableError(f"{where}: unknown kind {row['kind']!r}")
        if not row["source"]:
            raise TableError(f"{where}: the source is missing")
        yield where, row


def _entries(folder: Path) -> Iterator[Entry]:
    seen: dict[str, str] = {}
    for where, row in _rows(folder, _TERMS, _TERM_COLUMNS):
        spellings = tuple(variants(row["variants"]))
        if not row["term"]:
            raise TableError(f"{where}: the term is missing")
        for name in (row["term"], *spellings):
            if name.casefold() in seen:
                raise TableError(f"{where}: {name!r} stands in {seen[name.casefold()]} already")
            seen[name.casefold()] = where.rpartition(", ")[2]
        yield Entry(
            term=row["term"],
            variants=spellings,
            plain=row["plain"] or None,
            explanation=row["explanation"] or None,
            kind=row["kind"],
            source=row["source"],
            row=f"{_TERMS}: {row['term']}",
        )


def _senses(folder: Path) -> Iterator[Sense]:
    seen: set[tuple[str, str]] = set()
    for where, row in _rows(folder, _ABBREVIATIONS, _ABBREVIATION_COLUMNS):
        short, expansion = row["abbreviation"], row["expansion"]
        if not short or not expansion:
            raise TableError(f"{where}: the abbreviation or its expansion is missing")
        if (short, row["cues"]) in seen:
            raise TableError(f"{where}: {short} with the same cues stands above already")
        seen.add((short, row["cues"]))
        # "g-csf" is no cue for CSF: a text that holds the abbreviation would choose the sense by itself.
        cues = [cue for cue in variants(row["cues"]) if cue_words(cue).isdisjoint(cue_words(short))]
        if row["cues"] and not cues:
            raise TableError(f"{where}: {short} has no cue but itself")
        entry = Entry(
            term=expansion,
            plain=row["plain"] or (None if row["kind"] in KEPT_KINDS else expansion),
            explanation=row["explanation"] or None,
            kind=row["kind"],
            source=row["source"],
            row=f"{_ABBREVIATIONS}: {short}",
        )
        yield Sense(abbreviation=short, cues=cue_words(*cues), entry=entry)
