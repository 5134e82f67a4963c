"""The texts of cancer trials before 2005: fixed sub-headings, and criteria that run on without stops."""

import re
from collections.abc import Iterator
from functools import cache

from translator.layout.sentences import is_abbreviation
from translator.layout.spellings import TRIM, fold, pattern, phrases, word_before
from translator.tables import alternatives

MAX_TOPIC = 60  # characters
_GAP = r"\s+"  # between the words of a phrase: the text is hard-wrapped


def opens_topics(heading: str) -> bool:
    """Whether a section heading belongs to such a trial, and the fixed sub-headings may follow."""
    return pattern("topic_section").search(heading) is not None


def is_topic(text: str) -> bool:
    """Whether the text is one of the fixed sub-headings."""
    return len(text) <= MAX_TOPIC and fold(text).strip(TRIM).lower() in phrases("topic")


@cache
def topics() -> re.Pattern[str]:
    """Returns the pattern of a sub-heading within running text, its colon included."""
    names = "|".join(
        rf"{phrase[0].upper()}(?i:{alternatives([phrase[1:]], space=_GAP)})" for phrase in phrases("topic")
    )
    return re.compile(rf"(?<![^\s.;])(?:{names}):(?=\s)")


@cache
def _opening() -> re.Pattern[str]:
    word = r"[A-Z][a-z]+(?:['’][a-z])?(?!\w)"
    openers = alternatives(phrases("opener"), space=_GAP)
    return re.compile(rf"(?<=[\w)%.\]])\s++(?=({word}|(?:{openers})\b))")


def openings(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yields start and end of the gaps before words that begin the next criterion.

    A capital letter begins a criterion, but for names and for what follows a preposition or another name.
    """
    for match in _opening().finditer(text, start, end):
        if match[1] in phrases("name"):
            continue
        if text[match.start() - 1] == "." and is_abbreviation(text, start, match.start() - 1):
            continue  # "St. John's wort"
        word = word_before(text, start, match.start())
        after_name = word[:1].isupper() and word[1:].islower() and match[1] not in phrases("opener")
        if not after_name and word.lower() not in phrases("glue"):
            yield match.start(), match.end()
