"""The facts of a source beside those of its plain text: numbers, units, comparators, windows, logic, names.

Facts are compared as sets, since plain texts may say a limit twice and explain it once more. Each difference
is a clue; how much it weighs is the calibration's affair.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from translator.clues.amounts import is_count, same_amount, same_count
from translator.clues.evidence import Clue, Side
from translator.facts import read_facts
from translator.lexis.words import stem
from translator.reading.comparators import IN_WORDS, NEGATED
from translator.records import Fact, Severity, Span, Window

_LOOSE = {"during", "within"}  # directions that either register uses where the other is exact
_TAIL = re.compile(r"-[a-z]{4,}$|(?<=\d)(?:st|nd|rd|th)\b")
_MOST = 200  # amounts of a side that are compared; a text with more goes to review
_SINCE = re.compile(r"\b(?:since|from|post)\b", re.IGNORECASE)
_DIGITS = re.compile(r"\d+(?:[.,]\d+){0,3}")
_NO_CODE = re.compile(r"[\W_]+")
_FIRST_DAY = re.compile(r"c(\d{1,2})d(\d{1,2})")


class _Read(NamedTuple):
    """The facts of one side, sorted by what they are."""

    measures: tuple[Fact, ...]
    marks: dict[tuple[str, str], Fact]
    codes: dict[str, Span]
    unread: dict[str, Span]
    numerals: frozenset[str]
    squeezed: str


def clues(source: Side, context: Side, plain: Side) -> Iterator[Clue]:
    """Compares the facts of a pair, both ways; the lead-in may supply facts to the plain text."""
    here, above, there = _read(source), _read(context), _read(plain)
    yield from _measures(source, here, above, there)
    yield from _marks(here, above, there)
    yield from _codes(here, above, there)
    if max(len(here.measures), len(there.measures)) >= _MOST:
        message = f"There are more than {_MOST} amounts; only the first were compared."
        yield Clue("unread amounts", "unread", "major", 1.0, None, None, message)
    for text, span in here.unread.items():
        if text not in there.unread:
            message = f'"{text}" in the source could not be read.'
            yield Clue("unread source", "unread", "major", 1.0, (span.start, span.end), None, message)
    for text, span in there.unread.items():
        if text not in here.unread:
            message = f'"{text}" in the translation could not be read.'
            yield Clue("unread plain", "unread", "major", 1.0, None, (span.start, span.end), message)


@lru_cache(maxsize=1024)
def _read(side: Side) -> _Read:
    """Reads a side once, though several texts may be laid beside it."""
    facts = read_facts(side.text)
    measures = []
    marks: dict[tuple[str, str], Fact] = {}
    for fact in facts.facts:
        if fact.value is not None:
            measures.append(fact)
        elif fact.kind in ("logic", "modality", "population") and fact.subject:
            marks.setdefault((fact.kind, fact.subject), fact)
    codes = ((_code(_TAIL.sub("", side.text[s.start : s.end])), s) for s in facts.codes)
    return _Read(
        tuple(measures[:_MOST]),
        marks,
        {code: span for code, span in codes if any(map(str.isalpha, code))},
        {side.text[s.start : s.end]: s for s in facts.unread},
        frozenset(w.stem for w in side.words if w.stem.isdigit()) | frozenset(_DIGITS.findall(side.text)),
        _code(_FIRST_DAY.sub(r"cycle \1 day \2 cycle \1", side.text.lower())),
    )


def _code(text: str) -> str:
    return _NO_CODE.sub("", text.lower())


def _measures(source: Side, here: _Read, above: _Read, there: _Read) -> Iterator[Clue]:
    given = (*here.measures, *above.measures)
    own = len(here.measures)
    met: set[int] = set()
    strangers: list[Fact] = []
    for fact in there.measures:
        same = [i for i, g in enumerate(given) if same_amount(g, fact)]
        counts = [i for i, g in enumerate(given) if same_count(g, fact)]
        met.update(counts)
        if counts and not same:
            continue
        if not same:
            strangers.append(fact)
            continue
        met.update(same)
        best = max(same, key=lambda i: (_agreement(given[i], fact), -i))
        if best < own or not any(i < own for i in same):
            since = best < own and _SINCE.search(source.text, given[best].span.start, given[best].span.end)
            for clue in _differences(given[best], fact, bool(since)):
                yield clue if best < own else clue._replace(source=None, kind=f"{clue.kind} above")
    left = [i for i in range(own) if i not in met]
    for fact in strangers:
        partner = _partner(fact, [given[i] for i in left])
        if partner is None:
            yield from _added(fact, given, here)
        else:
            left.remove(next(i for i in left if given[i] is partner))
            yield _changed(partner, fact)
    for i in left:
        yield _missing(given[i], there)


def _agreement(one: Fact, other: Fact) -> int:
    return (
        4 * (one.comparator == other.comparator)
        + 2 * (one.unit == other.unit)
        + (_stems(one.subject) & _stems(other.subject) != set())
        + 2 * (one.window == other.window)
    )


def _stems(words: str | None) -> set[str]:
    return {stem(w) for w in (words or "").split()}


def _partner(fact: Fact, left: Sequence[Fact]) -> Fact | None:
    """The source's fact that a stranger most likely stands for: one with its value, or with its unit."""
    same_value = [g for g in left if g.value == fact.value]
    alike = same_value or [
        g for g in left if g.unit == fact.unit and (g.window is None) == (fact.window is None)
    ]
    return max(alike, key=lambda g: _agreement(g, fact)) if alike else None


def _differences(given: Fact, told: Fact, since: bool) -> Iterator[Clue]:
    spans = _spans(given, told)
    if given.comparator != told.comparator:
        yield _comparator(given, told)
    if (given.unit is None) != (told.unit is None):
        message = f"The source gives {_amount(given)}; the translation gives {_amount(told)}."
        yield Clue("unit lost" if told.unit is None else "unit gained", "unit", "minor", 1.0, *spans, message)
    if given.window and told.window:
        yield from _windows(given.window, told.window, spans, since)


def _comparator(given: Fact, told: Fact) -> Clue:
    spans = _spans(given, told)
    one, other = given.comparator or "=", told.comparator or "="
    said, retold = f"{IN_WORDS[one]} {_amount(given)}", f"{IN_WORDS[other]} {_amount(told)}"
    message = f"The source says {said}; the translation says {retold}."
    if "=" in (one, other):
        kind = "limit lost" if other == "=" else "limit gained"
    elif one[0] == other[0]:
        kind = "strictness"
    else:
        kind = "complement" if NEGATED[one] == other else "direction"
    window = " of window" if given.window or told.window else ""
    # "at least 18" and "you cannot join if you are under 18" are the same, so a complement is only a hint.
    severity: Severity = "critical" if kind in ("strictness", "direction") and not window else "minor"
    return Clue(kind + window, "comparator", severity, 1.0, *spans, message)


def _windows(
    given: Window, told: Window, spans: tuple[tuple[int, int], tuple[int, int]], since: bool
) -> Iterator[Clue]:
    if given.direction != told.direction:
        pair = {given.direction, told.direction}
        kind = "loose side of window" if pair & _LOOSE or since else "side of window"
        message = (
            f"The source's window is {given.direction} the event; the translation's is {told.direction} it."
        )
        yield Clue(kind, "time", "minor" if pair & _LOOSE or since else "major", 1.0, *spans, message)
    if given.anchor != told.anchor:
        if given.anchor is None or told.anchor is None:
            kind = "anchor lost" if told.anchor is None else "anchor gained"
        else:
            kind = "anchor reworded" if _stems(given.anchor) & _stems(told.anchor) else "anchor changed"
        message = (
            f"The source counts from {given.anchor or 'now'}; the translation from {told.anchor or 'now'}."
        )
        yield Clue(kind, "time", "minor", 1.0, *spans, message)


def _changed(given: Fact, told: Fact) -> Clue:
    message = f"The source gives {_amount(given)}; the translation gives {_amount(told)}."
    if given.value == told.value:
        return Clue("unit changed", "unit", "critical", 1.0, *_spans(given, told), message)
    return Clue("number changed", "number", "critical", 1.0, *_spans(given, told), message)


def _added(fact: Fact, given: Iterable[Fact], here: _Read) -> Iterator[Clue]:
    where = (fact.span.start, fact.span.end)
    if any(g.value == fact.value for g in given):
        message = f"The translation gives {_amount(fact)}; the source has this number with another unit."
        yield Clue("unit strange", "unit", "major", 1.0, None, where, message)
    elif str(fact.value) not in here.numerals:
        counting = is_count(fact) and (fact.comparator == "=" or fact.value == 1)
        message = f"The translation gives {_amount(fact)}; the source does not."
        kind = "count added" if counting else "number added"
        yield Clue(kind, "number", "minor" if counting else "major", 1.0, None, where, message)


def _missing(fact: Fact, there: _Read) -> Clue:
    where = (fact.span.start, fact.span.end)
    message = f"The source gives {_amount(fact)}; the translation does not."
    if str(fact.value) in there.numerals:
        return Clue("number unmatched", "number", "minor", 1.0, where, None, message)
    counting = is_count(fact) and (fact.comparator == "=" or fact.value == 1)
    kind = "count missing" if counting else "number missing"
    return Clue(kind, "number", "minor" if counting else "major", 1.0, where, None, message)


def _marks(here: _Read, above: _Read, there: _Read) -> Iterator[Clue]:
    for key, fact in here.marks.items():
        if key not in there.marks:
            yield _mark(key, fact, lost=True)
    for key, fact in there.marks.items():
        if key not in here.marks and key not in above.marks:
            yield _mark(key, fact, lost=False)


def _mark(key: tuple[str, str], fact: Fact, *, lost: bool) -> Clue:
    kind, name = key
    where = (fact.span.start, fact.span.end)
    one, other = ("source", "translation") if lost else ("translation", "source")
    return Clue(
        f"{kind} {name} {'lost' if lost else 'gained'}",
        "logic" if kind == "logic" else "scope",
        "minor",
        1.0,
        where if lost else None,
        None if lost else where,
        f'The {one} tells of "{name}"; the {other} does not.',
    )


def _codes(here: _Read, above: _Read, there: _Read) -> Iterator[Clue]:
    for code, span in here.codes.items():
        if code not in there.squeezed:
            message = f'The translation does not name "{code}".'
            yield Clue("code lost", "entity", "minor", 1.0, (span.start, span.end), None, message)
    for code, span in there.codes.items():
        if code not in here.squeezed and code not in above.squeezed:
            message = f'The source does not name "{code}".'
            yield Clue("code gained", "entity", "minor", 1.0, None, (span.start, span.end), message)


def _spans(given: Fact, told: Fact) -> tuple[tuple[int, int], tuple[int, int]]:
    return (given.span.start, given.span.end), (told.span.start, told.span.end)


def _amount(fact: Fact) -> str:
    return f"{fact.value}" + (f" {fact.unit}" if fact.unit else "")
