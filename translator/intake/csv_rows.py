"""CSV from strangers (RFC 4180): a header, then rows, each bounded and blamed by itself."""

import csv
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple

from translator.errors import InputError
from translator.intake.json_items import decode

MAX_ROW_BYTES = 4 * 1024 * 1024
"""The longest row that is read; the module ``csv`` bounds a cell by 131,072 characters besides."""

_SEPARATORS = ",;\t"
_QUOTES = (
    'Put cells with separators, quotes or line ends in double quotes, and double the quotes in them ("")'
)


class Row(NamedTuple):
    """One row: the line on which it begins, and its cells by column, or what is wrong with it."""

    number: int
    cells: Mapping[str, str] | InputError


class _Lines:
    """The lines of a stream as text; refuses a row that grows beyond measure.

    Attributes:
        number: Of the line given last.
    """

    def __init__(self, stream: BinaryIO, where: str, offset: int) -> None:
        self.number = 0
        self._stream = stream
        self._where = where
        self._offset = offset
        self._row_bytes = 0

    def begin_row(self) -> None:
        self._row_bytes = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(MAX_ROW_BYTES + 1)
        if not line:
            raise StopIteration
        self.number += 1
        start = self._offset
        self._offset += len(line)
        self._row_bytes += len(line)
        while len(line) > MAX_ROW_BYTES and not line.endswith(b"\n"):
            line = self._stream.readline(MAX_ROW_BYTES + 1)
            self._offset += len(line)
        if self._row_bytes > MAX_ROW_BYTES:
            raise InputError(self._where, f"has more than {MAX_ROW_BYTES:,} bytes in a row", _QUOTES)
        return decode(line, self._where, start)


def rows(
    stream: BinaryIO,
    where: str,
    required: frozenset[str],
    offset: int = 0,
    *,
    optional: frozenset[str] | None = None,
) -> Iterator[Row]:
    """Reads a table; rows without a word in any cell are left out.

    The header tells which column holds what, whatever their order and case, and whether commas, semicolons or
    tabs separate them.

    Args:
        stream: UTF-8, byte order mark taken off.
        where: What to call it in a message.
        required: Columns that must be there, in lower case.
        offset: Of the first byte.
        optional: Columns that may be there besides; any others too where it is None.

    Raises:
        InputError: The header lacks a column, has one twice or one that is not known, or is no CSV.
    """
    lines = _Lines(stream, where, offset)
    first = next(lines, "")
    columns, separator = _header(first, f"{where}, line 1", required, optional)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.begin_row()
        number = lines.number + 1
        place = f"{where}, line {number}"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Row(number, InputError(place, f"is not CSV: {error}", _QUOTES))
            continue
        except InputError as error:
            yield Row(number, InputError(place, error.what, error.remedy))
            continue
        if cells is None:
            return
        if len(cells) > len(columns):
            what = f"has {len(cells)} cells, and the header {len(columns)}"
            yield Row(number, InputError(place, what, _QUOTES))
        elif any(cell.strip() for cell in cells):
            yield Row(number, dict(zip(columns, cells, strict=False)))


def _header(
    line: str, where: str, required: frozenset[str], optional: frozenset[str] | None
) -> tuple[list[str], str]:
    named = {mark: _cells(line, mark) for mark in _SEPARATORS}
    separator = max(_SEPARATORS, key=lambda mark: len(required.intersection(named[mark])))
    columns = named[separator]
    missing = ", ".join(sorted(required.difference(columns)))
    if missing:
        raise InputError(where, f"is a header without {missing}", "Name the columns in the first line")
    if len(set(columns)) < len(columns):
        raise InputError(where, "is a header with one column twice", "Give each column its own name")
    unknown = set(columns).difference(required, columns if optional is None else optional)
    if unknown:
        what = f"is a header with columns that are not known: {', '.join(sorted(unknown))}"
        raise InputError(where, what, "Take them out")
    return columns, separator


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [
            cell.strip().lower() for cell in next(csv.reader([line], delimiter=separator, strict=True), [])
        ]
    except csv.Error:
        return []
