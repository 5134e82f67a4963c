"""Where the documents differ from the results: ``python -m evaluation docs [RESULTS.json] [--write]``.

A document holds a block for each table that it shows, and what stands between its two lines is made of the
committed results::

    <!-- table: fidelity/gold/scorers; AUROC; n of AUROC -->
    <!-- end -->

The first words name part, data and table, those behind them the columns, all where there are none. The block
``summary`` shows the rows of ``evaluation/data/summary.tsv`` by sets of data.
"""

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluation.benchmark import OWN
from evaluation.results import Number, Results, Table
from translator.errors import InputError
from translator.tables import rows

ROOT = Path(__file__).parents[1]
DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "METHODOLOGY.md")
COMMITTED = OWN / "results.json"
_BLOCK = re.compile(
    r"(?P<open><!-- (?:table: (?P<table>[^;\n]+?)(?:; (?P<columns>[^\n]+?))?|(?P<summary>summary)) -->\n)"
    r"(?P<body>.*?)(?P<close><!-- end -->)",
    re.DOTALL,
)
_SUMMARY = ("label", "part", "table", "subject", "measure")
_SETS: Mapping[str, str] = {"open": "open benchmark", "gold": "dev gold"}
_N = "n of "


def written(text: str, results: Results) -> str:
    """Gives a document with its blocks made of results; one whose table was not measured stays as it is.

    Raises:
        InputError: A block names a column that its table has not.
    """

    def made(block: re.Match[str]) -> str:
        body = _summary(results) if block["summary"] else _table(block, results)
        return block["open"] + (block["body"] if body is None else body) + block["close"]

    return _BLOCK.sub(made, text)


def differing(text: str, results: Results) -> list[str]:
    """Names the blocks of a document that do not say what the results say."""
    blocks = ((block["table"] or "summary", block.group()) for block in _BLOCK.finditer(text))
    return [name for name, block in blocks if written(block, results) != block]


def unmeasured(text: str, results: Results) -> list[str]:
    """Names the blocks of a document whose table is not in the results."""
    tables = (block["table"] for block in _BLOCK.finditer(text) if block["table"])
    return [table for table in tables if _found(table, results) is None]


def _found(path: str, results: Results) -> Table | None:
    part, data, name = path.split("/")
    return results.table(part, data, name)


def _table(block: re.Match[str], results: Results) -> str | None:
    table = _found(block["table"], results)
    if table is None:
        return None
    measures, grid = table.grid()
    columns = block["columns"].split("; ") if block["columns"] else measures
    if unknown := [column for column in columns if column.removeprefix(_N) not in measures]:
        raise InputError(block["table"], f"has no column {unknown[0]}", f"It has {', '.join(measures)}")
    lines = [["", *("n" if column.startswith(_N) else column for column in columns)]]
    for subject, numbers in grid.items():
        known = dict(zip(measures, numbers, strict=True))
        lines.append([subject, *(_cell(known[column.removeprefix(_N)], column) for column in columns)])
    return _lines(lines)


def _cell(number: Number | None, column: str = "") -> str:
    if number is None:
        return "–"
    return f"{number.n:,}" if column.startswith(_N) else str(number)


def _summary(results: Results) -> str:
    numbers = results.numbers()
    lines = [["", *_SETS.values()]]
    for row in rows("summary.tsv", _SUMMARY, OWN):
        paths = (
            "/".join((row["part"], data, row["table"], row["subject"], row["measure"])) for data in _SETS
        )
        lines.append([row["label"], *(_cell(numbers.get(path)) for path in paths)])
    return _lines(lines)


def _lines(cells: Sequence[Sequence[str]]) -> str:
    ruled = [cells[0], ["---"] * len(cells[0]), *cells[1:]]
    return "".join(f"| {' | '.join(row)} |\n".replace("|  |", "| |") for row in ruled)


def main(arguments: Sequence[str]) -> int:
    """Tells where the documents differ from results, or writes them.

    Returns:
        The exit status: 1 where a document differs and was not written, or a table of it was not measured.

    Raises:
        InputError: The file holds no results, or a block cannot be made.
    """
    parser = argparse.ArgumentParser(
        prog="python -m evaluation docs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("results", type=Path, nargs="?", default=COMMITTED, help="the committed ones if none")
    parser.add_argument("--write", action="store_true", help="write documents and committed results")
    asked = parser.parse_args(arguments)
    results = Results.read(asked.results)
    if asked.write and asked.results != COMMITTED:
        known = Results.read(COMMITTED) if COMMITTED.is_file() else Results(measured=())
        # The curves belong to the report; what is committed are numbers.
        newer = [one.model_copy(update={"curves": ()}) for one in results.measured]
        results = known.replaced(newer)
        results.write(COMMITTED)
    told = 0
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        if asked.write:
            document.write_text(written(text, results), encoding="utf-8")
            text = document.read_text(encoding="utf-8")
        for what, names in (
            ("differs from the results", differing(text, results)),
            ("is not in the results", unmeasured(text, results)),
        ):
            told += len(names)
            print(*(f"{document.name}: {name} {what}\n" for name in dict.fromkeys(names)), sep="", end="")
    return int(told > 0)
