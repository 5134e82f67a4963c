"""Explanations once in a document, and only where the cut is certain."""

from typing import Any

import pytest
from cases import golden
from fakes import criterion, translation, trial

from api.view import lines
from translator.explained import Explained
from translator.leaflet.criteria import items_of, parts
from translator.published import publish
from translator.records import Span, Term, Translation


def told(case: dict[str, Any], plain: str, unit_id: str = "1") -> Translation:
    unit = criterion(case.get("source", "a source"), unit_id=unit_id)
    done = translation(unit, plain, case.get("route", "model"), case.get("review"))
    terms = tuple(
        Term(surface=s, plain=p, explanation=e, kind="other", span=Span(start=0, end=1), source="t")
        for s, p, e in case["terms"]
    )
    return done.model_copy(update={"normalised": done.normalised.model_copy(update={"terms": terms})})


@pytest.mark.parametrize("case", golden("explained"), ids=lambda case: case["why"])
def test_explanations_once(case: dict[str, Any]) -> None:
    explained = Explained()
    assert [explained.once(told(case, plain)) for plain in case["plain"]] == case["shown"]


def test_documents_explain_once_and_lines_of_json_stand_alone() -> None:
    case = golden("explained")[0]
    whole = trial(*(told(case, plain, str(i)) for i, plain in enumerate(case["plain"])))
    assert [line.text for line in lines(whole) if line.kind == "item"] == case["shown"]
    shown = [item.opener + item.text for item in items_of(parts(whole, "protocol"))]
    assert shown == case["shown"]
    alone = [publish(one, None, whole.versions).plain for one in whole.translations]
    assert alone == case["plain"]


def test_a_page_explains_where_the_reader_comes_first() -> None:
    """In groups, what the protocol says last may stand first."""
    case = golden("explained")[1]
    said = "ANC (count of one kind of white blood cell)"
    rows = [("Platelet count, ANC", f"You must have {said}."), ("Age", f"You must be old for {said}.")]
    units = [told({**case, "source": source}, plain, str(i)) for i, (source, plain) in enumerate(rows)]
    for order, explaining in (("groups", "You must be old"), ("protocol", "You must have")):
        texts = [item.opener + item.text for item in items_of(parts(trial(*units), order))]
        assert [text.startswith(explaining) for text in texts] == [said in text for text in texts]


def test_terms_beside_the_studys_own_words_are_told_once() -> None:
    case = {"source": "Washout done", "review": "Look.", "terms": [["washout", None, "a break"]]}
    found = parts(trial(told(case, "x", "1"), told(case, "x", "2")), "protocol")
    first, second = items_of(found)
    assert first.unexplained == first.terms == (("washout", "a break"),)
    assert (second.unexplained, second.terms) == ((), first.terms)
