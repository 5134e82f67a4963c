"""The trial page: each part from the record, each criterion with its evidence, nothing unescaped."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from fakes import VERSIONS, FakeTranslator, criterion, translation
from studies import AWKWARD, MARKUP, many_criteria, places, record

from translator.leaflet.grouping import group_of
from translator.leaflet.wording import size_of
from translator.page import render
from translator.records import NormalisedCriterion, TranslatedTrial
from translator.registry import RecordError
from translator.segment import segment
from translator.study import read_study


class Elements(HTMLParser):
    """Names and attributes of the elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(given: Any, **options: Any) -> str:
    study = read_study(given, "test")
    return render(study, FakeTranslator().translate_trial(study.trial), **options)


def words_of(page: str) -> str:
    return " ".join(Elements(page).text.split())


def test_a_study_that_takes_nobody_says_so_at_the_top() -> None:
    note = "Nobody is taken in any more."
    done = record(statusModule={"overallStatus": "COMPLETED"})
    assert note in words_of(page_of(done)).split("About this study")[0]
    assert note not in words_of(page_of(record()))


@pytest.mark.parametrize("form", ["page", "print"])
@pytest.mark.parametrize("name", AWKWARD)
def test_every_record_has_a_page_with_each_criterion(name: str, form: Any) -> None:
    text = words_of(page_of(AWKWARD[name], form=form))
    eligibility = read_study(AWKWARD[name], "test").trial.eligibility
    for unit in segment(eligibility) if eligibility else ():
        if unit.role == "criterion":
            assert unit.text in text
    assert eligibility or "no text on who may join" in text


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        ("18 Years", "75 Years", "18 to 75 years"),
        ("6 Months", "5 Years", "6 months to 5 years"),
        ("18 Years", None, "18 years and older"),
        (None, "5 Years", "Up to 5 years"),
    ],
)
def test_ages_are_told_as_people_do(least: str | None, most: str | None, said: str) -> None:
    assert said in words_of(page_of(record(eligibilityModule={"minimumAge": least, "maximumAge": most})))


def test_what_is_studied_is_not_invented() -> None:
    assert "The record does not say." in words_of(page_of(AWKWARD["nothing"]))
    assert "for Imaginary Fever and colic, run by" in words_of(page_of(record()))


def test_each_part_is_from_the_record() -> None:
    text = words_of(page_of(record()))
    for part in (
        "NCT99000002", "run by Veridane Cell Works", "Recruiting", "Phase 1 and 2", "First paragraph.",
        "64 planned", "Small study (20 to 99 people)", "Imaginary Fever, colic", "18 years and older",
        "Any sex", "Not accepted", "Low dose", "One a day", "A tablet", "Old Hospital, Ghent",
        "A. Person, 1, extension 2, a@example.org", "2024-09 (expected)", "Chance decides which group",
        "Which side effects of Veridane are known?", "Record last updated 2025-02-12", VERSIONS.model,
    ):  # fmt: skip
        assert part in text, part


def test_what_the_record_lacks_is_left_out() -> None:
    page = page_of(AWKWARD["only an id"])
    text = words_of(page)
    assert not re.search(r"\b(?:None|Key dates|Places|What is tested|Sponsor|Healthy volunteers)\b", text)
    assert "<dd></dd>" not in page


@pytest.mark.parametrize("form", ["page", "print"])
def test_markup_in_every_field_is_shown_and_not_obeyed(form: Any) -> None:
    page = page_of(AWKWARD["markup"], form=form)
    elements = Elements(page)
    scripts = [attributes for tag, attributes in elements.found if tag == "script"]
    assert [one.get("type") for one in scripts] == ["application/ld+json"]
    assert not [tag for tag, _ in elements.found if tag == "img"]
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on")]
    assert MARKUP in unescape(page)
    assert "49" not in words_of(page)


def test_nothing_is_loaded_from_elsewhere() -> None:
    elements = Elements(page_of(record())).found
    assert not [one for _, one in elements if "src" in one or "style" in one]
    assert [one["rel"] for tag, one in elements if tag == "link"] == ["canonical"]


def test_the_metadata_is_json_of_the_record() -> None:
    for given in (record(), AWKWARD["markup"]):
        (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page_of(given), re.DOTALL)
        told = json.loads(data)
        assert told["@type"] == ("MedicalTrial" if given == record() else "MedicalStudy")
        assert told["identifier"] == "NCT99000002"


def test_headings_do_not_skip_a_level() -> None:
    for given in AWKWARD.values():
        levels = [int(tag[1]) for tag, _ in Elements(page_of(given)).found if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_a_sentence_that_did_not_pass_is_shown_in_the_studys_words() -> None:
    study = read_study(record(), "test")
    unit = criterion("Liver transplant", "exclusion")
    for refused, shown in (
        (None, "You cannot join if you have a new liver."),
        ("It says otherwise.", "Liver transplant"),
    ):
        done = translation(unit, "You cannot join if you have a new liver.", review=refused)
        text = words_of(
            render(study, TranslatedTrial(trial=study.trial, translations=(done,), versions=VERSIONS))
        )
        assert shown in text
        assert ("own words:" in text) == bool(refused)
        assert ("You cannot join if you have a new liver." in text) != bool(refused)
        assert ("It says otherwise." in text) == bool(refused)


def test_nested_rules_in_the_studys_words_are_counted() -> None:
    text = "Exclusion Criteria:\n\n* Any of the following, unclear:\n  * Fever, unclear\n  * Gout\n* Colic\n"
    assert "2 of the rules are shown in the study’s own words" in words_of(page_of(record(text)))


def test_a_trial_that_could_not_be_translated_says_so() -> None:
    for form in ("page", "print"):
        text = words_of(render(read_study(record(), "test"), None, form=form))
        assert "could not be put in plain words" in text
        assert "Pregnant or breastfeeding" in text


def test_the_protocols_own_order_is_kept_on_request() -> None:
    given = record("Inclusion Criteria:\n\n* Platelet count ≥ 75\n* Age ≥ 18 years\n* Platelet count ≤ 900\n")
    in_groups, in_order = (words_of(page_of(given, order=order)) for order in ("groups", "protocol"))
    assert in_groups.index("Age ≥ 18") < in_groups.index("count ≥ 75") < in_groups.index("count ≤ 900")
    assert in_order.index("count ≥ 75") < in_order.index("Age ≥ 18") < in_order.index("count ≤ 900")


def test_the_original_text_stands_unchanged() -> None:
    text = "Inclusion Criteria:\n\n  * Age \\>= 18   years &amp; <b>older</b>\n"
    page = page_of(record(text))
    (shown,) = re.findall(r'<div class="src" dir="auto">(.*?)</div>', page, re.DOTALL)
    assert unescape(shown) == text


@pytest.mark.parametrize(
    "given", [record(), record(many_criteria(120)), record(contactsLocationsModule=places(200))]
)
def test_a_page_is_light(given: Any) -> None:
    assert len(page_of(given).encode()) < 100_000


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, None),
        (1, "Very small"),
        (19, "Very small"),
        (20, "Small"),
        (100, "Medium"),
        (999, "Large"),
        (1000, "Very large"),
    ],
)
def test_sizes(count: int, words: str | None) -> None:
    size = size_of(count)
    assert size is None if words is None else (size or "").startswith(f"{words} study")


def test_a_field_of_another_type_is_named() -> None:
    with pytest.raises(RecordError, match=r"contactsLocationsModule\.locations\[0\]\.city must be a text"):
        read_study(record(contactsLocationsModule={"locations": [{"city": 7}]}), "test")
    with pytest.raises(RecordError, match="count must be a number of things"):
        read_study(record(designModule={"enrollmentInfo": {"count": -1}}), "test")


@pytest.mark.parametrize(
    ("section", "text", "group"),
    [
        ("inclusion", "Age at least 18 years", "about"),
        ("exclusion", "Pregnant or breastfeeding", "about"),
        ("inclusion", "Histologically confirmed invented carcinoma", "condition"),
        ("exclusion", "Prior treatment with Veridane", "treatment"),
        ("inclusion", "ECOG performance status 0 or 1", "tests"),
        ("inclusion", "Eastern Cooperative Oncology Group (ECOG) performance status of 0", "tests"),
        ("exclusion", "Active hepatitis B", "health"),
        ("inclusion", "Willing to give written informed consent", "practical"),
    ],
)
def test_groups(section: Any, text: str, group: str) -> None:
    assert group_of(NormalisedCriterion(criterion=criterion(text, section), text=text)) == group
