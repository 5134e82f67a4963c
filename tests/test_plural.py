"""The plural of everyday words."""

import pytest
from cases import golden

from translator.lexis.plural import counted, is_plural, plural


@pytest.mark.parametrize("case", golden("plurals"), ids=lambda case: case["one"])
def test_plural(case):
    assert plural(case["one"]) == case["many"]


@pytest.mark.parametrize(
    "case", golden("counted"), ids=lambda case: f"{case['words']}: {case['explanation']}"
)
def test_an_explanation_takes_the_number_of_its_term(case):
    assert counted(case["explanation"], case["words"]) == case["counted"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("heart attacks", True),
        ("MIs", True),
        ("heart attack", False),
        ("investigator's", False),
        ("arthritis", False),
        ("abscess", False),
    ],
)
def test_is_plural(words, expected):
    assert is_plural(words) is expected
