"""Segmentation: golden texts, nothing lost, exact spans, linear time, and all real texts where present."""

import re
from itertools import islice

import pytest
from cases import golden, needs_data
from growth import assert_linear
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation import segmentation
from evaluation.assembly import STYLES, Text, Unit, assembled
from evaluation.benchmark import load, read_jsonl
from translator.segment import MAX_CONTEXT, segment

# What may stand outside every span: white space, bullets and numbers.
PUNCTUATION = r"(?:[^\w\s]|_|[\u2460-\u2793])*"  # circled numbers are bullets, and need no space
NUMBER = r"(?:\d{1,3}[a-z]?(?:\.\d{1,2}){0,3}|[A-Za-z](?:\.\d{1,2}){0,3}|[ivxIVX]{1,5})"
GAP = re.compile(rf"{PUNCTUATION}(?:{NUMBER}{PUNCTUATION})?")

FRAGMENTS = st.sampled_from(
    [
        "\n", "\n\n", "\n  ", "\n    ", "\r\n", "\t", " ", "\u200b", "\u2028", "* ", "- ", "• ",
        "1. ", "2. ", "a) ", "(b) ", "i. ", "ii. ", "1\\. ", "2.1. ", "①", "o ", ":", ";", ". ",
        "; or ", "(", ")", "[", "\\>= 18", "5", "Inclusion Criteria:", "EXCLUSION CRITERIA",
        "Key Exclusion Criteria: ", "Exclusion", "Participants must:", "DISEASE CHARACTERISTICS: ",
        "Age: ", "No ", "Prior therapy allowed", "NOTE:", "OR", "cancer", "Part A",
        "excluſion criteria:", "İ",
        "Patients with the following are excluded:", "E. coli", "grade 2",
        "--Patient Characteristics--", "…", "\x00",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(FRAGMENTS, max_size=40).map("".join))


def lost(gap):
    """Returns the words between two spans that are neither bullets nor numbers."""
    return [word for word in gap.replace("\u200b", " ").split() if not GAP.fullmatch(word)]


def check(text):
    """Holds a text to what is true of every segmentation."""
    criteria = segment(text)
    ids = set()
    end = 0
    for position, criterion in enumerate(criteria, 1):
        start = criterion.span.start
        assert end <= start < criterion.span.end <= len(text)
        assert not lost(text[end:start])
        end = criterion.span.end
        assert criterion.text == " ".join(text[start:end].split())
        assert criterion.id == str(position)
        assert criterion.parent_id is None or criterion.parent_id in ids
        assert (criterion.context is None) == (criterion.parent_id is None)
        assert len(criterion.context or "") <= MAX_CONTEXT
        ids.add(criterion.id)
    assert not lost(text[end:])
    return criteria


@pytest.mark.parametrize("case", golden("segmentation"), ids=lambda case: case["name"])
def test_golden(case):
    found = [
        {"section": unit.section, "role": unit.role, "parent": unit.parent_id, "text": unit.text}
        for unit in check(case["text"])
    ]
    assert found == case["units"]


def test_context_is_every_lead_in_above():
    text = "Inclusion Criteria:\n\n* Leukemia:\n\n  * Not fit for a transplant because of:\n\n    * Age"
    item = segment(text)[-1]
    assert item.text == "Age"
    assert item.context == "Leukemia: Not fit for a transplant because of:"


def test_nothing_is_nested_under_a_text_that_is_too_long_to_be_a_context():
    text = f"* {'long ' * MAX_CONTEXT}:\n\n  * item"
    assert [(unit.parent_id, unit.context) for unit in check(text)] == [(None, None), (None, None)]


@settings(max_examples=400)
@given(TEXTS)
def test_nothing_is_lost(text):
    check(text)


@given(TEXTS)
def test_same_text_gives_same_units(text):
    assert segment(text) == segment(text)


HOSTILE = {
    "bullets": "* ",
    "bulleted lines": "* a\n",
    "open brackets": "( a [",
    "closed brackets": ")] ",
    "digits": "1 ",
    "numbers that run on": "1. a 2. b ",
    "one endless word": "x",
    "one endless line": "word ",
    "white space": " \t",
    "gaps": "a" + " " * 200 + "b. ",
    "lead-ins": "a:\n1. b:\na. c:\n",
    "headings": "Inclusion Criteria: ",
    "sentences": "A b; c (d). ",
    "old cancer trial": "DISEASE CHARACTERISTICS: Age: No x Bb cc ",
    "backslashes": "\\",
    "rules": "_-=",
}


def hostile(name, size):
    if name == "deep indentation":
        text, indent = [], 0
        while size > 0:
            text.append(" " * indent + "* item:\n")
            size -= indent + 8
            indent += 2
        return "".join(text)
    return HOSTILE[name] * (size // len(HOSTILE[name]))


@pytest.mark.parametrize("name", [*HOSTILE, "deep indentation"])
def test_time_is_linear_in_length(name):
    assert_linear(lambda size: segment(hostile(name, size)), 3_000)


@needs_data
@pytest.mark.parametrize(
    ("name", "step"),
    [("eligibility.dev", 1), ("eligibility.train", 4), ("ctgov_v2.dev", 1), ("ctgov_v2.train", 1)],
)
def test_real_texts(name, step):
    """All of dev; of train, where the rules were written, one in four."""
    for row in islice(read_jsonl(f"{name}.jsonl.gz"), 0, None, step):
        record = row.get("protocolSection", {}).get("eligibilityModule", {})
        text = row.get("eligibility") or record.get("eligibilityCriteria") or ""
        assert check(text) or not text.strip()


def figures(data: str) -> dict[tuple[str, str, str], float]:
    tables = segmentation.measure(data).tables
    return {(t.name, n.subject, n.measure): n.value for t in tables for n in t.numbers}


@pytest.mark.parametrize("data", ["open", pytest.param("gold", marks=needs_data)])
def test_figure_on_texts_with_every_unit_marked(data):
    found = figures(data)
    assert found["units", "all units", "F1"] >= 0.97
    assert found["units", "criteria and lead-ins", "F1"] >= 0.97
    assert found["places", "parent", "right"] >= 0.97


def test_figures_of_one_missed_and_one_spurious_unit_and_a_wrong_parent():
    def unit(text, parent=None):
        return Unit("inclusion", "criterion", text, parent)

    text = Text("1", "plain", "", (unit("a"), unit("a"), unit("b", "a")))
    assert segmentation.counts(text.units, [unit("a"), unit("c")]) == (3, 2, 1)
    findings = segmentation.figures([text], [[unit("a"), unit("c"), unit("b")]])
    numbers = {(t.name, n.subject, n.measure): n.value for t in findings.tables for n in t.numbers}
    shares = [numbers["units", "all units", name] for name in ("precision", "recall", "F1")]
    assert shares == [pytest.approx(2 / 3, abs=1e-4)] * 3
    assert numbers["places", "role", "right"] == 1
    assert numbers["places", "parent", "right"] == 0.5


def test_texts_are_put_together_in_each_style_with_their_units():
    texts = list(assembled(load("open").items))
    assert {text.style for text in texts} == set(STYLES)
    for text in texts:
        words = " ".join(text.eligibility.split())
        assert len(text.units) >= 14
        assert all(unit.text in words for unit in text.units), text.id
    assert any(unit.parent for text in texts for unit in text.units)
    assert max(map(len, texts[2].eligibility.splitlines())) <= 79
