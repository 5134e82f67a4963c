"""How the tables of ``translator/data`` are read: tab-separated UTF-8 with a header, no quoting.

What is made of a table (a pattern, a look-up) is the affair of the module that uses it.
"""

import csv
import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

DATA = Path(__file__).parent / "data"
FIRST_ROW = 2
"""The line of a table's first row, for messages: the header stands above it."""


class TableError(ValueError):
    """A malformed table; the message names the file, the line and what is wrong with it."""


def rows(name: str, columns: Sequence[str] = (), folder: Path = DATA) -> list[dict[str, str]]:
    """Reads a table; its row of index ``i`` stands on line ``FIRST_ROW + i``.

    Args:
        name: Of the file.
        columns: What the header must be; not checked where empty.
        folder: Where the file is.

    Raises:
        TableError: The table is missing or no UTF-8, has another header, or a row of too few or many cells.
    """
    path = folder / name
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise TableError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: no UTF-8 at byte {error.start}") from error
    header, *lines = csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE) if text else [[]]
    if columns and header != list(columns):
        raise TableError(f"{path}, line 1: the columns must be {', '.join(columns)}")
    for number, cells in enumerate(lines, FIRST_ROW):
        if len(cells) != len(header):
            raise TableError(f"{path}, line {number}: {len(cells)} cells where {len(header)} are due")
    return [dict(zip(header, cells, strict=True)) for cells in lines]


def variants(cell: str) -> list[str]:
    """Splits a cell that holds several spellings or phrases, ``|`` between them; none for an empty one."""
    return [one for one in cell.split("|") if one]


def alternatives(phrases: Iterable[str], space: str = r"\ ") -> str:
    """Gives the part of a pattern that matches any of some phrases; of two that begin alike, the longer.

    Args:
        phrases: As they are, signs without special meaning.
        space: What matches each space in them.
    """
    longest_first = sorted(phrases, key=len, reverse=True)
    return "|".join(re.escape(phrase).replace(r"\ ", space) for phrase in longest_first)


def digest(*files: Path) -> str:
    """Gives the first 12 hexadecimal digits of the SHA-256 of some files' bytes, a zero byte between them."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]
