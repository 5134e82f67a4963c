"""``plaincriteria audit``: what it says of good pairs and bad ones, in each of its formats."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from studies import MARKUP

from api import report_page
from api.cli import run
from api.report_page import MOST_IN_FULL, page, pieces
from api.reports import Audited, Judged, jsonl, table
from translator import scoring
from translator.published import AuditReport, PublishedFinding
from translator.records import Pair, Readability, Unreadable

GOOD = {"section": "inclusion", "source": "Age ≥ 18 years", "plain": "You must be 18 or older."}
WRONG = {**GOOD, "plain": "You must be 81 or older."}
LONG = "asthma " * 14_000
# Each line of a list of pairs, and the verdicts or the words of the error that are right for it.
LINES: list[tuple[bytes, str]] = [
    (json.dumps({"id": "good", **GOOD}).encode(), "faithful"),
    (json.dumps({"id": "empty", **GOOD, "plain": ""}).encode(), "unfaithful"),
    (json.dumps({"id": "blank source", **GOOD, "source": " \t"}).encode(), "unfaithful"),
    (json.dumps({"id": "German", **GOOD, "plain": "Sie müssen 18 sein."}).encode(), "review unfaithful"),
    (json.dumps({"id": "same", **GOOD, "plain": GOOD["source"]}).encode(), "review"),
    (json.dumps({"id": "long", **GOOD, "source": LONG}).encode(), "unfaithful"),
    (json.dumps({"id": "longer", **GOOD, "source": LONG * 2}).encode(), "field 'source' is too long"),
    (json.dumps({"id": "html", **GOOD, "plain": f"{MARKUP} 18"}).encode(), "review unfaithful"),
    (json.dumps({"id": "emoji", **GOOD, "plain": "You must be 18 or older 😀."}).encode(), "faithful review"),
    (json.dumps({"id": "nul\0", **GOOD, "plain": "You must\0 be 18 or older."}).encode(), "faithful review"),
    (b'{"id": "half", "section": "other", "source": "a", "plain": "\\ud800"}', "lone surrogate"),
    (json.dumps({"id": "section", **GOOD, "section": "in"}).encode(), "field 'section' must be"),
    (b'{"id": "latin", "section": "other", "source": "a", "plain": "\xf6"}', "byte 0xF6"),
    (b"nonsense", "is not JSON"),
    (b"[1]", "is a list"),
    (json.dumps({"id": "last", **WRONG}).encode(), "unfaithful"),
]


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(b"\n".join(line for line, _ in LINES))
    return str(path)


def test_each_line_has_a_verdict_or_an_error_in_its_place(
    pairs: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", pairs, "--strict"]) == 1
    captured = capfd.readouterr()
    found = [json.loads(line) for line in captured.out.splitlines()]
    assert len(found) == len(LINES)
    for one, (_, right) in zip(found, LINES, strict=True):
        if "error" in one:
            assert right in one["error"]["what"]
            assert "line" in one["error"]["where"]
        else:
            assert AuditReport.model_validate(one).verdict in right.split()
            assert one["verdict"] == "faithful" or one["findings"]
    assert [one["id"] for one in found if "error" in one] == ["longer", None, "section", None, None, None]
    assert captured.err.splitlines()[-1] == "plaincriteria: set aside: 6; need review: 7"


def test_tables_are_read_and_written_without_formulas(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", 'a,"b"\nc', "plain"]
    rows = [[f"{cell} 81 years", "inclusion", f"{cell} ≥ 18", cell] for cell in cells]
    given = io.StringIO()
    csv.writer(given).writerows([["id", "section", "source", "plain"], *rows, ["x", "no", "a", "b"]])
    path = tmp_path / "pairs.csv"
    path.write_text("\ufeff" + given.getvalue(), "utf-8", newline="")
    assert run(["audit", str(path), "--format", "csv"]) == 0
    out = capfd.readouterr().out
    read = list(csv.DictReader(io.StringIO(out, newline="")))
    assert not [
        cell for row in read for cell in row.values() if cell.lstrip(" ")[:1] in tuple("=+-@\t\r\n＝")
    ]
    assert {row["id"].removeprefix("'") for row in read if not row["error"]} == {row[0] for row in rows}
    for row in read:
        if row["source_start"]:
            told = row["source"].removeprefix("'")[int(row["source_start"]) : int(row["source_end"])]
            assert told == row["source_words"].removeprefix("'")
    assert "must be inclusion, exclusion or other" in read[-1]["error"]


def test_nothing_that_can_be_audited_is_no_success(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": 1}\n', "utf-8")
    assert run(["audit", str(path)]) == 2
    assert json.loads(capfd.readouterr().out)["id"] is None


def test_a_fault_at_one_pair_leaves_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def failing(given: Sequence[Pair]) -> list[AuditReport]:
        if any(one.plain == "boom" for one in given):
            raise RuntimeError("boom")
        return [judged(one.id).report for one in given]

    monkeypatch.setattr(scoring, "audit", failing)
    path = tmp_path / "pairs.jsonl"
    lines = [{"id": str(i), **GOOD, "plain": "boom" if i == 1 else "You must."} for i in range(3)]
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    assert run(["audit", str(path), "--strict"]) == 1
    captured = capfd.readouterr()
    assert ["error" in json.loads(line) for line in captured.out.splitlines()] == [False, True, False]
    assert "1: cannot be audited" in captured.err


def judged(
    pair_id: str, score: float = 0.5, verdict: Any = "review", *findings: PublishedFinding, **texts: str
) -> Judged:
    pair = Pair(**{"id": pair_id, **GOOD, **texts})
    report = AuditReport(
        id=pair_id,
        score=score,
        verdict=verdict,
        findings=findings,
        readability=Readability(grade=1, words=2),
    )
    return Judged(pair, report)


def finding(source: tuple[int, int] | None, plain: tuple[int, int] | None, **other: Any) -> PublishedFinding:
    usual = {"type": "number", "severity": "major", "message": "Differs."}
    return PublishedFinding(**{**usual, **other}, source_span=source, plain_span=plain)


def made(audited: Sequence[Audited]) -> str:
    return "".join(page(audited, "list.jsonl", "f" * 12))


def test_the_page_shows_the_worst_first() -> None:
    given = [judged("good", 0.99, "faithful"), judged("doubt", 0.1), judged("bad", 0.4, "unfaithful")]
    shown = re.findall(r'<h3 id="p\d+">(\w+)', made(given))
    assert shown == ["bad", "doubt", "good"]


def test_the_page_marks_both_sides() -> None:
    one = judged("a", 0.2, "review", finding((0, 3), (9, 11)), finding((0, 5), None, severity="critical"))
    shown = made([one])
    assert 'class="m critical m1 m2">Age<sup id="p1s1n1">1</sup></mark>' in shown
    assert 'class="m critical m2"> ≥<sup id="p1s1n2">2</sup></mark>' in shown
    assert '<mark class="m major m1">be<sup id="p1s2n1">1</sup></mark>' in shown
    assert ".pair:has(.f2:hover,.f2:focus-within) .m2{" in shown
    assert ".m3{" not in shown


@pytest.mark.parametrize("spans", [[], [(0, 4)], [(1, 3), (2, 9)], [(0, 2), (0, 2)], [(3, 3)], [(-5, 99)]])
def test_pieces_hold_the_whole_text(spans: list[tuple[int, int]]) -> None:
    found = pieces("a text", [(i, "minor", span) for i, span in enumerate(spans, 1)])
    assert "".join(piece.text for piece in found) == "a text"
    assert {n for piece in found for n in piece.numbers} == {n for piece in found for n in piece.ends}


def test_markup_in_every_field_is_shown_and_not_obeyed() -> None:
    one = judged(
        f"a{MARKUP}", 0.2, "review", finding((0, 9), (2, 8), message=MARKUP),
        source=MARKUP, plain=MARKUP, context=MARKUP,
    )  # fmt: skip
    shown = made([one, Unreadable(where=MARKUP, what=MARKUP, remedy=MARKUP, id=MARKUP)])
    assert shown.count("<script>") == shown.count("</script>") == 1
    assert "<img" not in shown
    assert "49" not in shown
    assert not re.search(r'(?:src|href)="(?!#)', shown)


def test_what_has_only_a_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_page, "MOST_IN_FULL", 3)
    shown = made([judged(f"pair-{i}", i / 20) for i in range(20)])
    assert "The worst 3 of 20 are shown in full. The other 17 have a line each" in shown
    assert re.findall(r'<h3 id="p\d+">(\S+)', shown) == ["pair-0", "pair-1", "pair-2"]
    lines = re.findall(r"<td>\d+</td><td>(\S+?)</td>", shown)
    assert lines == [f"pair-{i}" for i in range(3, 20)]


def test_a_page_of_5000_pairs_grows_with_what_is_shown() -> None:
    pages = [made([judged(f"p{i}", 0.3) for i in range(count)]) for count in (MOST_IN_FULL, 5_000)]
    assert len(pages[1]) < len(pages[0]) + 250 * (5_000 - MOST_IN_FULL)


def test_lines_and_tables_stream() -> None:
    def endless() -> Any:
        while True:
            yield judged("a")

    assert next(jsonl(endless()))
    assert next(table(endless())).startswith("id,section")
