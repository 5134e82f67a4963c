"""What is marked in two texts: places of findings, facts that agree, words that differ."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from markupsafe import Markup

from translator.clues.amounts import same_amount, same_count
from translator.facts import read_facts
from translator.published import PublishedFinding
from translator.records import Fact, Record

_TOKEN = re.compile(r"\s+|\S+")
_MOST_TOKENS = 1000  # of each text; their comparison takes as long as their product
_MOST_FACTS = 26  # they are named by letters


class Mark(Record):
    """A place that is marked.

    Attributes:
        label: A number for a finding, a letter for a fact; the same on both sides.
        kind: Severity of a finding, or ``same`` for a fact.
        span: Half-open, in code points.
    """

    label: str
    kind: str
    span: tuple[int, int]


class Agreement(Record):
    """A fact that stands in both texts, and how each says it."""

    label: str
    source: str
    plain: str
    source_span: tuple[int, int]
    plain_span: tuple[int, int]


def of_findings(findings: Sequence[PublishedFinding], side: str) -> list[Mark]:
    """The marks of findings on a side, ``source`` or ``plain``; they are numbered from 1."""
    spans = ((number, one, getattr(one, f"{side}_span")) for number, one in enumerate(findings, 1))
    return [Mark(label=str(number), kind=one.severity, span=span) for number, one, span in spans if span]


def agreements(source: str, plain: str) -> tuple[Agreement, ...]:
    """The facts that two texts have in common, as the scorer's reader sees them; each is used once."""
    left = list(read_facts(plain).facts)
    found: list[Agreement] = []
    for fact in read_facts(source).facts:
        twin = next((one for one in left if _same(fact, one)), None)
        if twin is None or len(found) == _MOST_FACTS:
            continue
        left.remove(twin)
        here, there = (fact.span.start, fact.span.end), (twin.span.start, twin.span.end)
        label = chr(ord("a") + len(found))
        found.append(
            Agreement(
                label=label,
                source=source[slice(*here)],
                plain=plain[slice(*there)],
                source_span=here,
                plain_span=there,
            )
        )
    return tuple(found)


def _same(one: Fact, other: Fact) -> bool:
    if one.kind != other.kind or one.negated != other.negated:
        return False
    if one.value is None:
        return one.kind != "polarity" and one.subject is not None and one.subject == other.subject
    if (one.window is None) != (other.window is None) or (
        one.window and other.window and one.window.direction != other.window.direction
    ):
        return False
    return same_count(one, other) or (same_amount(one, other) and one.comparator == other.comparator)


def marked(text: str, marks: Iterable[Mark], side: str, scope: str = "") -> Markup:
    """The text with its marks: each is named by a small link behind it, to what the page says of it.

    Args:
        text: Untrusted.
        marks: Their spans may overlap; what lies outside the text is left out.
        side: ``source`` or ``plain``.
        scope: Begins the ids, where a page shows several pairs.
    """
    placed = [one for one in marks if 0 <= one.span[0] < one.span[1] <= len(text)]
    cuts = sorted({0, len(text), *(edge for one in placed for edge in one.span)})
    parts = []
    for start, end in pairwise(cuts):
        over = [one for one in placed if one.span[0] <= start and end <= one.span[1]]
        said = shown(text[start:end])
        if over:
            kinds = " ".join(dict.fromkeys(one.kind for one in over))
            labels = " ".join(one.label for one in over)
            parts.append(
                Markup('<span class="mark {}" data-marks="{}">{}</span>').format(kinds, labels, said)
            )
        else:
            parts.append(Markup.escape(said))
        parts += [_link(one, side, scope) for one in placed if one.span[1] == end]
    return Markup("").join(parts)


def _link(mark: Mark, side: str, scope: str) -> Markup:
    return Markup(
        '<a class="ref {kind}" id="{scope}{side}-{label}" href="#{scope}told-{label}" data-marks="{label}" '
        'aria-label="{what} {label}">{label}</a>'
    ).format(
        kind=mark.kind,
        scope=scope,
        side=side,
        label=mark.label,
        what="same fact" if mark.kind == "same" else "finding",
    )


def difference(old: str, new: str) -> Markup:
    """Word by word, what was taken out of a text and what was put in; whole where they are too long."""
    if old == new:
        return Markup.escape(shown(new))
    one, other = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(one), len(other)) > _MOST_TOKENS:
        return _changed(old, new)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    parts = []
    for kind, start, end, begin, stop in matcher.get_opcodes():
        was, is_ = "".join(one[start:end]), "".join(other[begin:stop])
        parts.append(Markup.escape(shown(is_)) if kind == "equal" else _changed(was, is_))
    return Markup("").join(parts)


def _changed(old: str, new: str) -> Markup:
    # Not everybody sees that a word is struck through or underlined.
    said = Markup('<{0}><span class="aside">[{1} </span>{2}<span class="aside">]</span></{0}>')
    out = said.format("del", "taken out:", shown(old)) if old else Markup("")
    return out + (said.format("ins", "put in:", shown(new)) if new else Markup(""))


def shown(text: str) -> str:
    """Text in which nothing is hidden: what cannot be shown becomes U+FFFD, one for one."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() or mark in "\n\t" else "\ufffd" for mark in text)
