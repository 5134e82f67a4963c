"""What an audit found as one page for people: worst first, what differs marked on both sides.

The page stands alone: it loads nothing, reads without its script (which filters), and names its style sheet
and its script by their digests in its content security policy. Every text is escaped by the template.
"""

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Self, get_args

from jinja2 import Template
from markupsafe import Markup

from api.reports import Audited, Judged
from api.view import DISCLAIMER, readable, visible
from translator import html
from translator.published import PublishedFinding
from translator.records import FindingType, Pair, Section, Severity, Unreadable, Verdict

MOST_IN_FULL = 1_000
"""Pairs that are shown in full; those beyond, the best ones, have a line each."""

_FOLDER = Path(__file__).parent / "html"
_LONG = 1_500  # characters of a text that gets a frame to scroll in
_VERDICTS: dict[Verdict, str] = {
    "unfaithful": "something is wrong, or very likely so",
    "review": "a person must look",
    "faithful": "the check saw nothing that weighs enough; it can miss errors",
}
_RANKS = {verdict: rank for rank, verdict in enumerate(_VERDICTS)}
_CHANCES = ((0.05, "almost surely not faithful"), (0.5, "probably not faithful"), (0.9, "in doubt"))
_LIKELY = "probably faithful"
_LIT = "background:var(--lit);outline:2px solid var(--ink)"


class Piece(NamedTuple):
    """Some characters of a text, and the numbers of the findings that point and that end there."""

    text: str
    numbers: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    severity: Severity = "minor"


class _Ranked(NamedTuple):
    """A pair by how bad it is; no two have the same place."""

    rank: int
    score: float
    place: int
    judged: Judged


class _Found:
    """What an audit found: counts, and the pairs from the worst on; the best of many only in brief."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.types: Counter[tuple[str, str]] = Counter()
        self.paired: Counter[str] = Counter()  # type -> pairs that have a finding of it
        self.unread: list[Unreadable] = []
        self.worst: list[_Ranked] = []
        self._brief: list[tuple[int, float, int, dict[str, object]]] = []

    @classmethod
    def of(cls, audited: Iterable[Audited]) -> Self:
        """Takes in pairs as they come."""
        found = cls()
        for place, one in enumerate(audited, 1):
            if isinstance(one, Unreadable):
                found.unread.append(one)
            else:
                found._add(place, one)
        found._cut()
        return found

    @property
    def brief(self) -> list[dict[str, object]]:
        """The pairs that are not among the worst, from bad to good."""
        return [row for *_, row in sorted(self._brief, key=lambda row: row[:3])]

    def _add(self, place: int, one: Judged) -> None:
        self.verdicts[one.report.verdict] += 1
        self.types.update((finding.type, finding.severity) for finding in one.report.findings)
        self.paired.update({finding.type for finding in one.report.findings})
        self.worst.append(_Ranked(_RANKS[one.report.verdict], one.report.score, place, one))
        if len(self.worst) >= 2 * MOST_IN_FULL:
            self._cut()

    def _cut(self) -> None:
        self.worst.sort()
        self._brief.extend((*one[:3], _brief(one)) for one in self.worst[MOST_IN_FULL:])
        del self.worst[MOST_IN_FULL:]


def page(audited: Iterable[Audited], source: str, signature: str) -> Iterator[str]:
    """The page in chunks; what is shown in full is held in memory, of the others a line each.

    Args:
        audited: As they come.
        source: What was audited, for the title.
        signature: Of the scorer.
    """
    found = _Found.of(audited)
    most = max((len(one.judged.report.findings) for one in found.worst), default=0)
    style = Markup((_FOLDER / "report.css").read_text("utf-8") + _lighting(most))  # noqa: S704
    script = Markup((_FOLDER / "report.js").read_text("utf-8"))  # noqa: S704
    yield from _template().generate(
        style=style,
        style_digest=_digest(style),
        script=script,
        script_digest=_digest(script),
        source=readable(source),
        signature=signature,
        disclaimer=DISCLAIMER,
        verdicts=[(name, meaning, found.verdicts[name]) for name, meaning in _VERDICTS.items()],
        severities=get_args(Severity),
        types=[
            (name, [found.types[name, severity] for severity in get_args(Severity)], found.paired[name])
            for name in get_args(FindingType)
            if found.paired[name]
        ],
        sections=get_args(Section),
        total=found.verdicts.total(),
        unread=found.unread,
        cards=(_card(one) for one in found.worst),
        full=len(found.worst),
        brief=found.brief,
    )


def pieces(text: str, spans: Iterable[tuple[int, Severity, tuple[int, int] | None]]) -> list[Piece]:
    """Cuts a text where the spans of its findings begin and end.

    Args:
        text: One side of a pair.
        spans: Number and severity of each finding, and where it points, if anywhere.
    """
    there = [
        (number, severity, max(0, span[0]), min(len(text), span[1]))
        for number, severity, span in spans
        if span and span[0] < min(len(text), span[1])
    ]
    cuts = sorted({0, len(text), *(start for *_, start, _ in there), *(end for *_, end in there)})
    found = []
    for start, end in pairwise(cuts):
        over = [one for one in there if one[2] <= start and end <= one[3]]
        found.append(
            Piece(
                visible(text[start:end]),
                tuple(one[0] for one in over),
                tuple(one[0] for one in over if one[3] == end),
                min((one[1] for one in over), key=get_args(Severity).index, default="minor"),
            )
        )
    return found


def _card(one: _Ranked) -> dict[str, object]:
    pair, report = one.judged
    findings = list(enumerate(report.findings, 1))
    return {
        **_brief(one),
        "context": readable(pair.context or ""),
        "chance": next((words for limit, words in _CHANCES if report.score < limit), _LIKELY),
        "sides": [
            ("Source", _side(pair, findings, "source"), len(pair.source) > _LONG),
            ("Plain English", _side(pair, findings, "plain"), len(pair.plain) > _LONG),
        ],
        "findings": [
            (number, finding.type, finding.severity, readable(finding.message))
            for number, finding in findings
        ],
        "grade": report.readability.grade,
        "words": report.readability.words,
    }


def _side(pair: Pair, findings: list[tuple[int, PublishedFinding]], name: str) -> list[Piece]:
    spans = ((number, one.severity, getattr(one, f"{name}_span")) for number, one in findings)
    return pieces(getattr(pair, name), spans)


def _brief(one: _Ranked) -> dict[str, object]:
    pair, report = one.judged
    return {
        "place": one.place,
        "id": readable(pair.id),
        "section": pair.section,
        "verdict": report.verdict,
        "score": report.score,
        "types": " ".join(dict.fromkeys(finding.type for finding in report.findings)),
    }


def _lighting(most: int) -> str:
    """Rules that light both spans of the finding that the pointer or the focus is on."""
    return "".join(f".pair:has(.f{n}:hover,.f{n}:focus-within) .m{n}{{{_LIT}}}\n" for n in range(1, most + 1))


def _digest(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _template() -> Template:
    environment = html.environment(_FOLDER)
    return environment.get_template("report.html")
