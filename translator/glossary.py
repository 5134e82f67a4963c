"""A user's own words for terms: for one run they go before those of our tables.

A file has the columns ``term``, ``plain`` and ``explanation``, separated by commas (quoted by RFC 4180) or
tabs. It is taken whole or refused whole, with the line at fault.
"""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from io import StringIO
from pathlib import Path
from typing import Self

from translator.errors import InputError
from translator.lexis.lexicon import Entry, fold_phrase, lexicon
from translator.records import Record
from translator.registry import has_words

COLUMNS = ("term", "plain", "explanation")
MOST_ROWS = 5_000
LONGEST_CELL = 200  # characters
_MOST_BYTES = 4 * MOST_ROWS * LONGEST_CELL
_FORMULA = re.compile(r"\s*[=+@|-]")  # what a spreadsheet would run (OWASP, CSV Injection)
_SIGNS = re.compile(r"[\[\](){}<>\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # marks of ours, or none


class GlossaryError(InputError):
    """A row that cannot be used.

    Attributes:
        number: Of the row, counted from the first number that was given.
    """

    def __init__(self, where: str, number: int, what: str, remedy: str) -> None:
        super().__init__(f"{where}, line {number}", what, remedy)
        self.number = number


class GlossaryRow(Record):
    """One term of a glossary.

    Attributes:
        term: As registries write it; an abbreviation in capitals is met in capitals only.
        plain: Everyday words that can stand in its place, or None.
        explanation: A few words for parentheses, or None; one of both is needed.
    """

    term: str
    plain: str | None = None
    explanation: str | None = None


class Glossary:
    """Terms with a user's own words, checked.

    Attributes:
        entries: One for each row, in order.
        version: First 12 hexadecimal digits of the SHA-256 of the rows; answers depend on it.
    """

    def __init__(self, rows: Iterable[GlossaryRow], where: str = "glossary", first: int = 1) -> None:
        """Checks the rows.

        Args:
            rows: In any order.
            where: Where they come from, for messages.
            first: The number of the first row in messages.

        Raises:
            GlossaryError: A row cannot be used.
        """
        digest = hashlib.sha256()
        told: dict[str, tuple[int, GlossaryRow]] = {}
        for number, row in enumerate(rows, first):
            if number - first >= MOST_ROWS:
                what = f"is one row more than {MOST_ROWS:,}"
                raise GlossaryError(where, number, what, "Give fewer terms")
            if fault := _fault(row):
                raise GlossaryError(where, number, fault, "Mend the row, or take it out")
            other, _ = told.setdefault(fold_phrase(row.term), (number, row))
            if other != number:
                raise GlossaryError(where, number, f"has the term of line {other} again", "Keep one of both")
            digest.update(row.model_dump_json().encode())
        if circular := _circular(told):
            what = "is explained by itself, through other rows"
            raise GlossaryError(where, circular, what, "Use other words")
        self.entries = tuple(_entry(row) for _, row in told.values())
        self.version = digest.hexdigest()[:12]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a file.

        Raises:
            InputError: It cannot be read, or is refused; the line is named.
        """
        try:
            with path.open("rb") as stream:
                raw = stream.read(_MOST_BYTES + 1)
            text = raw.decode("utf-8-sig")
        except OSError as error:
            raise InputError(str(path), f"cannot be read: {error.strerror}", "Name a file") from None
        except UnicodeDecodeError as error:
            raise InputError(str(path), f"is no UTF-8 at byte {error.start}", "Save it as UTF-8") from None
        if len(raw) > _MOST_BYTES:
            raise InputError(str(path), f"has more than {_MOST_BYTES:,} bytes", "Give fewer terms")
        return cls(_rows(text, path), str(path), first=2)


def _rows(text: str, path: Path) -> Iterator[GlossaryRow]:
    header = text.partition("\n")[0]
    dialect: type[csv.Dialect] = csv.excel_tab if "\t" in header else csv.excel
    lines = csv.reader(StringIO(text, newline=""), dialect, strict=True)
    remedy = f"The columns are {', '.join(COLUMNS)}"
    try:
        if tuple(next(lines, ())) != COLUMNS:
            raise InputError(f"{path}, line 1", "is no header of a glossary", remedy)
        for cells in lines:
            if len(cells) != len(COLUMNS):
                what = f"has {len(cells)} cells where {len(COLUMNS)} are due"
                raise InputError(f"{path}, line {lines.line_num}", what, remedy)
            term, plain, explanation = (cell.strip() for cell in cells)
            yield GlossaryRow(term=term, plain=plain or None, explanation=explanation or None)
    except csv.Error as error:
        raise InputError(f"{path}, line {lines.line_num}", f"is not CSV: {error}", remedy) from None


def _fault(row: GlossaryRow) -> str | None:
    """What is wrong with a row by itself."""
    if not has_words(row.term):
        return "has no term"
    if row.plain is None and row.explanation is None:
        return "has neither everyday words nor an explanation"
    for column in COLUMNS:
        cell = getattr(row, column)
        if cell is None:
            continue
        if len(cell) > LONGEST_CELL:
            return f"has more than {LONGEST_CELL} characters in {column}"
        if _FORMULA.match(cell):
            return f"has a formula in {column}: {cell[:20]!r}"
        if sign := _SIGNS.search(cell):
            return f"has {sign.group()!r} in {column}, which has a meaning of its own there"
        if not has_words(cell):
            return f"has no words in {column}"
    term = fold_phrase(row.term)
    if fold_phrase(row.plain or "") == term:
        return "says the term itself in plain"
    if f" {term} " in f" {fold_phrase(row.explanation or '')} ":
        return "explains the term by itself"
    return None


def _circular(told: Mapping[str, tuple[int, GlossaryRow]]) -> int | None:
    """Gives the first row of a circle: A is called B, and B is called A."""
    leads = {term: [fold_phrase(row.plain or "")] for term, (_, row) in told.items()}
    try:
        TopologicalSorter(leads).prepare()
    except CycleError as error:
        return min(told[term][0] for term in error.args[1])
    return None


def _entry(row: GlossaryRow) -> Entry:
    ours = lexicon().term(row.term) or lexicon().abbreviation(row.term)
    return Entry(
        term=row.term,
        plain=row.plain,
        explanation=row.explanation,
        kind=ours.kind if ours else "other",
        source="the user's glossary",
        row=f"glossary: {row.term}",
    )
