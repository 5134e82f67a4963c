"""The reader of facts: one meaning, many wordings; nothing numeric overlooked; no text breaks it."""

from decimal import Decimal
from itertools import islice

import pytest
from cases import DATA, golden, needs_data
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from evaluation.benchmark import read_jsonl
from translator import tables
from translator.facts import Facts, read_facts
from translator.records import Fact

HOSTILE = [
    "9", "≥", "(", "no ", "1,", "1-", "1 2 ", "II ", "x10^9 ", "less than ", "not more than 5 ", "[1] ",
    "upper limit of ", "within 4 weeks prior to ", "Day 1, ", "5 or more ", "twenty-", "age ", "a ", "CD1-",
]  # fmt: skip

NUMERIC = [
    "≥ 35 mg",
    "7",
    "CD19",
    "8-9 weeks",
    "< 62 %",
    "more than 25",
    "Day 28",
    "3.5 x 10^9/L",
    "44/67",
    "≤",
    "or",
    "and",
]


def wordings(name: str) -> list[object]:
    return [pytest.param(text, row["reads"], id=text) for row in golden(name) for text in row["same"]]


def measured(facts: Facts) -> list[Fact]:
    return [fact for fact in facts.facts if fact.value is not None]


@pytest.mark.parametrize(("text", "reads"), wordings("quantities"))
def test_a_limit_reads_the_same_in_every_wording(text: str, reads: list[list[str | None]]) -> None:
    facts = read_facts(text)
    found = {(fact.comparator, fact.value, fact.unit) for fact in measured(facts)}
    assert found == {(comparator, Decimal(str(value)), unit) for comparator, value, unit in reads}
    assert facts.unread == ()


@pytest.mark.parametrize(("text", "reads"), wordings("windows"))
def test_a_window_reads_the_same_in_every_wording(text: str, reads: list[list[str | None]]) -> None:
    windows = [fact for fact in read_facts(text).facts if fact.window and fact.window.value is not None]
    found = [
        [f.comparator, str(f.value), f.unit, f.window.direction, f.window.anchor] for f in windows if f.window
    ]
    assert found == reads
    assert all(fact.window and fact.window.unit == fact.unit for fact in windows)


@pytest.mark.parametrize("row", golden("facts"), ids=lambda row: row["text"])
def test_what_a_text_states(row: dict[str, object]) -> None:
    text = str(row["text"])
    facts = read_facts(text)
    told = [[f.kind, f.window.direction if f.window else f.subject] for f in facts.facts]
    assert told == row["facts"]
    assert [text[span.start : span.end] for span in facts.codes] == row["codes"]
    assert [text[span.start : span.end] for span in facts.unread] == row["unread"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("≥ 18 years of age", "> 18 years of age"),
        ("at least 2", "more than 2"),
        ("at most 3 × ULN", "less than 3 × ULN"),
        ("2 mg/dL", "2 mg/L"),
        ("5 mmol/L", "5 mg/dL"),
        ("ECOG 0-1", "ECOG 0-2"),
        ("in the 4 weeks before surgery", "in the 4 weeks after surgery"),
        ("in the 4 weeks before surgery", "in the 4 months before surgery"),
        ("no more than 2 lines", "more than 2 lines"),
        ("1.5 x 10^9/L", "1.5 x 10^6/L"),
    ],
)
def test_different_meanings_read_differently(one: str, other: str) -> None:
    def meaning(text: str) -> list[object]:
        return [(fact.comparator, fact.value, fact.unit, fact.window) for fact in measured(read_facts(text))]

    assert meaning(one) != meaning(other)


def test_spans_point_into_the_given_text() -> None:
    text = "Creatinine \\<= 1.5&nbsp;mg/dL   and \u200bage &gt; 18 years"
    spans = [text[fact.span.start : fact.span.end] for fact in measured(read_facts(text))]
    assert spans == ["\\<= 1.5&nbsp;mg/dL", "&gt; 18 years"]


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text_is_read(text: str) -> None:
    facts = read_facts(text)
    for span in (*(fact.span for fact in facts.facts), *facts.codes, *facts.unread):
        assert 0 <= span.start <= span.end <= len(text)


@given(
    st.lists(
        st.sampled_from(
            [
                "ſ",
                "ı",
                "\u212a",
                "no",
                "within",
                "≥",
                "5",
                "mg",
                "one",
                "½",
                "٣",
                "x10^9",
                "or",
                "/",
                "-",
                "(",
            ]
        ),
        max_size=30,
    )
)
def test_odd_letters_and_digits_are_read(pieces: list[str]) -> None:
    for joint in ("", " "):
        read_facts(joint.join(pieces))


@given(st.lists(st.sampled_from(NUMERIC), min_size=1, max_size=12).map(" ".join))
def test_every_digit_is_a_fact_a_name_or_unread(text: str) -> None:
    facts = read_facts(text)
    spans = [*(fact.span for fact in facts.facts), *facts.codes, *facts.unread]
    kept = [i for i, character in enumerate(text) if character.isdigit() and int(character) > 1]
    assert all(any(span.start <= i < span.end for span in spans) for i in kept)


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    assert_linear(lambda length: read_facts((piece * length)[:length]), 2_000)


def test_a_text_of_a_megabyte_is_read_in_part_and_said_so() -> None:
    text = "platelets at least 100 " + "and so on " * 100_000
    facts = read_facts(text)
    assert measured(facts)[0].value == Decimal(100)
    assert facts.unread[-1].end == len(text.rstrip())


@needs_data
def test_registry_texts_are_read() -> None:
    digits = unread = 0
    for row in islice(read_jsonl("eligibility.train.jsonl.gz"), 150):
        digits += sum(character.isdigit() for character in row["eligibility"])
        unread += len(read_facts(row["eligibility"]).unread)
    assert unread < digits / 100


@needs_data
def test_training_pairs_agree() -> None:
    """The numbers of a source stand in its plain text, but for single pairs that are in error."""
    pairs = read_jsonl(min((DATA / "pairs").glob("*.jsonl")))
    agreeing = [
        {(f.value, f.unit) for f in measured(read_facts(pair["source"]))}
        <= {(f.value, f.unit) for f in measured(read_facts(pair["plain"]))}
        for pair in pairs
    ]
    assert sum(agreeing) / len(agreeing) > 0.95


@pytest.mark.parametrize("name", ["units", "comparators", "cues", "anchors"])
def test_a_table_says_nothing_twice(name: str) -> None:
    rows = tables.rows(f"{name}.tsv")
    cells = [list(row.values()) for row in rows]
    assert cells == sorted(cells)
    variants = [variant for row in rows for variant in tables.variants(row.get("variants", ""))]
    assert len(variants) == len(set(variants))
