"""Eligibility texts put together from the open benchmark's criteria, in the styles of registries.

Their units are known because they were put in. They are tidier than life: no heading misspelt, no list cut in
two, no remark between items; what they show is that nothing breaks on criteria that nobody saw.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from evaluation.benchmark import Item

_SIZE = 6  # criteria of a section
_WIDTH = 79  # characters of a hard-wrapped line
_NESTED = 5  # spaces
_ESCAPED = str.maketrans({sign: f"\\{sign}" for sign in "<>*_~^[]"})
_HEADINGS = {"inclusion": "Inclusion Criteria:", "exclusion": "Exclusion Criteria:"}


class Unit(NamedTuple):
    """A unit of an eligibility text; ``parent`` holds the words of the unit it is nested under."""

    section: str
    role: str
    text: str
    parent: str | None

    @property
    def key(self) -> tuple[str, str]:
        """What two units must share to be the same."""
        return self.text, self.section


class Text(NamedTuple):
    """An eligibility text with its units in reading order."""

    id: str
    style: str
    eligibility: str
    units: tuple[Unit, ...]


class Style(NamedTuple):
    """How a registry sets a list.

    Attributes:
        bullets: What stands before an item, and before a nested one; ``{}`` is its number.
        indent: Of an item, in spaces.
        gap: What stands between items.
        escaped: Whether signs are escaped as Markdown.
        wrapped: Whether lines are wrapped at 79 characters.
    """

    bullets: tuple[str, str]
    indent: int = 0
    gap: str = "\n"
    escaped: bool = False
    wrapped: bool = False


STYLES: Mapping[str, Style] = {
    "bulleted": Style(("* ", "* "), escaped=True),
    "numbered": Style(("{}. ", "* "), escaped=True),
    "wrapped": Style(("-  ", "-  "), indent=10, gap="\n\n", wrapped=True),
    "lettered": Style(("{}) ", "- ")),
}


def assembled(items: Sequence[Item]) -> Iterator[Text]:
    """Puts items together: six of each section a text, each text in another style, nested under lead-ins."""
    kinds = [[item for item in items if item.section == section] for section in _HEADINGS]
    whole = min(map(len, kinds)) // _SIZE
    for number in range(whole):
        name = list(STYLES)[number % len(STYLES)]
        parts = [kind[number * _SIZE : (number + 1) * _SIZE] for kind in kinds]
        units = [unit for part in parts for unit in _units(part, STYLES[name])]
        yield Text(f"{name} {number}", name, _set(units, STYLES[name]), tuple(units))


def _units(part: Sequence[Item], style: Style) -> Iterator[Unit]:
    def written(text: str) -> str:
        folded = " ".join(text.split())
        return folded.translate(_ESCAPED) if style.escaped else folded

    section = part[0].section
    yield Unit(section, "heading", _HEADINGS[section], None)
    for item in part:
        lead_in = written(item.context) if item.context else None
        if lead_in:
            yield Unit(section, "lead_in", lead_in, None)
        yield Unit(section, "criterion", written(item.source), lead_in)


def _set(units: Sequence[Unit], style: Style) -> str:
    """Gives units as lines."""
    lines: list[str] = []
    number = 0
    for unit in units:
        if unit.role == "heading":
            number = 0
            lines.append(("\n" if lines else "") + unit.text + "\n")
            continue
        depth = int(unit.parent is not None)
        number += 1 - depth
        before = " " * (style.indent + depth * _NESTED) + style.bullets[depth].format(number)
        lines.append(_wrapped(before, unit.text) if style.wrapped else before + unit.text)
    return style.gap.join(lines) + "\n"


def _wrapped(before: str, text: str) -> str:
    hanging = " " * len(before)
    return textwrap.fill(
        text, _WIDTH, initial_indent=before, subsequent_indent=hanging, break_on_hyphens=False
    )
