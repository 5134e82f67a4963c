"""A change of a text that stays English: articles, capitals and spaces are put right around it."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, Self

from translator.records import FindingType

Side = Literal["source", "plain"]

_ARTICLE = re.compile(r"(?<![\w-])(an?) $", re.IGNORECASE)
_NEXT_WORD = re.compile(r"\s*(?P<first>[\w]\S*)")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s)\s*$")
# "an hour", "an MRI", "an 8", but "a unit", "a one": how a word sounds, not how it is spelled.
_AN = re.compile(
    r"(?:(?!(?i:uni[^nm]|us[eu]|eur|one\b|once\b|ut[ie]))[aeiouAEIOU]|(?i:hour|honest|heir)"
    r"|8|1[18](?!\d)|[FHLMNRSX][A-Z0-9]|[fhlmnrsx]-)"
)
_TIME = r"(?:hours?|days?|weeks?|months?|years?)"
_TOLD_AGAIN = re.compile(r"(?:[\s-]?[^\W\d_]{1,8})? \(\d")
_TELLS_AGAIN = re.compile(rf"(?:\d[\s-]?[^\W\d_]{{1,8}}|{_TIME}) \((?:\d{{1,4}} )?$")
_ASIDE = re.compile(r"\([^()]*\)")
_TWICE = re.compile(r"(?<![\w-])([a-z]+) \1(?![\w-])", re.IGNORECASE)
_DANGLING = re.compile(
    r"(?:\b(?:and|or|the|a|an|of|if|with|for|by|to)|[,(])\s*[.;]|\b(?:or|and) (?:or|and)\b|\(\s*\)"
)


class Edit(NamedTuple):
    """A change of ``text[start:end]`` to ``new``.

    Attributes:
        type: The error that it makes where the text is the plain one.
        family: Changes alike share one, so that a frequent kind does not crowd out the others.
    """

    start: int
    end: int
    new: str
    type: FindingType
    family: str

    @classmethod
    def of(cls, text: str, where: tuple[int, int], new: str, kind: FindingType, family: str) -> Self:
        """Makes a change whose surroundings stay well-formed."""
        start, end = where
        if not new:
            if text[end : end + 1] == " " and text[max(0, start - 1) : start] in ("", " ", "("):
                end += 1
            elif text[start - 1 : start] == " " and (end == len(text) or text[end] in ".,;:)"):
                start -= 1
        if _SENTENCE_START.search(text, max(0, start - 4), start) and text[start : start + 1].isupper():
            if not new:
                new, end = text[end : end + 1], end + 1
            new = new[:1].upper() + new[1:]
        if article := _ARTICLE.search(text, max(0, start - 4), start):
            following = _NEXT_WORD.match(new + text[end : end + 20])
            fitting = ("an" if _AN.match(following["first"]) else "a") if following else article[1]
            if fitting != article[1].lower():
                fitting = fitting.capitalize() if article[1][0].isupper() else fitting
                new = f"{fitting} {new}" if new else fitting + text[article.end() - 1 : start]
                start = article.start()
        return cls(start, end, new, kind, family)

    def applied(self, text: str) -> str:
        """Gives the changed text."""
        return text[: self.start] + self.new + text[self.end :]

    def is_sound(self, text: str) -> bool:
        """Tells whether the changed text says something else and still reads as a text."""
        changed = self.applied(text)
        if _letters(changed) == _letters(text) or not _letters(changed):
            return False
        near = slice(max(0, self.start - 40), self.start + len(self.new) + 40)
        broken = any(
            len(found.findall(changed[near]))
            > len(found.findall(text[max(0, self.start - 40) : self.end + 40]))
            for found in (_TWICE, _DANGLING)
        )
        return not broken and changed.count("(") - changed.count(")") == text.count("(") - text.count(")")


def told_twice(text: str, start: int, end: int) -> bool:
    """Tells whether a number or unit is half of "2 weeks (14 days)", where a change of one is nonsense."""
    ahead, behind = _TOLD_AGAIN.match(text, end), _TELLS_AGAIN.search(text, max(0, start - 24), start)
    return bool(ahead or behind)


def asides(text: str) -> list[tuple[int, int]]:
    """Gives the ranges in parentheses."""
    return [match.span() for match in _ASIDE.finditer(text)]


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Gives the sentences outside of parentheses, each with its full stop."""
    hidden = _ASIDE.sub(lambda aside: "_" * len(aside[0]), text)
    start = 0
    for stop in re.finditer(r"\.\s+(?=[A-Z])", hidden):
        yield start, stop.start() + 1
        start = stop.end()
    if start < len(text):
        yield start, len(text)


def _letters(text: str) -> str:
    return "".join(text.casefold().split())
