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
        ("baby born too early", "babies born too early"),
        ("brain or nerve disease", "brain or nerve diseases"),
        ("brother or sister", "brother or sister"),
        ("another kind of cancer", "another kind of cancer"),
        ("inability to become pregnant", "inability to become pregnant"),
        ("weak or partly paralyzed", "weak or partly paralyzed"),
        ("women who could become pregnant", "women who could become pregnant"),
        ("needed", "needed"),
        ("go above", "go above"),
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
        ("investigator's", False),
        ("arthritis", False),
        ("abscess", False),
    ],
)
def test_is_plural(words, expected):
    assert is_plural(words) is expected
