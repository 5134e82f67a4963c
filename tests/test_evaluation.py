"""The figures by which the translator is judged, and the command that prints them."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import golden, needs_data
from fakes import ScriptedModel
from hypothesis import given
from hypothesis import strategies as st

from evaluation import __main__ as command
from evaluation import translation, whole
from evaluation.kept import comparators_kept, polarity_kept, units_kept
from evaluation.numbers import kept, numbers
from evaluation.sari import counts, sari
from translator.errors import InputError
from translator.generate import GREEDY, ModelWriter
from translator.pipeline import Translator
from translator.records import Criterion, Section, Span
from translator.templates import TemplateWriter

WORDS = st.lists(st.sampled_from("abcde"), min_size=4, max_size=12).map(" ".join)
NURSING = "Residence in a nursing home with more than 40 beds"
WALKING = "Able to walk 200 meters without rest"
LONG = "Willing to keep a paper diary of 30 pages"
STOCK = "Age ≥ 18 years"

# SARI. Each count is (both, system, reference).


def test_sari_by_hand() -> None:
    found = counts("a b c d", "A b e", "a e d")
    # 1: added e, e; kept a b, a d; deleted c d, b c. 2: added "b e", "a e" and "e d"; kept "a b", nothing;
    # deleted "b c" and "c d", all three. 3 and 4: added "a b e", "a e d"; kept nothing; deleted all.
    assert found.tolist() == [
        [[1, 1, 1], [1, 2, 2], [1, 2, 2]],
        [[0, 1, 2], [0, 1, 0], [2, 2, 3]],
        [[0, 1, 1], [0, 0, 0], [2, 2, 2]],
        [[0, 0, 0], [0, 0, 0], [1, 1, 1]],
    ]
    figures = sari([found])
    assert figures.add == pytest.approx(100 * 1 / 4)
    assert figures.keep == pytest.approx(100 * (1 / 2) / 4)
    assert figures.delete == pytest.approx(100 * (1 / 2 + 1 + 1 + 1) / 4)
    assert figures.sari == pytest.approx(100 * (1 / 4 + 1 / 8 + 7 / 8) / 3)


def test_sari_averages_precision_and_recall_before_their_f1() -> None:
    # Added: precision 1 and 0 for single words and pairs, recall 1/2 and 0; F1 of the averages 1/4 and 1/8.
    assert sari([counts("a", "a b", "c b")]).add == pytest.approx(100 * 2 * (1 / 4) * (1 / 8) / (3 / 8))


def test_sari_counts_how_often() -> None:
    assert counts("a a a", "a", "a a")[0].tolist() == [[0, 0, 0], [1, 1, 2], [1, 2, 1]]
    assert counts("a", "b b", "b")[0, 0].tolist() == [1, 1, 1], "an added word counts once"


def test_sari_is_of_the_corpus() -> None:
    good, bad = counts("a b", "a c", "a c"), counts("a b", "d", "a c")
    assert sari([good, bad]) == sari([good + bad])
    assert sari([good, bad]).sari != pytest.approx((sari([good]).sari + sari([bad]).sari) / 2)
    with pytest.raises(ValueError, match="at least one"):
        sari([])


@given(WORDS, WORDS, WORDS)
def test_sari_stays_in_its_range(source: str, output: str, reference: str) -> None:
    figures = sari([counts(source, output, reference)])
    assert all(0 <= figure <= 100 for figure in figures)
    copied = sari([counts(source, source, reference)])
    assert copied.add == copied.delete == 0


# Numbers


@pytest.mark.parametrize("row", golden("numbers"), ids=lambda row: row["text"])
def test_the_numbers_of_a_text(row: dict[str, Any]) -> None:
    assert numbers(row["text"]) == Counter(map(Decimal, row["numbers"]))


@pytest.mark.parametrize(
    ("source", "plain", "answer"),
    [
        ("At least 2 of 5", "two or more of the five (out of 100 words)", True),
        ("At least 2 of 5", "at least 2", False),
        ("1,500 cells", "1500 cells", True),
        ("1,500 cells", "150 cells", False),
        ("5 mg in 5 days", "5 mg in a few days", False),
        ("No pregnancy", "You must not be pregnant", True),
    ],
)
def test_all_numbers_must_be_kept(source: str, plain: str, answer: bool) -> None:
    assert kept(source, plain) is answer


@given(st.text(st.sampled_from("0123456789⁹³²,. eExX^one()\u00a0²"), max_size=60))
def test_a_text_keeps_its_own_numbers(text: str) -> None:
    assert kept(text, text)


# Translation


SCRIPT = {
    WALKING: "You must be able to walk 200 meters without rest.",
    NURSING: "You cannot join if you live in a nursing home with more than 14 beds.",
}


def example(unit: str, text: str, plain: str, section: Section = "inclusion") -> translation.Example:
    span = Span(start=0, end=len(text))
    criterion = Criterion(id=unit, section=section, text=text, span=span)
    return translation.Example(f"trial {unit}", criterion, plain, plain.replace("must", "need to"))


def measure(given: Sequence[translation.Example], script: Mapping[str, str]) -> dict[str, Any]:
    model = ScriptedModel({source: [plain] for source, plain in script.items()})
    drafter = ModelWriter(model, GREEDY)
    return translation.measure(given, Translator((drafter, TemplateWriter()), model.version), drafter)


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    given = [
        example("1", WALKING, SCRIPT[WALKING]),
        example(
            "2", NURSING, "You cannot join if you live in a nursing home with over 40 beds.", "exclusion"
        ),
        example("3", STOCK, "You must be 18 or older."),
        example("4", LONG, "You must be willing to keep a diary of 30 pages on paper."),
    ]
    return measure(given, SCRIPT)


def value(figure: Mapping[str, Any]) -> float:
    low, high = figure["interval"]
    assert low <= figure["value"] <= high
    return float(figure["value"])


def test_each_route_has_its_share(result: dict[str, Any]) -> None:
    shares = {route: (value(row["share"]), value(row["faithful"])) for route, row in result["routes"].items()}
    assert shares == {
        "model": (0.25, 0.25),
        "memory": (0, 0),
        "template": (0.25, 0.25),
        "source": (0.5, 0),
    }
    assert (value(result["faithful"]["by_model"]), value(result["faithful"]["by_any"])) == (0.25, 0.5)


def test_each_system_is_measured(result: dict[str, Any]) -> None:
    systems = result["systems"]
    assert {name: value(row["own"]) for name, row in systems.items()} == {
        "source": 1, "template": 0.25, "draft": 0.5, "published": 1, "second wording": 1, "reference": 1
    }  # fmt: skip
    assert value(systems["reference"]["sari"]) == value(systems["reference"]["chrf"]) == pytest.approx(100)
    for name in ("template", "draft", "published"):
        for figure in ("sari", "chrf"):
            assert value(systems["source"][figure]) < value(systems[name][figure]) < 100


def test_a_number_lost_in_a_draft_is_seen_and_not_published(result: dict[str, Any]) -> None:
    assert value(result["systems"]["draft"]["numbers_kept"]) == 0.5
    assert value(result["systems"]["published"]["numbers_kept"]) == 1


def test_a_system_that_writes_nothing_has_no_figures_of_its_own() -> None:
    text = "Documented hypersensitivity reactions attributable to intravenous iodinated radiocontrast"
    row = measure([example("1", text, "You must have been ill after a dye.")], {})
    draft, source, reference = (row["systems"][name] for name in ("draft", "source", "reference"))
    assert (draft["numbers_kept"], draft["grade_median"], value(draft["own"])) == (None, None, 0)
    assert draft["sari"] == source["sari"]
    assert value(source["grade_median"]) > value(reference["grade_median"])
    assert "–" in translation.table(row)


def test_what_another_system_wrote_is_measured_beside(tmp_path: Path) -> None:
    given = [example("1", WALKING, SCRIPT[WALKING]), example("2", STOCK, "You must be 18 or older.")]
    file = tmp_path / "other.jsonl"
    lines = [{"id": "2", "plain": "You must be 81 or older."}, {"id": "of another gold", "plain": "You?"}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    model = ScriptedModel()
    drafter = ModelWriter(model, GREEDY)
    others = {"other": translation.predicted(file, given)}
    row = translation.measure(given, Translator((drafter,), model.version), drafter, others)
    other = row["systems"]["other"]
    assert (value(other["own"]), value(other["numbers_kept"])) == (0.5, 0)
    assert "other" in translation.table(row)


@pytest.mark.parametrize("line", ['{"id": "1"}', '{"id": "1", "plain": 7}', '{"id": "1", "pl', "[]"])
def test_a_prediction_of_another_shape_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text(f'{{"id": "1", "plain": "You must."}}\n{line}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"other\.jsonl, line 2: is no object"):
        translation.predicted(file, [])


def test_the_table_shows_every_figure(result: dict[str, Any]) -> None:
    shown = translation.table(result)
    for name, figures in result["systems"].items():
        assert name in shown
        assert f"{figures['sari']['value']:.2f}" in shown
    assert "4 criteria of 4 trials" in shown


@needs_data
def test_a_copy_of_the_gold_has_the_sari_that_others_found() -> None:
    gold = list(translation.examples())
    assert len(gold) > 300
    assert {one.criterion.section for one in gold} == {"inclusion", "exclusion"}
    copied = sari([counts(one.criterion.text, one.criterion.text, one.plain) for one in gold])
    assert copied.sari == pytest.approx(18.7, abs=0.05)
    assert np.mean([kept(one.criterion.text, one.plain) for one in gold]) > 0.99


# The command


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    """Two parts: one that finds 7, and one that has no weights; gives what the command wrote."""

    def fail() -> dict[str, Any]:
        raise InputError("weights", "no checksums.json", "Give a folder")

    (tmp_path / "gold.jsonl").write_text("{}\n", encoding="utf-8")
    monkeypatch.setattr(command, "DATA", tmp_path)
    made = {
        "good": command.Part(
            lambda: {"found": 7}, lambda result: f"found {result['found']}", ("gold.jsonl",)
        ),
        "bad": command.Part(fail, str, ("gold.jsonl",)),
        "bare": command.Part(lambda: {"found": 1}, str, ("absent.jsonl",)),
    }
    monkeypatch.setattr(command, "PARTS", made)
    return lambda: json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))


def test_results_carry_their_signature(
    parts: Callable[[], dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["good", "--out", str(tmp_path / "results.json")]) == 0
    written = parts()["good"]
    assert written["result"] == {"found": 7}
    assert written["signature"]["command"] == "python -m evaluation good"
    assert written["signature"]["data"] == {"gold.jsonl": "ca3d163bab05"}
    assert {"python", "lexicon", "plaincriteria", "sacrebleu"} <= set(written["signature"]["versions"])
    assert "found 7" in capsys.readouterr().out


def test_predictions_reach_their_part_and_its_signature(
    parts: Callable[[], dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gold.jsonl"
    part = command.Part(
        lambda **more: {"given": {name: str(one) for name, one in more["predictions"].items()}}, str, ()
    )
    monkeypatch.setitem(command.PARTS, "translation", part)
    options = ["--predictions", f"a={file}", "--predictions", f"b={file}"]
    assert command.main(["good", "translation", *options, "--out", str(tmp_path / "results.json")]) == 0
    written = parts()["translation"]
    assert written["result"] == {"given": {"a": str(file), "b": str(file)}}
    assert written["signature"]["data"] == {str(file): "ca3d163bab05"}
    assert written["signature"]["command"].endswith(
        f"translation --predictions a={file} --predictions b={file}"
    )


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("given", ["other", "=file", "name="])
def test_predictions_have_a_name_and_a_file(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["good", "--predictions", given])
    assert "is not NAME=FILE" in capsys.readouterr().err


def test_a_part_that_cannot_run_says_why_and_the_others_run(
    parts: Callable[[], dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--out", str(tmp_path / "results.json")]) == 1
    bad, bare = capsys.readouterr().err.splitlines()
    assert bad == "bad: weights: no checksums.json. Give a folder."
    assert "absent.jsonl" in bare
    assert list(parts()) == ["good"]


@pytest.mark.usefixtures("parts")
def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        command.main(["unheard"])
    assert error.value.code == 2
    assert "no part is called 'unheard'; there are good, bad, bare" in capsys.readouterr().err


def test_there_is_a_part_for_each_stage_that_is_judged() -> None:
    assert list(command.PARTS) == ["segmentation", "fidelity", "translation", "whole"]


# What the scorer's code has no part in

KEPT = {
    "comparators": lambda row: comparators_kept(row["source"], row["plain"]),
    "units": lambda row: units_kept(row["source"], row["plain"]),
    "polarity": lambda row: polarity_kept(row["section"], row["source"], row["plain"]),
}


@pytest.mark.parametrize("row", golden("kept"), ids=lambda row: f"{row['source']} => {row['plain']}")
def test_what_is_kept(row: dict[str, Any]) -> None:
    assert KEPT[row["what"]](row) is row["kept"]


# Whole texts


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("You must be able to walk 200 meters without rest.", False),
        ("You cannot join if you have had a stroke. " * 2, False),
        ("You cannot join if you have had a stroke. " * 3, True),
        ("", False),
    ],
)
def test_a_loop_is_a_run_of_words_that_stands_three_times(text: str, loop: bool) -> None:
    assert bool(whole.loops(text)) is loop


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("You must be 18 or older.", True),
        ("You must have one or more of these:", True),
        ("You must have asthma (swollen airways).", True),
        ("You must have asthma (swollen airways.", False),
        ("You must have asthma and", False),
        ("You must have asthma and.", False),
        ("You must have", False),
        ("", False),
    ],
)
def test_a_whole_sentence_ends_and_closes_what_it_opens(text: str, is_whole: bool) -> None:
    assert whole.whole(text) is is_whole
