"""The plural of everyday words."""

import pytest

from translator.lexis.plural import is_plural, plural


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("heart attack", "heart attacks"),
        ("blood clot in the lung", "blood clots in the lung"),
        ("biopsy of the skin", "biopsies of the skin"),
        ("X-ray", "X-rays"),
        ("woman who could become pregnant", "women who could become pregnant"),
        (
            "disease in which the immune system attacks the body",
            "diseases in which the immune system attacks the body",
        ),
        ("eye patch", "eye patches"),
        ("high blood pressure", "high blood pressure"),
        ("bleeding", "bleeding"),
        ("cancer that has spread", "cancer that has spread"),
        ("diabetes", "diabetes"),
        ("to", "to"),
        ("", ""),
    ],
)
def test_plural(one, many):
    assert plural(one) == many


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("heart attacks", True),
        ("MIs", True),
        ("heart attack", False),
        ("arthritis", False),
        ("abscess", False),
    ],
)
def test_is_plural(words, expected):
    assert is_plural(words) is expected
