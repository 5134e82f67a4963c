"""Errors that are planted on purpose are errors, of the type they are given, and read like any other text."""

import json
import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cases import golden
from growth import assert_linear
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.perturb import Planted, examples, main, plant, read_pairs, rewritten, twins
from evaluation.planting.edits import Edit
from evaluation.planting.wording import rules
from translator.records import Pair, Section

CORPUS = Path(__file__).parents[1] / "models" / "corpus"
ALL = 500
# Of the pairs of the corpus, the share that gives room for an error of the type; less would starve a model.
LEAST_SHARES = {
    "addition": 0.6, "comparator": 0.2, "entity": 0.45, "logic": 0.3, "number": 0.35, "omission": 0.5,
    "polarity": 0.85, "scope": 0.15, "time": 0.25, "unit": 0.3,
}  # fmt: skip
STROKE = Pair(
    id="1",
    section="exclusion",
    source="Stroke or seizures within 6 months prior to screening",
    plain="You cannot join if you have had a stroke or seizures in the 6 months before screening.",
)
PHRASES = (
    "You cannot join if you have, you must, not, at least 18, or older, 28 days, or, and, (a drug), asthma, "
    "before, after., ≥ 5 mg/dL, two weeks (14 days), unless, history of, No, known, a, an, the, kidney, "
    "disease, III or IV, HIV"
)
WORDS = st.sampled_from(PHRASES.split(", "))
TEXTS = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=24).map(" ".join))
PAIRS = st.builds(
    Pair,
    id=st.just("1"),
    section=st.sampled_from(("inclusion", "exclusion", "other")),
    source=TEXTS,
    plain=TEXTS,
)


def pair(section: Section, source: str, plain: str) -> Pair:
    return Pair(id="1", section=section, source=source, plain=plain)


def changed(planted: Planted) -> str:
    return planted.source if planted.side == "source" else planted.plain


@cache
def drawn(section: Section, source: str, plain: str) -> frozenset[tuple[str, str, str]]:
    """What is planted in a pair by one chance or another: rows of the table share their pairs."""
    return frozenset(
        (planted.type, planted.side, changed(planted))
        for seed in range(40)
        for planted in plant(pair(section, source, plain), random.Random(seed), ALL)
    )


@pytest.mark.parametrize("row", golden("perturb"), ids=lambda row: row["text"])
def test_golden(row: dict[str, Any]) -> None:
    found = drawn(row["section"], row["source"], row["plain"])
    assert ((row["type"], row["side"], row["text"]) in found) is row["may"]


@given(PAIRS, st.integers(0, 9))
@settings(max_examples=150)
def test_any_text_is_taken_and_each_error_changes_one_side(given_pair: Pair, seed: int) -> None:
    found = plant(given_pair, random.Random(seed), ALL)
    texts = [(planted.source, planted.plain) for planted in found]
    assert len(set(texts)) == len(texts)
    for planted in found:
        other = planted.plain if planted.side == "source" else planted.source
        assert other == (given_pair.plain if planted.side == "source" else given_pair.source)
        before = given_pair.source if planted.side == "source" else given_pair.plain
        assert "".join(changed(planted).casefold().split()) != "".join(before.casefold().split())
        start, end = planted.span.start, planted.span.end
        assert 0 <= start <= end <= len(changed(planted))
        tail = len(changed(planted)) - end
        assert changed(planted)[:start] == before[:start]
        assert changed(planted)[end:] == before[len(before) - tail :]
    assert found == plant(given_pair, random.Random(seed), ALL)
    assert rewritten(given_pair.plain, random.Random(seed)) == rewritten(
        given_pair.plain, random.Random(seed)
    )
    assert given_pair not in twins(given_pair, random.Random(seed))


def test_there_are_no_more_errors_than_asked_for() -> None:
    assert len(plant(STROKE, random.Random(1))) == 6
    assert plant(STROKE, random.Random(1), 0) == []


def test_several_types_and_both_sides_come_of_one_pair() -> None:
    found = plant(STROKE, random.Random(1))
    assert len({planted.type for planted in found}) >= 4
    assert {planted.side for planted in found} == {"source", "plain"}


def test_sentences_come_from_other_pairs() -> None:
    other = "You must have a garden. This means your own."
    found = [p for p in plant(STROKE, random.Random(1), ALL, [other]) if "garden" in p.plain]
    assert found
    assert {(p.type, p.side) for p in found} == {("addition", "plain")}


def test_every_type_has_room_in_the_corpus() -> None:
    pairs = [one for _, one in read_pairs(CORPUS)][::60]
    texts = [one.plain for one in pairs]
    room = dict.fromkeys(LEAST_SHARES, 0)
    sides: set[tuple[str, str]] = set()
    for one in pairs:
        found = plant(one, random.Random(one.id), ALL, texts[:1])
        sides |= {(planted.type, planted.side) for planted in found}
        for kind in {planted.type for planted in found}:
            room[kind] += 1
    assert sides == {(kind, side) for kind in LEAST_SHARES for side in ("source", "plain")}
    assert {kind: room[kind] / len(pairs) >= least for kind, least in LEAST_SHARES.items()} == dict.fromkeys(
        LEAST_SHARES, True
    )


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("You cannot join if you have gout.", "You can't take part if you have gout."),
        ("You must be 18 or older.", "You must be at least 18 years old."),
        ("You must be at least 18 years old.", "You must be 18 or older."),
        ("It was in the past 2 weeks.", "It was in the past two weeks."),
        ("You must have gout (a joint disease).", "You must have gout."),
        ("You must have gout (a joint disease).", "You must have gout, a joint disease."),
        ("You must have gout, asthma or acne.", "You must have acne, asthma or gout."),
        ("You must have gout.", "You must have gout. Ask the study team if you are unsure."),
        ("You must have had treatment.", "You must have had treatmnet."),
    ],
)
def test_rewriting_keeps_the_meaning(plain: str, expected: str) -> None:
    assert expected in {text for seed in range(60) for text in rewritten(plain, random.Random(seed))}


@pytest.mark.parametrize(
    "plain",
    [
        "You must have pain (more than 3 attacks) now.",
        "You must have pain (the worst you ever had before surgery) now.",
    ],
)
def test_what_stands_in_parentheses_and_limits_is_no_explanation(plain: str) -> None:
    kept = [text for text in rewritten(plain, random.Random(1)) if "pain" in text]
    assert all("(" in text for text in kept)


def test_twins_say_it_on_both_sides_or_under_the_other_section() -> None:
    found = {(twin.section, twin.source, twin.plain) for twin in twins(STROKE, random.Random(1), ALL)}
    assert (
        "exclusion",
        "Stroke or seizures within 3 months prior to screening",
        "You cannot join if you have had a stroke or seizures in the 3 months before screening.",
    ) not in found, "6 is near 5, 7, 8, 4 and 12"
    assert (
        "exclusion",
        "Stroke or seizures within 7 months prior to screening",
        "You cannot join if you have had a stroke or seizures in the 7 months before screening.",
    ) in found
    assert (
        "inclusion",
        STROKE.source,
        "You must have had a stroke or seizures in the 6 months before screening.",
    ) in found


def test_no_twin_of_a_source_that_denies() -> None:
    denied = pair("inclusion", "No stroke", "You must not have had a stroke.")
    assert twins(denied, random.Random(1), ALL) == []


@pytest.mark.parametrize(
    ("text", "where", "new", "result"),
    [
        ("You have a stroke.", (11, 17), "ulcer", "You have an ulcer."),
        ("You have an MRI scan.", (12, 15), "CT", "You have a CT scan."),
        ("Severe pain now", (0, 6), "", "Pain now"),
        ("You have severe pain.", (9, 15), "", "You have pain."),
        ("It ends now.", (8, 11), "", "It ends."),
        ("First dose", (0, 5), "last", "Last dose"),
        ("A severe ulcer", (2, 8), "", "An ulcer"),
    ],
)
def test_a_change_stays_english(text: str, where: tuple[int, int], new: str, result: str) -> None:
    assert Edit.of(text, where, new, "entity", "").applied(text) == result


@pytest.mark.parametrize("side", ["source", "plain"])
def test_every_row_of_the_tables_says_something_else(side: Any) -> None:
    for rule in rules(side):
        assert rule.becomes
        assert all(new != rule.family for new in rule.becomes if len(rule.becomes) == 1), rule.family


def test_work_is_linear_in_length() -> None:
    def work(size: int) -> None:
        text = ("You cannot join if you have had asthma (a lung disease) or gout in the past 2 weeks. " * 60)[
            :size
        ]
        plant(pair("exclusion", text, text), random.Random(1))

    assert_linear(work, 500)


def test_long_texts_are_left_alone() -> None:
    text = "You must be 18. " * 400
    assert plant(pair("inclusion", text, "You must be 18."), random.Random(1)) == []
    assert rewritten(text, random.Random(1)) == []


def test_the_command_writes_the_same_whatever_the_hash_seed(tmp_path: Path) -> None:
    row = {
        "id": "a",
        "kind": "exclusion",
        "context": "Any of:",
        "source": STROKE.source,
        "plain": STROKE.plain,
    }
    folder = tmp_path / "pairs"
    folder.mkdir()
    (folder / "x.jsonl").write_text(json.dumps(row) + "\n")
    for seed in ("1", "2"):
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "evaluation.perturb", str(folder), str(tmp_path / seed), "--each", "4"],
            check=True, env={"PYTHONHASHSEED": seed}, cwd=CORPUS.parents[1],
        )  # fmt: skip
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    lines = [json.loads(line) for line in (tmp_path / "1").read_text("utf-8").splitlines()]
    keys = {"id", "kind", "context", "source", "plain", "type", "side", "span"}
    assert all(set(line) == keys for line in lines)
    assert {**row, "type": None, "side": None, "span": None} == lines[0]
    assert sum(line["type"] is not None for line in lines) == 4
    assert any(line["type"] is None and line["plain"] != row["plain"] for line in lines)


def test_a_seed_is_told_apart() -> None:
    pairs = [("exclusion", STROKE)]
    assert list(examples(pairs, 1, 3)) == list(examples(pairs, 1, 3))
    assert list(examples(pairs, 1, 3)) != list(examples(pairs, 2, 3))


def test_a_line_that_is_no_pair_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.jsonl").write_text('{"id": "1"}\n')
    assert main([str(tmp_path), str(tmp_path / "out")]) == 2
    assert "bad.jsonl, line 1" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
