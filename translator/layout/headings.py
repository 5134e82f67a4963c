"""Section headings: alone on a line, before a criterion, and within running text."""

import re
from collections.abc import Iterator
from typing import cast

from translator.layout.spellings import TRIM, fold, pattern, phrases, section_of, word_before
from translator.records import Section

MAX_HEADING = 100  # characters
MAX_WORDS = 12
SHORT = 4  # words; so short a line that ends in "exclusion criteria" needs no colon or capital

_PARENTHESIS = re.compile(r"\([^()]*\)")
_DASHED = re.compile(r"\s?[-–]\s")
_NUMBERED = re.compile(r"\d[.)]\s")
_BARE = re.compile(r"(?:\w+ )?(inclusion|exclusion)s?\b(?: [-–] | for |$)", re.IGNORECASE | re.ASCII)
_BEFORE_LIST = re.compile(
    r"(inclusion|exclusion)\s+criteria(?=\s+(?:\d{1,2}[.)]|[•*-])\s)", re.IGNORECASE | re.ASCII
)
_INLINE = re.compile(
    r"(?<=[A-Za-z0-9.;,)%\]])\s++(?P<heading>(?:(?:Key|Main|Major|General)\s)?"
    r"(?P<section>Inclusion|Exclusion|INCLUSION|EXCLUSION)"
    r"(?:\s[Cc]riteria|\sCRITERIA)?(?:\s?[:：]|$|(?=\s1[.)]\s)))"
    r"|--[A-Z][A-Za-z /]{3,30}--"
)
_SENTENCE = re.compile(
    r"(inclusion|exclusion)\s+criteri(?:a|on)\s+(?:are|is|includes?|included|including|will|would)\b",
    re.IGNORECASE | re.ASCII,
)


def section_heading(text: str) -> Section | None:
    """Returns the section that a line opens if it is nothing but a section heading, else None."""
    if len(text) > 2 * MAX_HEADING:
        return None
    line = _PARENTHESIS.sub(" ", fold(text)).strip()
    bare = line.strip(TRIM)
    group, found, rest = bare.rpartition(":")
    if found:  # "Step 1: Exclusion criteria"
        own = len(group.split()) <= SHORT and not pattern("heading", "alone").search(group)
        return section_heading(rest) if own else None
    if not bare or len(bare) > MAX_HEADING:
        return None
    if bare.lower() in phrases("alone"):
        return section_of("alone", bare)
    colon = line.endswith((":", "："))
    match = pattern("heading").search(bare)
    if match is None:
        known = _BARE.match(bare) if colon and bare[0].isupper() else None
        return cast(Section, known[1].lower()) if known and len(bare.split()) <= SHORT + 2 else None
    return section_of("heading", match.group()) if _is_title(line, bare, match, colon=colon) else None


def _is_title(line: str, bare: str, match: re.Match[str], *, colon: bool) -> bool:
    """Whether the words around a heading's own make no sentence of it."""
    words = bare.lower().split()
    # "Inclusion criteria - any of:"
    dashed = match.start() == 0 and colon and _DASHED.match(bare, match.end())
    if not dashed and (len(words) > MAX_WORDS or not phrases("no_heading").keys().isdisjoint(words)):
        return False
    if _NUMBERED.search(bare) or (line.endswith(".") and match.group() != bare):
        return False
    short = len(words) <= SHORT and match.end() == len(bare) and bare[0].isupper()
    return colon or short or match.start() == 0 or bare[match.start()].isupper()


def leading_heading(text: str, start: int, end: int) -> tuple[int, Section] | None:
    """Finds a section heading that a criterion follows on the same line.

    Returns:
        The offset after the heading and its section, or None.
    """
    colon = text.find(":", start, min(end, start + MAX_HEADING))
    if colon < 0:
        match = _BEFORE_LIST.match(text, start, end)
        return (match.end(), cast(Section, match[1].lower())) if match else None
    section = section_heading(text[start : colon + 1])
    return (colon + 1, section) if section else None


def inline_headings(text: str, start: int, end: int) -> Iterator[tuple[int, int, Section]]:
    """Yields start, end and section of the headings that stand within or at the end of running text."""
    for match in _INLINE.finditer(text, start, end):
        word = word_before(text, start, match.start()).lower()
        if word in phrases("glue") or word in phrases("no_heading"):  # "as listed in Exclusion Criteria"
            continue
        section = cast(Section, match["section"].lower()) if match["section"] else "other"
        yield max(match.start("heading"), match.start()), match.end(), section


def sentence_section(text: str) -> Section | None:
    """Returns the section of a sentence that tells its own ("Exclusion criteria include …"), else None."""
    match = _SENTENCE.match(text)
    return cast(Section, match[1].lower()) if match else None
