"""Lead-ins and notes: what announces a list, and what asks nothing of anybody."""

import re

from translator.layout.spellings import TRIM, fold, pattern, phrases, section_of
from translator.records import Section

MAX_LEAD_IN = 200  # characters
MAX_NOTE = 400  # characters; a longer text is a note only by what it begins with
MAX_NOTE_WORDS = 14
_TAIL = 100  # characters
_NOTE_TRIM = TRIM + "†‡※;,"
_PARENTHESIS = re.compile(r"\([^()]*\)")
_STOP = re.compile(r"[.;]\s")


def lead_in_section(text: str) -> Section | None:
    """Returns the section that a lead-in's own words give its items ("… are excluded:"), else None."""
    match = pattern("lead_in_section").search(text) if len(text) <= MAX_LEAD_IN else None
    return section_of("lead_in_section", match.group()) if match else None


def ends_as_lead_in(text: str) -> bool:
    """Whether the last words announce a list ("all of the following", "must")."""
    tail = fold(text[-_TAIL:]).rstrip(TRIM + ",;")
    if tail.lower() in phrases("lead_in_alone"):
        return True
    return any(match.end() == len(tail) for match in pattern("lead_in").finditer(tail))


def opens_note(text: str) -> bool:
    """Whether the text says no more than that a note follows ("NOTE:")."""
    return text.strip(TRIM).lower() in phrases("note_opener")


def is_note(text: str) -> bool:
    """Whether the text is a remark that asks nothing of anybody."""
    bare = fold(text[: MAX_NOTE + 1]).strip(_NOTE_TRIM)
    if bare.lower() in phrases("note") or _begins_note(bare):
        return True
    if len(text) > MAX_NOTE:
        return False
    first, *others = _STOP.split(_PARENTHESIS.sub(" ", fold(text)))
    if pattern("note_phrase").search(first) and len(first.split()) <= MAX_NOTE_WORDS:
        return True
    if others or pattern("no_permission").search(bare):  # "Grade 4 toxicity. A repeat test is allowed."
        return False
    last = first.rstrip(_NOTE_TRIM).rpartition(" ")[2].lower()
    return last in phrases("permission_end") or pattern("permission").search(first) is not None


def _begins_note(bare: str) -> bool:
    match = pattern("note_opener").match(bare)
    if match is None:
        return False
    opener = match.group().lower()
    return " " in opener or opener == "see" or bare[match.end() :].lstrip()[:1] in {"", ":", "-", "–", "*"}
