"""Numbers and where they come from: intervals, signatures, tables, the report, and what became worse."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from evaluation import __main__ as command
from evaluation import baseline, docs, report
from evaluation.figures import draw
from evaluation.provenance import signed
from evaluation.results import Curve, Findings, Measured, Number, Results, Signature, Table, shown
from evaluation.sample import Sample
from translator.errors import InputError

SIGNATURE = Signature(
    command="python -m evaluation good",
    data={"a.jsonl": "0" * 12},
    seed=0,
    rounds=10,
    versions={"model": "m@1"},
)


def number(measure: str = "AUROC", value: float = 0.9, subject: str = "ours", **more: Any) -> Number:
    given = {"interval": (0.8, 0.95), "n": 40, "better": "higher"} | more
    return Number(subject=subject, measure=measure, value=value, **given)


def results(*numbers: Number, curves: tuple[Curve, ...] = (), part: str = "good", **more: Any) -> Results:
    table = Table.of("scorers", "Who tells them apart", numbers)
    signature = SIGNATURE.model_copy(update=more)
    one = Measured(part=part, data="open", signature=signature, tables=(table,), curves=curves)
    return Results(measured=(one,))


# Numbers and their intervals


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (number(), "0.900 (0.800 to 0.950)"),
        (number(interval=None), "0.900"),
        (number(value=7.25, interval=(6, 9), unit="grade"), "7.2 (6.0 to 9.0)"),
        (number(value=3, interval=None, unit="count"), "3"),
        (number(value=66.04, interval=(60, 70), unit="points"), "66.0 (60.0 to 70.0)"),
    ],
)
def test_a_number_is_shown_with_its_interval_and_as_exactly_as_its_unit_allows(
    given: Number, text: str
) -> None:
    assert str(given) == text


def test_a_number_cannot_be_changed_and_has_no_other_fields() -> None:
    with pytest.raises(ValidationError):
        number().value = 1.0  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Number(subject="a", measure="b", value=1, n=1, colour="red")  # type: ignore[call-arg]


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
def test_the_interval_holds_between_the_extremes_and_repeats(values: list[float]) -> None:
    sample = Sample([str(i) for i in range(len(values))], rounds=50)
    one = sample.mean("a", "b", values)
    assert one
    assert one.interval
    assert min(values) - 1e-4 <= one.interval[0] <= one.interval[1] <= max(values) + 1e-4
    assert one == Sample([str(i) for i in range(len(values))], rounds=50).mean("a", "b", values)


def test_what_belongs_together_is_drawn_together() -> None:
    values = [0.0, 1.0] * 50
    apart = Sample([str(i) for i in range(100)]).mean("a", "b", values)
    together = Sample([str(i % 2) for i in range(100)]).mean("a", "b", values)
    assert apart
    assert together
    assert together.interval == (0, 1)
    assert apart.interval
    assert apart.interval[0] > 0.3


def test_a_figure_of_some_items_is_of_those_alone() -> None:
    one = Sample(["a", "b", "c"]).mean("x", "y", [1, 1, 0], among=[True, True, False])
    assert one
    assert (one.value, one.interval, one.n) == (1, (1, 1), 2)
    assert Sample(["a"]).mean("x", "y", [1], among=[False]) is None
    assert Sample([]).mean("x", "y", []) is None


def test_a_draw_without_what_a_figure_needs_is_left_out() -> None:
    def both(items: np.ndarray) -> float:
        if len(set(items)) < 2:
            raise ValueError("needs two")
        return 1.0

    one = Sample(["a", "b"], rounds=100).number("x", "y", both)
    assert one
    assert one.interval == (1, 1)


# Files and tables


def test_results_are_read_as_they_were_written_with_a_number_a_line(tmp_path: Path) -> None:
    curve = Curve(name="roc", label="ours", points=((0, 0), (1, 1)))
    found = results(number(), number("ECE", 0.1, better="lower"), curves=(curve,))
    found.write(tmp_path / "results.json")
    text = (tmp_path / "results.json").read_text("utf-8")
    assert Results.read(tmp_path / "results.json") == found
    assert [line.count('"measure":') for line in text.splitlines() if "measure" in line] == [0, 1, 1]
    assert json.loads(text)


@pytest.mark.parametrize("text", ["{", "[]", '{"measured": [{}]}'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "results.json"
    with pytest.raises(InputError, match="cannot be read"):
        Results.read(file)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="holds no results"):
        Results.read(file)


def test_a_number_is_found_by_its_path() -> None:
    assert results(number()).numbers() == {"good/open/scorers/ours/AUROC": number()}


def test_newer_findings_take_the_place_of_the_same_part_and_data() -> None:
    old, new = results(number()), results(number(value=0.5))
    other = results(number(), part="other")
    merged = old.replaced([*new.measured, *other.measured])
    assert [one.part for one in merged.measured] == ["good", "other"]
    assert merged.numbers()["good/open/scorers/ours/AUROC"].value == 0.5


def test_the_signature_is_one_line_with_all_that_the_numbers_depend_on() -> None:
    assert str(SIGNATURE) == (
        "data:a.jsonl@000000000000|seed:0|rounds:10|model:m@1|command:python -m evaluation good"
    )


def test_a_table_shows_what_it_lacks() -> None:
    table = Table.of("t", "Two systems", [number(), None, number("F1", 0.5, subject="theirs", interval=None)])
    lines = shown(table).splitlines()
    assert lines[0] == "Two systems"
    assert lines[1].split() == ["AUROC", "F1"]
    assert re.split(r"\s{2,}", lines[2]) == ["ours", "0.900 (0.800 to 0.950)", "–"]
    assert re.split(r"\s{2,}", lines[3]) == ["theirs", "–", "0.500"]


# What became worse


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (number(), number(value=0.81), None),
        (number(), number(value=0.79), "worse"),
        (number(), number(value=0.96), "better"),
        (number(better="lower"), number(value=0.96), "worse"),
        (number(better="lower"), number(value=0.7), "better"),
        (number(better=None), number(value=0.7), "moved"),
        (number(value=3, interval=None, unit="count", better="lower"), number(value=4), "worse"),
        (number(), number("another"), "missing"),
        (number(better=None), number("another"), None),
    ],
)
def test_a_number_outside_its_old_interval_is_told(old: Number, new: Number, kind: str | None) -> None:
    changes = list(baseline.compare(results(old), results(new)))
    assert [change.kind for change in changes] == ([kind] if kind else [])
    assert [change.fails for change in changes] == ([kind in ("worse", "missing")] if kind else [])


def test_other_data_cannot_be_compared_and_what_was_not_measured_is_told() -> None:
    (changed,) = baseline.compare(results(number()), results(number(), data={"a.jsonl": "1" * 12}))
    assert (changed.kind, changed.fails) == ("other data", True)
    (left_out,) = baseline.compare(results(number()), Results(measured=()))
    assert (left_out.kind, left_out.fails) == ("not measured", False)


def test_the_command_fails_on_a_drop_and_tells_which(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    results(number(), number("F1", 0.5, interval=(0.4, 0.6))).write(old)
    results(number(value=0.5), number("F1", 0.7)).write(new)
    assert command.main(["baseline", str(old), str(new)]) == 1
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.split(maxsplit=1)[0] == "worse"
    assert "good/open/scorers/ours/AUROC: 0.900 (0.800 to 0.950) became 0.500" in first
    assert second.startswith("better")
    assert last.startswith("1 worse")
    assert command.main(["baseline", str(old), str(old)]) == 0
    assert command.main(["baseline", str(old), str(tmp_path / "none.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err


# The report


class Page(HTMLParser):
    """What a page is made of, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href") and value]


def test_the_report_shows_every_number_and_fetches_nothing() -> None:
    curve = Curve(name="roc", label="ours", points=((0, 0), (0.5, 0.8), (1, 1)))
    found = results(number(), number(subject="<b>theirs</b>", value=0.512), part="fidelity", curves=(curve,))
    page = report.render(found)
    assert "0.900 (0.800 to 0.950)" in page
    assert "&lt;b&gt;theirs&lt;/b&gt;" in page
    assert str(SIGNATURE) in page
    parsed = Page(page)
    assert "script" not in parsed.tags
    assert all(link.startswith(("data:", "#")) for link in parsed.links)
    assert [one.title for one in draw(found)] == ["ROC, open"]
    assert parsed.tags.count("img") == 1 + report._LEARNING.is_file()


def test_each_figure_is_drawn_where_its_curves_are_and_is_the_same_each_time() -> None:
    def measured(part: str, *names: str, tables: tuple[Table, ...] = ()) -> Measured:
        curves = tuple(Curve(name=name, label=name, points=((0, 0.2), (1, 0.9))) for name in names)
        return Measured(part=part, data="open", signature=SIGNATURE, tables=tables, curves=curves)

    stages = Table.of("stages", "Stages", [number(subject="segment", value=900, unit="a second")])
    found = Results(
        measured=(
            measured("fidelity", "roc", "reliability", "held back"),
            measured("translation", "grade", "answered"),
            measured("speed", tables=(stages,)),
        )
    )
    drawn = list(draw(found))
    assert [one.title.partition(",")[0] for one in drawn] == [
        "ROC",
        "Reliability",
        "Grade against fidelity",
        "Throughput by stage",
    ]
    assert drawn == list(draw(found))
    assert all(one.svg.startswith(b"<?xml") and one.alt for one in drawn)


# The documents


def test_a_block_of_a_document_is_made_of_results() -> None:
    found = results(number(), number("F1", 0.5, interval=None))
    text = "Before\n<!-- table: good/open/scorers; F1; n of F1 -->\nold\n<!-- end -->\nafter\n"
    made = docs.written(text, found)
    assert made == (
        "Before\n<!-- table: good/open/scorers; F1; n of F1 -->\n"
        "| | F1 | n |\n| --- | --- | --- |\n| ours | 0.500 | 40 |\n<!-- end -->\nafter\n"
    )
    assert docs.differing(text, found) == ["good/open/scorers"]
    assert not docs.differing(made, found)
    assert not docs.unmeasured(made, found)


def test_a_block_without_results_stays_and_is_told_and_one_of_no_column_is_refused() -> None:
    text = "<!-- table: good/gold/scorers -->\nold\n<!-- end -->"
    assert docs.written(text, results(number())) == text
    assert docs.unmeasured(text, results(number())) == ["good/gold/scorers"]
    with pytest.raises(InputError, match="has no column F2"):
        docs.written("<!-- table: good/open/scorers; F2 -->\n<!-- end -->", results(number()))


def test_documents_and_committed_results_are_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document, committed, newer = (tmp_path / name for name in ("README.md", "committed.json", "new.json"))
    document.write_text("<!-- table: good/open/scorers -->\n<!-- end -->\n", encoding="utf-8")
    monkeypatch.setattr(docs, "DOCUMENTS", (document,))
    monkeypatch.setattr(docs, "COMMITTED", committed)
    curve = Curve(name="roc", label="ours", points=((0, 0), (1, 1)))
    results(number(), part="older").write(committed)
    results(number(), curves=(curve,)).write(newer)
    assert docs.main([str(newer)]) == 1
    assert "README.md: good/open/scorers differs" in capsys.readouterr().out
    assert docs.main([str(newer), "--write"]) == 0
    assert "| ours | 0.900 (0.800 to 0.950) |" in document.read_text("utf-8")
    kept = Results.read(committed)
    assert [one.part for one in kept.measured] == ["older", "good"]
    assert not any(one.curves for one in kept.measured), "numbers alone are committed"


# The command


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Results]:
    """A part that finds 0.9, one that has no weights, and one without data; gives what the command wrote."""

    def good(data: str) -> Findings:
        return Findings(tables=results(number()).measured[0].tables)

    def bad(data: str) -> Findings:
        raise InputError("weights", "no checksums.json", "Give a folder")

    (tmp_path / "gold.jsonl").write_text("{}\n", encoding="utf-8")
    files = {"open": (tmp_path / "gold.jsonl",)}
    made = {
        "good": command.Part(good, files),
        "bad": command.Part(bad, files),
        "bare": command.Part(good, {"open": (tmp_path / "absent.jsonl",)}),
    }
    monkeypatch.setattr(command, "PARTS", made)
    return lambda: Results.read(tmp_path / "out" / "results.json")


def test_results_and_report_are_written_with_their_signature(
    parts: Callable[[], Results], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["good", "--out", str(tmp_path / "out")]) == 0
    (one,) = parts().measured
    assert (one.part, one.data) == ("good", "open")
    assert one.signature.command == "python -m evaluation good --data open"
    assert one.signature.data == {"gold.jsonl": "ca3d163bab05"}
    assert {"python", "lexicon", "model", "scorer", "plaincriteria", "sacrebleu"} <= set(
        one.signature.versions
    )
    printed = capsys.readouterr().out
    assert "0.900 (0.800 to 0.950)" in printed
    assert str(one.signature) in printed
    assert str(one.signature) in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_a_part_that_cannot_run_says_why_and_the_others_run(
    parts: Callable[[], Results], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--out", str(tmp_path / "out")]) == 1
    bad, bare = capsys.readouterr().err.splitlines()
    assert bad == "bad, open: weights: no checksums.json. Give a folder."
    assert "absent.jsonl is not there" in bare
    assert [one.part for one in parts().measured] == ["good"]


@pytest.mark.usefixtures("parts")
def test_data_that_are_absent_are_passed_over_unless_they_were_named() -> None:
    assert command.main(["bare"]) == 0
    assert command.main(["bare", "--data", "open"]) == 1


@pytest.mark.usefixtures("parts")
def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        command.main(["unheard"])
    assert error.value.code == 2
    assert (
        "no part or command is called 'unheard'; there are good, bad, bare, baseline"
        in capsys.readouterr().err
    )


def test_the_signature_names_the_files_of_the_data(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n", encoding="utf-8")
    made = signed(Findings(tables=()), "x", "open", [tmp_path / "a.jsonl"])
    assert made.signature.data == {"a.jsonl": "ca3d163bab05"}
