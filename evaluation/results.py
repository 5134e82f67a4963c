"""What the evaluation finds, as records: numbers with their intervals, in tables, under a signature."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import ValidationError

from translator.errors import InputError
from translator.records import Record

Unit = Literal["share", "points", "grade", "count", "a text", "a second", "seconds", "MiB", "times"]
Better = Literal["higher", "lower"]

_DIGITS: Mapping[str, int] = {"share": 3, "points": 1, "grade": 1, "count": 0, "a text": 2}
_OTHER_DIGITS = 1
_NUMBER_LINES = re.compile(r"\n {6}(?=[\]}])|\n {7,}")
"""The line ends within a number of indented JSON: a number is a line, so that a change of one is one."""


class Number(Record):
    """One figure.

    Attributes:
        subject: What was measured, for example a system or a type of error: the row of a table.
        measure: What was measured of it: the column.
        interval: The 95 % bootstrap interval; None where nothing was drawn.
        n: Of how many texts, pairs or units it is the figure.
        unit: ``points`` are 0 to 100; ``a text`` is a mean number for each text.
        better: Which way is better, where one is: what ``evaluation.baseline`` goes by.
    """

    subject: str
    measure: str
    value: float
    interval: tuple[float, float] | None = None
    n: int
    unit: Unit = "share"
    better: Better | None = None

    def __str__(self) -> str:
        digits = _DIGITS.get(self.unit, _OTHER_DIGITS)
        ends = f" ({self.interval[0]:.{digits}f} to {self.interval[1]:.{digits}f})" if self.interval else ""
        return f"{self.value:.{digits}f}{ends}"


class Table(Record):
    """Numbers that belong together; no two have the same subject and measure."""

    name: str
    caption: str
    numbers: tuple[Number, ...]

    @classmethod
    def of(cls, name: str, caption: str, numbers: Iterable[Number | None]) -> Self:
        """Makes a table of the numbers that there are."""
        return cls(name=name, caption=caption, numbers=tuple(number for number in numbers if number))

    def grid(self) -> tuple[list[str], dict[str, list[Number | None]]]:
        """Gives the measures, and for each subject its numbers in their order; None for one that lacks."""
        measures = list(dict.fromkeys(number.measure for number in self.numbers))
        found = {(number.subject, number.measure): number for number in self.numbers}
        subjects = dict.fromkeys(number.subject for number in self.numbers)
        return measures, {one: [found.get((one, measure)) for measure in measures] for one in subjects}


class Curve(Record):
    """A line of a figure: what it shows, and its points."""

    name: str
    label: str
    points: tuple[tuple[float, float], ...]


def rounded(points: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Rounds the points of a curve to what a figure can show."""
    return tuple((round(x, 4), round(y, 4)) for x, y in points)


class Signature(Record):
    """What numbers depend on; ``str()`` is one line, in the manner of sacrebleu's.

    Attributes:
        command: Makes them again.
        data: The first 12 hex digits of each file's SHA-256.
        seed: Of the bootstrap, and of whatever was drawn.
        rounds: Of the bootstrap.
        versions: Of the code, of what it ships and of its libraries.
    """

    command: str
    data: Mapping[str, str]
    seed: int
    rounds: int
    versions: Mapping[str, str]

    def __str__(self) -> str:
        parts = {"data": ",".join(f"{name}@{digest}" for name, digest in self.data.items())}
        parts |= {"seed": str(self.seed), "rounds": str(self.rounds)} | dict(self.versions)
        return "|".join(f"{name}:{value}" for name, value in [*parts.items(), ("command", self.command)])


class Findings(Record):
    """What a part of the evaluation gives."""

    tables: tuple[Table, ...]
    curves: tuple[Curve, ...] = ()


class Measured(Record):
    """The findings of a part on a set of data, signed."""

    part: str
    data: str
    signature: Signature
    tables: tuple[Table, ...]
    curves: tuple[Curve, ...] = ()


class Results(Record):
    """All that a run of the evaluation found; what ``results.json`` holds."""

    measured: tuple[Measured, ...]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Reads what :meth:`write` wrote.

        Raises:
            InputError: There is no such file, or it holds something else.
        """
        try:
            return cls.model_validate_json(file.read_bytes())
        except OSError as error:
            raise InputError(str(file), f"cannot be read ({error.strerror})", "Give another file") from None
        except ValidationError as error:
            what = f"holds no results ({error.error_count()} faults)"
            raise InputError(str(file), what, "Write it by python -m evaluation --out FOLDER") from None

    def write(self, file: Path) -> None:
        """Writes them as JSON, a number a line."""
        file.write_text(_NUMBER_LINES.sub("", self.model_dump_json(indent=1)) + "\n", encoding="utf-8")

    def of(self, *, part: str | None = None, data: str | None = None) -> Iterator[Measured]:
        """Gives what was measured by a part, on a set of data, or all."""
        for one in self.measured:
            if part in (None, one.part) and data in (None, one.data):
                yield one

    def numbers(self) -> dict[str, Number]:
        """Gives each number by its path: ``part/data/table/subject/measure``."""
        return {
            "/".join((one.part, one.data, table.name, number.subject, number.measure)): number
            for one in self.measured
            for table in one.tables
            for number in table.numbers
        }

    def table(self, part: str, data: str, name: str) -> Table | None:
        """Gives a table; None where that was not measured."""
        tables = (table for one in self.of(part=part, data=data) for table in one.tables)
        return next((table for table in tables if table.name == name), None)

    def replaced(self, newer: Sequence[Measured]) -> Self:
        """Puts newer findings in the place of those of the same part and data, in the order of both."""
        fresh = {(one.part, one.data): one for one in newer}
        merged = {(one.part, one.data): one for one in self.measured} | fresh
        return self.model_copy(update={"measured": tuple(merged.values())})


def shown(table: Table) -> str:
    """Renders a table for a terminal."""
    measures, rows = table.grid()
    cells = [["", *measures]]
    cells += [[subject, *(str(one) if one else "–" for one in numbers)] for subject, numbers in rows.items()]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join([table.caption, *(line.rstrip() for line in lines)])
