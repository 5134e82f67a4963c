"""Abbreviations that a text defines itself: "absolute neutrophil count (ANC)".

The method is that of A. S. Schwartz and M. A. Hearst, "A simple algorithm for identifying abbreviation
definitions in biomedical text", Pacific Symposium on Biocomputing 2003, 451-462: the letters of the short
form are sought in the long form from right to left, and the first of them must open a word. Stricter than the
paper in one point: a short form holds a capital letter, for registry texts put many a remark in parentheses.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from translator.clean import clean

# The paper's bounds: a short form has 2 to 10 characters and at most two words.
_MAX_SHORT = 10
# A long form of at most 15 words fits in this many characters before its short form.
_MAX_LONG = 150

_ASIDE = re.compile(r"[(\[](?P<inside>[^()\[\]]{2,160})[)\]]")
_SHORT = re.compile(r"[A-Za-z0-9][\w+/.-]{0,9}(?: [\w+/.-]{1,8})?")
# Roman numerals, single letters with numbers, and words of everyday length are remarks.
_NO_SHORT = re.compile(r"NOTE|[IVX]+[AB]?|[A-Za-z]?[\d.]+|[\d.]+ .*|.*[a-z]{4}.*|[ie]\.[eg]\..*")
_PHRASE_END = re.compile(r"[.;:](?= )|[()\[\]]")
_LAST_WORD = re.compile(r"[\w+/-]{2,10}$")
_INTRODUCTION = re.compile(r"(?:also called|also known as|abbreviated as|hereafter|or) ", re.IGNORECASE)
# Stricter than the paper here too: "time to progression (TTP)" does not begin at "to".
_LINK = re.compile(r"(?:an?|and|by|for|in|of|on|or|the|to|with)\b")
# Words that begin a remark and no long form: "ULN (unless Gilbert's syndrome)".
_REMARK = re.compile(
    r"(?:as|at|but|defined|e\.g|except|excluding|if|including|no|not|other|per|such|unless|when|where|which|who)\b",
    re.IGNORECASE,
)
# A new bullet, a numbered item or an empty line: no long form reaches over it.
_BLOCK_END = re.compile(r"\n\s*(?=[*•·\-–\d])|\n\s*\n")


class Definition(NamedTuple):
    """A short form, its long form, and where they stand together.

    Attributes:
        long_start: Where the long form begins.
        start: Where the first of the two begins.
        end: Where the second ends, its parenthesis included.
    """

    short: str
    long: str
    long_start: int
    start: int
    end: int

    @property
    def long_end(self) -> int:
        """Where the long form ends."""
        return self.long_start + len(self.long)


def find_definitions(text: str) -> Iterator[Definition]:
    """Finds the abbreviations that a text defines, in reading order.

    Both orders are read: ``long form (SF)`` and ``SF (long form)``. The work is linear in the text.

    Args:
        text: Clean text (see ``translator.clean``).
    """
    for aside in _ASIDE.finditer(text):
        window = max(0, aside.start() - _MAX_LONG)
        before = text[window : aside.start()].rstrip()
        end = window + len(before)
        phrase = _PHRASE_END.split(before)[-1]
        inside = aside["inside"].strip()
        short = re.split("[,;:=]", _INTRODUCTION.sub("", inside, count=1), maxsplit=1)[0].strip(" \"'")
        if _is_short(short):
            long = _long_form(short, _last_words(phrase, short))
            if long:
                yield Definition(short, long, end - len(long), end - len(long), aside.end())
            continue
        word = _LAST_WORD.search(phrase)
        if _REMARK.match(inside):
            continue
        if word and _is_short(word.group()) and _long_form(word.group(), inside) == inside:
            long_start = aside.start() + aside.group().index(inside)
            yield Definition(word.group(), inside, long_start, end - len(word.group()), aside.end())


def abbreviations_defined_in(text: str) -> dict[str, str]:
    """Tells the abbreviations that a text defines, each with its long form; the first definition holds.

    Args:
        text: Registry text of any length as it was given, with its bullets and line breaks.
    """
    found: dict[str, str] = {}
    for block in _BLOCK_END.split(text):
        for definition in find_definitions(clean(block).text):
            found.setdefault(definition.short, definition.long)
    return found


def _opens(folded: str, place: int) -> bool:
    """Tells whether a long form may begin here: at a word, which is no "to" or "of"."""
    return not folded[place - 1 : place].isalnum() and not _LINK.match(folded, place)


def _is_short(word: str) -> bool:
    return (
        2 <= len(word) <= _MAX_SHORT
        and bool(_SHORT.fullmatch(word))
        and any(letter.isupper() for letter in word)
        and not _NO_SHORT.fullmatch(word)
    )


def _last_words(phrase: str, short: str) -> str:
    """Cuts the candidate: at most min(n + 5, 2 n) words for a short form of n characters."""
    words = phrase.split(" ")
    return " ".join(words[-min(len(short) + 5, len(short) * 2) :])


def _long_form(short: str, candidate: str) -> str | None:
    """Finds the shortest end of the candidate that holds the letters of the short form, in order."""
    # The plural s of "AEs" need not stand in the long form.
    letters = [letter for letter in short.removesuffix("s").casefold() if letter.isalnum()]
    folded = candidate.casefold()
    if len(folded) != len(candidate):
        return None
    place = len(candidate)
    for rank in range(len(letters) - 1, -1, -1):
        place = folded.rfind(letters[rank], 0, place)
        while rank == 0 and place >= 0 and not _opens(folded, place):
            place = folded.rfind(letters[0], 0, place)
        if place < 0:
            return None
    long = candidate[place:]
    words = long.split()
    if len(long) <= len(short) or short in words or len(words) > min(len(short) + 5, len(short) * 2):
        return None
    return long
