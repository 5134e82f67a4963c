"""Checks of sense: permissions, limits, whom it is about, and/or, classes, lines under the wrong heading."""

import re
from decimal import Decimal

from translator.checks.denials import LET_IN
from translator.checks.reading import ASIDE, Reading, finding
from translator.facts import read_facts
from translator.records import Comparator, Finding

_PERMITTING = re.compile(r"\b(?:allowed|permitted|acceptable|may (?:be|have|participate|enroll))\b", re.I)
_DEMANDING = re.compile(r"\b(?:must|required|requires|should|not (?:allowed|permitted|acceptable))\b", re.I)
_REQUIRING = re.compile(r"\b(?:required|allowed|permitted|eligible|must)\b", re.I)
_DENYING = re.compile(r"\b(?:not|no|never|cannot|ineligible)\b", re.I)
_GROUP = re.compile(r"(?i:Part|Cohort|Arm|Phase|Group|Stage) ?(?:\d+[A-Za-z]?|[IVX]+|[A-Z])\b")
_CHILDREN = re.compile(r"\bchild(?:ren)?\b(?!-| ?bearing)", re.I)
_ONE_OR_BOTH = re.compile(r"\bboth\b|\bone or more\b|and/or", re.I)
_ROMAN = re.compile(r"\b(?:II|III|IV|VI{1,3}|IX)[A-Ca-c]?\b")


def permission(reading: Reading) -> Finding | None:
    """What the source allows, the draft does not demand."""
    source = reading.source
    if _PERMITTING.search(source) and not _DEMANDING.search(source) and LET_IN.match(reading.plain):
        return finding("logic", "The source allows something; the sentence demands it.")
    return None


def limits(reading: Reading) -> Finding | None:
    """Each limit of the source stands in the draft with its comparator."""
    if lost := _limits(reading.source) - _limits(reading.plain):
        return finding("comparator", f"The sentence does not say the limit {min(lost)[1]} of the source.")
    return None


def group(reading: Reading) -> Finding | None:
    """A cohort or part that the lead-in names is named, and children are."""
    plain = reading.plain.lower()
    if (named := _GROUP.match(reading.context)) and named[0].lower() not in plain:
        return finding("scope", f'The sentence does not say that it is about "{named[0]}" only.')
    if _CHILDREN.search(reading.source) and "child" not in plain:
        return finding("scope", "The sentence does not say that it is about children.")
    return None


def one_or_both(reading: Reading) -> Finding | None:
    """``and/or`` is told as such."""
    if "and/or" in reading.source.lower() and not _ONE_OR_BOTH.search(reading.plain):
        return finding("logic", 'The sentence does not say "and/or".')
    return None


def heading(reading: Reading) -> Finding | None:
    """The lead-in does not require what stands among the exclusions."""
    above = reading.context
    if reading.criterion.section == "exclusion" and _REQUIRING.search(above) and not _DENYING.search(above):
        return finding("ambiguous_source", "The line above requires what stands among the exclusions.")
    return None


def classes(reading: Reading) -> Finding | None:
    """Each class, grade or stage in Roman numerals stands in the draft."""
    own = ASIDE.sub(lambda aside: aside[0] if aside[1] in reading.source else "", reading.plain)
    if set(_ROMAN.findall(reading.source)) - set(_ROMAN.findall(own)):
        return finding("number", "The sentence leaves out a class, grade or stage.")
    return None


def _limits(text: str) -> frozenset[tuple[Comparator, Decimal]]:
    """Comparators with their values; bare numbers are none."""
    return frozenset(
        (fact.comparator, fact.value)
        for fact in read_facts(text).facts
        if fact.kind == "quantity" and fact.value is not None
        if fact.comparator is not None and fact.comparator != "="
    )
