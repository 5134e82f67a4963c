"""Agreement, thresholds, exports and the report: figures against published ones, files against readers."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviewing import (
    ADMIN,
    ANN,
    BOB,
    EVE,
    Clock,
    accept,
    bench,
    edit,
    entries,
    entry,
    judge,
    pair,
    reject,
    take_in,
)  # fmt: skip
from sklearn.metrics import cohen_kappa_score, precision_score, recall_score

from api.review import export
from api.review.agreement import agreement
from api.review.errors import ReviewError
from api.review.records import Decision, TypedError
from api.review.report import report
from api.review.statistics import alpha, kappa
from api.review.thresholds import LEAST, Settlement, Thresholds, check_scorer, settle
from api.review.work import Workbench
from api.spreadsheet import as_text

MENDED = "You must be at least 18 years old."
# Krippendorff (2011), the example of section C: four observers, twelve units, gaps.
PUBLISHED = ["11 1", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", " 555", "  11", "  3 "]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workbench]:
    work = bench(f"sqlite:///{tmp_path / 'store.db'}", double_share=1.0)
    yield work
    work.store.close()


def test_alpha_is_the_published_one() -> None:
    found = alpha([unit.replace(" ", "") for unit in PUBLISHED])
    assert found.value == pytest.approx(0.743, abs=0.0005)
    assert found.units == 11
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high <= 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40))
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    found = kappa(pairs, rounds=10)
    if len({value for pair in pairs for value in pair}) == 1:
        assert found.value is None
    else:
        assert found.value == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)), abs=1e-4)


@given(st.lists(st.lists(st.sampled_from("ab"), min_size=2, max_size=4), min_size=1, max_size=30))
def test_alpha_is_one_where_all_agree_and_never_more(units: list[list[str]]) -> None:
    agreed = alpha([unit[:1] * len(unit) for unit in units], rounds=10).value
    assert agreed in {None, 1.0}
    found = alpha(units, rounds=10).value
    assert found is None or found <= 1


def test_nothing_to_agree_on_has_no_figure() -> None:
    assert alpha([]).value is None
    assert alpha(["a", "b"]).units == 0
    assert kappa([]).value is None


def test_agreement_is_of_those_who_did_not_see_each_other(work: Workbench) -> None:
    take_in(work, *(pair(number) for number in range(1, 7)))
    clock = work.clock
    assert isinstance(clock, Clock)
    for number in range(1, 7):
        shown = entry(work, number)
        for reviewer, minutes in ((ANN, 1), (BOB, 3)):
            shown = entry(work, number)
            work.claim(shown.item.id, reviewer)
            clock.wind(minutes=minutes)
            says = reject(shown, "unit") if number < 3 or (number == 3 and reviewer is BOB) else accept(shown)
            work.decide(shown.item.id, reviewer, says)
    judge(work, EVE, 3, accept(entry(work, 3)))  # settles a dispute, and has seen both
    with work.store.reading() as view:
        found = agreement(view.every_verdict())
    assert found.alpha.units == 6
    (both,) = found.pairs
    assert both.reviewers == ("ann", "bob")
    said = (["r", "r", "a", "a", "a", "a"], ["r", "r", "r", "a", "a", "a"])
    assert both.kappa.value == pytest.approx(cohen_kappa_score(*said), abs=1e-4)
    (kind,) = found.types
    assert (kind.type, kind.named, kind.alpha.value) == ("unit", 5, found.alpha.value)
    assert [(one.reviewer, one.verdicts, one.seconds) for one in found.pace] == [
        ("ann", 6, 60), ("bob", 6, 180), ("eve", 1, 0)
    ]  # fmt: skip


def judged(work: Workbench, errors: int, sound: int) -> None:
    """Errors score 0.02, sound ones 0.95; two thirds as often the scorer is wrong."""
    numbers = range(errors + sound)
    take_in(work, *(pair(n, f"{'wrong' if n < errors else 'fine'} {n}") for n in numbers))
    for shown in entries(work):
        wrong = "wrong" in shown.item.plain
        for reviewer in (ANN, BOB):
            work.claim(shown.item.id, reviewer)
            work.decide(shown.item.id, reviewer, reject(shown) if wrong else accept(shown))


def test_the_scorer_is_held_against_the_reviewers(work: Workbench) -> None:
    take_in(work, pair(1, "wrong"), pair(2, "doubtful"), pair(3), pair(4))
    because = {"overrule": "scorer_misread", "reason": "It is right."}
    said = [accept(entry(work, 1), **because), reject(entry(work, 2)), accept(entry(work, 3)), None]
    minor = TypedError(type="addition", severity="minor")
    said[3] = edit(entry(work, 4), MENDED, errors=(minor,))
    for number, decision in enumerate(said, 1):
        for reviewer in (ANN, BOB):
            assert isinstance(decision, Decision)
            judge(work, reviewer, number, decision)
    with work.store.reading() as view:
        checked = check_scorer(view.every_verdict())
    assert (checked.sentences, checked.errors, checked.proposed) == (4, 1, None)
    scores, truths = [0.02, 0.5, 0.95, 0.95], [False, True, False, False]
    for rate in checked.rates:
        flagged = [score < rate.threshold for score in scores]
        assert rate.flagged == sum(flagged)
        assert rate.recall == pytest.approx(recall_score(truths, flagged), abs=1e-4)
        if any(flagged):
            assert rate.precision == pytest.approx(precision_score(truths, flagged), abs=1e-4)
        else:
            assert rate.precision is None


def test_an_edit_without_a_typed_error_says_nothing_of_the_scorer(work: Workbench) -> None:
    take_in(work, pair())
    for reviewer in (ANN, BOB):
        judge(work, reviewer, 1, edit(entry(work), MENDED))
    with work.store.reading() as view:
        assert check_scorer(view.every_verdict()).sentences == 0


def test_thresholds_are_proposed_and_an_admin_settles_them(work: Workbench) -> None:
    judged(work, LEAST, LEAST)
    with work.store.reading() as view:
        proposed = check_scorer(view.every_verdict()).proposed
    assert proposed == Thresholds(faithful=0.03, review=0.03)
    settlement = Settlement(thresholds=proposed, accepted=True, reason="Two readers agree.")
    with pytest.raises(ReviewError, match="by an admin alone"):
        settle(work, ANN, settlement)
    other = settlement.model_copy(update={"thresholds": Thresholds(faithful=0.9, review=0.1)})
    with pytest.raises(ReviewError, match="not those that are proposed now"):
        settle(work, ADMIN, other)
    settle(work, ADMIN, settlement.model_copy(update={"accepted": False}))
    settle(work, ADMIN, settlement)
    with work.store.reading() as view:
        assert [one.payload["accepted"] for one in view.of_kind("thresholds")] == [False, True]
        assert not view.verify().breaks


HOSTILE = (
    '=HYPERLINK("x","y")', "+1+1 is a sum", "-2+3 years", "@SUM(A1)", "\t=1+1 tab", "  =1+1 spaces",
    "\r=1 line", "＝1+1 wide", "plain, with a comma", 'with "quotes"', "two\nlines",
)  # fmt: skip


@given(st.text(max_size=30))
def test_no_cell_begins_a_formula(text: str) -> None:
    cell = as_text(text)
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert cell.removeprefix("'") == text.removeprefix("'")


def test_a_spreadsheet_gets_texts_and_every_column(work: Workbench) -> None:
    take_in(work, *(pair(number, text, source=text) for number, text in enumerate(HOSTILE, 1)))
    with work.store.reading() as view:
        rows = list(csv.DictReader(io.StringIO("".join(export.csv_lines(view, None)), newline="")))
    assert tuple(rows[0]) == export.COLUMNS
    assert [row["source"].removeprefix("'") for row in rows] == list(HOSTILE)
    assert not [cell for row in rows for cell in row.values() if cell[:1] in set("=+-@\t\r\n＝＋－＠")]


def lines(work: Workbench, form: str, trial_id: str | None = None) -> list[dict[str, object]]:
    exports = {"jsonl": export.json_lines, "pairs": export.edits, "wordings": export.wordings}
    with work.store.reading() as view:
        return [json.loads(line) for line in exports[form](view, trial_id)]


def test_exports_hold_what_was_decided_and_nothing_that_is_blind(work: Workbench) -> None:
    take_in(work, pair(1), pair(2), pair(3), pair(4))
    for reviewer in (ANN, BOB):
        judge(work, reviewer, 1, accept(entry(work, 1)))
        judge(work, reviewer, 2, edit(entry(work, 2), MENDED))
        judge(work, reviewer, 3, reject(entry(work, 3)))
    judge(work, ANN, 4, reject(entry(work, 4)))
    every = lines(work, "jsonl")
    assert [(one["state"], len(one["verdicts"])) for one in every] == [  # type: ignore[arg-type]
        ("accepted", 2), ("edited", 2), ("rejected", 2), ("open", 0)
    ]  # fmt: skip
    assert lines(work, "pairs") == [
        {
            "section": "inclusion", "source": "Age ≥ 18 years (2)", "context": None, "plain": MENDED,
            "before": "You must be 18 or older.",
        }
    ]  # fmt: skip
    assert [one["plain"] for one in lines(work, "wordings")] == ["You must be 18 or older.", MENDED]
    assert lines(work, "wordings", "elsewhere") == []


def test_of_two_wordings_for_one_source_the_newest_counts(work: Workbench) -> None:
    take_in(work, pair(1, source="Adult"), pair(2, source="Adult"))
    clock = work.clock
    assert isinstance(clock, Clock)
    for number, plain in ((2, MENDED), (1, "You must be an adult.")):
        clock.wind(minutes=1)
        for reviewer in (ANN, BOB):
            judge(work, reviewer, number, edit(entry(work, number), plain))
    assert [one["plain"] for one in lines(work, "wordings")] == ["You must be an adult."]


def test_the_report_shows_every_verdict_and_escapes_what_it_quotes(work: Workbench) -> None:
    attack = "<script>alert(1)</script>"
    take_in(work, pair(1, f"{attack} wrong"), pair(2), batch=f"{attack}")
    for reviewer, plain in ((ANN, MENDED), (BOB, "You must be an adult.")):
        judge(work, reviewer, 1, edit(entry(work, 1), plain, reason=attack))
    judge(work, EVE, 1, reject(entry(work, 1)))
    with work.store.reading() as view:
        page = report(view, attack, work.clock())
        head = view.head()
        with pytest.raises(ReviewError, match="has no items"):
            report(view, "elsewhere", work.clock())
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert f"{head.sequence}:{head.hash}" in page
    for told in (
        "by ann",
        "by bob",
        "by eve",
        "adjudication verdict",
        MENDED,
        "1 of 2 items have no final verdict",
    ):
        assert told in page
    assert "http://" not in page
    assert "https://" not in page


def test_the_report_says_that_the_log_is_broken(work: Workbench) -> None:
    take_in(work, pair())
    with work.store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER events_not_updated")
        connection.exec_driver_sql("UPDATE events SET actor = 'eve'")
    with work.store.reading() as view:
        assert "is broken at event 1" in report(view, "pairs", work.clock())
