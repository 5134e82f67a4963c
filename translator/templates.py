"""The template route: stock criteria, said in the one wording that the plain-language standard gives them.

A template reads a whole criterion or nothing: what its pattern does not name keeps it from fitting, so that
a rendering loses nothing and adds nothing. The templates are rows of ``data/templates.tsv``, the words they
share rows of ``data/template_words.tsv``, in the language of ``translator.phrasing.patterns``.

A nested item is read together with what it stands under. The column ``beneath`` of a heading or lead-in
tells how: ``…`` reads the item by itself (the line above adds nothing to it), ``history of …`` reads it
behind these words, ``age …|…`` tries one after the other; empty means that its items are not read at all.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from translator.normalise import DEEPEST
from translator.phrasing.patterns import Pattern, Vocabulary
from translator.records import Draft, NormalisedCriterion, Role, Section
from translator.tables import rows, variants

_LONGEST = 400  # characters; longer criteria are no stock criteria, and the bound keeps matching linear
_SECTIONS: dict[str, tuple[Section, ...]] = {
    "inclusion": ("inclusion",),
    "exclusion": ("exclusion",),
    "requirement": ("inclusion", "other"),
    "any": ("inclusion", "exclusion", "other"),
}
_ROLES: dict[str, tuple[Role, ...]] = {
    "criterion": ("criterion",),
    "heading": ("heading", "lead_in"),
    "note": ("criterion", "heading", "lead_in", "note"),
}
_END = re.compile(r"[ .,;]+$")
_AND = re.compile(r"[,;] and$", re.IGNORECASE)


class Template(NamedTuple):
    """A row of the table.

    Attributes:
        role: ``criterion``, ``heading`` (a lead-in too) or ``note`` (whatever the role).
        section: ``inclusion``, ``exclusion``, ``requirement`` (inclusion, or no section told) or ``any``.
        beneath: How the items beneath a heading are read.
        example: A criterion in the words of the registries that the template reads.
    """

    role: str
    section: str
    pattern: Pattern
    beneath: str
    example: str

    def concerns(self, role: Role, section: Section) -> bool:
        """Tells whether units of that role and section are read by this template."""
        return role in _ROLES[self.role] and section in _SECTIONS[self.section]


def load_templates() -> list[Template]:
    """Reads the table, in its order: the first template that fits is the one that is used."""
    vocabulary = Vocabulary(rows("template_words.tsv"))
    return [
        Template(
            row["role"],
            row["section"],
            Pattern(row["pattern"], row["plain"], vocabulary),
            row["beneath"],
            row["example"],
        )
        for row in rows("templates.tsv")
    ]


class TemplateWriter:
    """Writes the stock criteria by template."""

    def __init__(self) -> None:
        self._templates = load_templates()
        # The same few lines stand above most items of a registry.
        self._beneath = lru_cache(4096)(self._read_beneath)

    def write(self, criteria: Sequence[NormalisedCriterion]) -> list[list[Draft]]:
        """Gives one draft for each criterion that a template covers whole, and none for any other."""
        return [[Draft(text=text, route="template")] if (text := self._say(one)) else [] for one in criteria]

    def _say(self, one: NormalisedCriterion) -> str | None:
        terms = {term.surface.lower(): term for term in one.terms}
        role, section = one.criterion.role, one.criterion.section
        text = _tidy(one)
        if len(text) > _LONGEST:
            return None
        for reading in self._readings(text, one):
            for template in self._templates:
                if template.concerns(role, section) and (said := template.pattern.render(reading, terms)):
                    return said[0].upper() + said[1:]
        return None

    def _readings(self, text: str, one: NormalisedCriterion) -> Iterator[str]:
        """Gives the ways to read an item together with what it stands under; none where that is not known."""
        if one.criterion.role in _ROLES["heading"] or not one.above:
            yield text
        elif len(one.above) <= DEEPEST:  # what is nested deeper than that is not read
            nearest, *further = (self._beneath(_trimmed(line), one.criterion.section) for line in one.above)
            if all("…" in variants(ways) for ways in further):
                for way in variants(nearest):
                    yield way.replace("…", text)

    def _read_beneath(self, line: str, section: Section) -> str:
        if len(line) > _LONGEST:
            return ""
        return next(
            (
                template.beneath
                for template in self._templates
                if template.concerns("heading", section) and template.pattern.fits(line)
            ),
            "",
        )


def _tidy(one: NormalisedCriterion) -> str:
    """Takes away an end that says nothing: a full stop, the colon of a heading, the "and" of a list."""
    criterion = one.criterion
    if criterion.role in {"heading", "lead_in"}:
        return _trimmed(one.text)
    text = _END.sub("", one.text)
    return text if criterion.section == "exclusion" else _END.sub("", _AND.sub("", text))


def _trimmed(line: str) -> str:
    return line.strip(" .,;:-")
