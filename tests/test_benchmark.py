"""The open benchmark: its form, its README, and that other systems can be put to it."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from cases import needs_data

from evaluation import score
from evaluation.benchmark import FILES, OWN, examples, load
from evaluation.fidelity import unfolded
from evaluation.kept import numbers_kept
from evaluation.results import Results
from translator.errors import InputError
from translator.records import FindingType

ITEMS = load("open").items
PLANTABLE = set(get_args(FindingType)) - {"ambiguous_source", "unread"}
README = (OWN / "benchmark" / "README.md").read_text("utf-8")


def written(file: Path, *lines: object) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def test_it_has_three_hundred_criteria_with_all_that_is_promised() -> None:
    assert len(ITEMS) >= 300
    assert len({item.id for item in ITEMS}) == len({item.source for item in ITEMS}) == len(ITEMS)
    for item in ITEMS:
        texts = [item.plain, item.paraphrase, *(error.plain for error in item.errors)]
        assert all(texts), item.id
        assert len(set(texts)) == len(texts) == 4, item.id


def test_every_type_of_error_is_planted_often() -> None:
    counts = Counter(error.type for item in ITEMS for error in item.errors)
    assert set(counts) == PLANTABLE
    assert min(counts.values()) >= 50


def test_the_readme_tells_what_it_holds() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", README, re.MULTILINE))
    counts = Counter(error.type for item in ITEMS for error in item.errors)
    assert {kind: int(n) for kind, n in told.items()} == counts
    sections = Counter(item.section for item in ITEMS)
    nested = sum(item.context is not None for item in ITEMS)
    assert (
        f"{len(ITEMS)} criteria, {sections['inclusion']} of inclusion and "
        f"{sections['exclusion']} of exclusion, {nested} under a lead-in; {2 * len(ITEMS)} faithful texts, "
        f"{counts.total()} with an error"
    ) in README


def test_references_keep_the_numbers_and_number_errors_lose_them() -> None:
    assert sum(numbers_kept(item.source, item.plain) for item in ITEMS) >= 0.97 * len(ITEMS)
    wrong = [(item, error) for item in ITEMS for error in item.errors if error.type == "number"]
    assert sum(numbers_kept(item.source, error.plain) for item, error in wrong) <= 0.2 * len(wrong)


def test_the_quick_set_is_part_of_the_open_one() -> None:
    quick = load("quick").items
    assert 40 <= len(quick) <= 80
    assert set(quick) <= set(ITEMS)


def test_pairs_have_ids_that_tell_them_apart() -> None:
    pairs = unfolded(load("quick"))
    assert len({example.pair.id for example in pairs}) == len(pairs) == 4 * len(load("quick").items)
    assert [example.origin for example in pairs[:4]] == ["reference", "paraphrase", "error", "error"]


def test_a_line_of_another_form_is_told_with_its_number(tmp_path: Path, monkeypatch) -> None:
    good = {"id": "1", "section": "inclusion", "source": "Age > 18", "plain": "You must be over 18."}
    file = written(tmp_path / "a.jsonl", good, {**good, "section": "note"})
    monkeypatch.setitem(FILES, "broken", (file,))  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"a\.jsonl, line 2: is no item"):
        load("broken")


def test_pairs_of_the_corpus_are_read_with_all_their_texts(tmp_path: Path) -> None:
    row = {"id": "7", "kind": "note", "source": "a", "plain": "b", "errors": [{"type": "unit", "text": "c"}]}
    given = examples([written(tmp_path / "05.jsonl", row)])
    assert [(e.pair.id, e.pair.section, e.pair.plain, e.planted) for e in given] == [
        ("05/7/0", "other", "b", None),
        ("05/7/1", "other", "c", "unit"),
    ]


@needs_data
def test_the_gold_is_read_as_the_benchmark_is() -> None:
    gold = load("gold").items
    assert len(gold) == 320
    assert {len(item.errors) for item in gold} == {2}


# Other systems


def test_a_scorer_that_knows_the_truth_is_perfect_and_one_that_knows_nothing_is_chance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = unfolded(load("quick"))
    file = tmp_path / "oracle.jsonl"
    written(file, *({"id": e.pair.id, "score": float(e.planted is None), "by": "oracle"} for e in pairs))
    out = tmp_path / "results.json"
    assert score.main(["--scores", str(file), "--data", "quick", "--out", str(out)]) == 0
    numbers = Results.read(out).numbers()
    overall = numbers["score --scores oracle.jsonl/quick/scorers/oracle/AUROC"]
    assert (overall.value, overall.interval, overall.n) == (1.0, (1.0, 1.0), len(pairs))
    types = {path.split("/")[-2] for path in numbers if path.split("/")[-3] == "types"}
    assert types == {e.planted for e in pairs if e.planted}
    printed = capsys.readouterr().out
    assert "oracle.jsonl@" in printed
    written(file, *({"id": e.pair.id, "score": 0.5} for e in pairs))
    flat = score.of_scores("flat", score.read(file, score.Score), "quick")
    assert flat.tables[0].numbers[0].value == 0.5


def test_translations_are_measured_beside_source_and_reference(tmp_path: Path) -> None:
    items = load("quick").items
    lines = [{"id": item.id, "plain": item.paraphrase} for item in items[:10]]
    given = score.read(
        written(tmp_path / "mine.jsonl", *lines, {"id": "else", "plain": "You?"}), score.Prediction
    )
    found = score.of_predictions("mine", given, "quick")
    numbers = {(t.name, n.subject, n.measure): n for t in found.tables for n in t.numbers}
    assert numbers["systems", "mine", "own"].value == pytest.approx(10 / len(items), abs=1e-3)
    likeness = [numbers["systems", name, "SARI"].value for name in ("source", "mine", "reference")]
    assert likeness == sorted(likeness)
    assert likeness[-1] == 100
    assert numbers["verdicts", "mine", "faithful"].n == 10
    assert numbers["readability", "mine", "grade, median"].n == 10


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (['{"id": "1"}'], 'line 1: is no object with "id" and "score"'),
        (['{"id": "1", "score": "high"}'], "line 1: is no object"),
        (['{"id": "1", "score": NaN}'], "line 1: is no object"),
        (['{"id": "1", "score": 1}', "", '{"id": "1", "score": 0}'], "line 3: has the id 1 again"),
        (["[]"], "line 1: is no object"),
    ],
)
def test_scores_of_another_form_are_refused(tmp_path: Path, lines: list[str], complaint: str) -> None:
    file = tmp_path / "scores.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(complaint)):
        score.read(file, score.Score)


def test_what_lacks_pairs_or_has_none_of_the_set_is_refused() -> None:
    with pytest.raises(InputError, match=r"lacks \d+ of \d+ pairs of the set quick"):
        score.of_scores("mine", {}, "quick")
    with pytest.raises(InputError, match="has no text for an item"):
        score.of_predictions("mine", {"else": score.Prediction(id="else", plain="You?")}, "quick")


def test_pairs_are_written_without_their_truth(capsys: pytest.CaptureFixture[str]) -> None:
    assert score.write_pairs(["--data", "quick"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 4 * len(load("quick").items)
    assert {key for line in lines for key in line} == {"id", "section", "source", "plain", "context"}
