import pytest
from cases import golden
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from translator.readability import readability
from translator.records import Span, Term
from translator.syllables import syllables


@pytest.mark.parametrize("case", golden("readability"), ids=lambda case: case["plain"][:60])
def test_golden(case):
    found = readability(case["plain"])
    assert found.grade == pytest.approx(case["grade"])
    assert found.words == case["words"]
    assert list(found.unexplained) == case["unexplained"]


@pytest.mark.parametrize("case", golden("syllables"), ids=lambda case: case["word"])
def test_syllables(case):
    assert syllables(case["word"]) == case["syllables"]


def test_the_grade_is_the_formula_of_kincaid():
    # old-er, can-not, preg-nant and nurs-ing have two syllables, breast-feed-ing three, the eight others one
    text = "You must be older. You cannot join while pregnant, nursing, or breastfeeding now."
    assert readability(text).grade == round(0.39 * 13 / 2 + 11.8 * 19 / 13 - 15.59, 1)


@pytest.mark.parametrize(
    "aside",
    [
        " (esophagogastroduodenoscopy)",
        " 1,500",
        " 40 mg",
        " 50 mL/min",
        " MRI",
        " Massachusetts",
    ],
)
def test_what_is_set_aside_does_not_count(aside):
    plain = "You must have this{} before you join."
    assert readability(plain.format(aside)).grade == readability(plain.format("")).grade


def test_names_among_the_terms_are_set_aside():
    term = Term(surface="pembrolizumab", plain=None, kind="drug", span=Span(start=0, end=13), source="test")
    plain = "You must have pembrolizumab now."
    assert readability(plain, [term]).grade == readability("You must have now.").grade
    assert readability(plain).grade > readability(plain, [term]).grade


@pytest.mark.parametrize(
    ("plain", "unexplained"),
    [
        ("You have hypertension.", ("hypertension",)),
        ("You have high blood pressure (hypertension).", ()),
        ("You have high blood pressure, or hypertension.", ()),
        ("You have hypertension (high blood pressure). It is treated hypertension.", ()),
        ("You have hypertension. You have hypertension.", ("hypertension",)),
        ("You have HIV and had an MRI.", ()),
        ("You have XQZ.", ("XQZ",)),
        ("You have XQZ (a rare illness).", ()),
    ],
)
def test_jargon(plain, unexplained):
    assert readability(plain).unexplained == unexplained


@given(st.text(max_size=400))
def test_any_text_is_measured(text):
    found = readability(text)
    assert found.grade >= 0
    assert found.words >= 0
    assert len(set(found.unexplained)) == len(found.unexplained)


@given(st.text(alphabet=st.characters(categories=["L"]), min_size=1, max_size=80))
def test_a_word_has_a_syllable(word):
    assert 1 <= syllables(word) <= len(word) + 20


@pytest.mark.parametrize("unit", ["(", "a ", "hypertension ", "A", "CHF (", "1 mg/", "e. "], ids=repr)
def test_time_grows_with_length(unit):
    assert_linear(lambda length: readability((unit * length)[:length]), 4_000)
