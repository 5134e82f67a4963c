"""What an audit found, for programs and spreadsheets: JSON lines and CSV.

A pair that could not be read has its error in its place.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from api.spreadsheet import as_text
from api.view import inert
from translator.published import AuditReport, PublishedFinding
from translator.records import Pair, Unreadable


class Judged(NamedTuple):
    """A pair, and what the audit says of it."""

    pair: Pair
    report: AuditReport


Audited: TypeAlias = Judged | Unreadable

_COLUMNS = (
    "id", "section", "context", "source", "plain", "verdict", "score", "grade", "words",
    "finding", "type", "severity", "message",
    "source_start", "source_end", "source_words", "plain_start", "plain_end", "plain_words", "error",
)  # fmt: skip


def jsonl(audited: Iterable[Audited]) -> Iterator[str]:
    """A line for each pair by the contract, or ``{"id", "error"}`` where it could not be read."""
    for one in audited:
        if isinstance(one, Judged):
            yield f"{inert(one.report.model_dump_json())}\n"
        else:
            error = one.model_dump(exclude={"id"})
            yield f"{inert(json.dumps({'id': one.id, 'error': error}, ensure_ascii=False))}\n"


def table(audited: Iterable[Audited]) -> Iterator[str]:
    """CSV (RFC 4180): a row for each finding, one for a pair without any, one for what could not be read.

    Spans are columns of offsets, with the words they hold. A cell that a spreadsheet would take for a formula
    begins with a single quote.
    """
    yield _row(dict.fromkeys(_COLUMNS), _COLUMNS)
    for one in audited:
        if isinstance(one, Judged):
            yield "".join(_row(cells) for cells in _rows(one))
        else:
            yield _row({"id": one.id, "error": f"{one.where}: {one.what}. {one.remedy}."})


def _rows(judged: Judged) -> Iterator[dict[str, object]]:
    pair, report = judged
    common = {
        **pair.model_dump(),
        "verdict": report.verdict,
        "score": report.score,
        "grade": report.readability.grade,
        "words": report.readability.words,
    }
    for number, finding in enumerate(report.findings, 1):
        yield {**common, "finding": number, **_cells(pair, finding)}
    if not report.findings:
        yield common


def _cells(pair: Pair, finding: PublishedFinding) -> dict[str, object]:
    cells: dict[str, object] = {
        "type": finding.type, "severity": finding.severity, "message": finding.message,
    }  # fmt: skip
    for side, text, span in (
        ("source", pair.source, finding.source_span),
        ("plain", pair.plain, finding.plain_span),
    ):
        if span:
            cells |= {f"{side}_start": span[0], f"{side}_end": span[1], f"{side}_words": text[slice(*span)]}
    return cells


def _row(cells: dict[str, object], names: Iterable[str] | None = None) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(names or [_cell(cells.get(name)) for name in _COLUMNS])
    return line.getvalue()


def _cell(value: object) -> object:
    return as_text(value) if isinstance(value, str) else value
