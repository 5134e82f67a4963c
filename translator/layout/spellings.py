"""The table ``data/headings.tsv``: words that tell headings, lead-ins and notes, by kind.

``heading``
    Opens a section, other words allowed around it ("Key inclusion criteria for donors").
``alone``
    Opens a section where nothing else stands on the line.
``no_heading``
    A word that makes a sentence of a line that would otherwise pass for a heading.
``lead_in_section``
    Gives the items below a lead-in their section, whatever the heading above says.
``lead_in``, ``lead_in_alone``
    What a lead-in ends with, or what is one by itself.
``topic_section``, ``topic``
    A heading and a sub-heading of cancer trials before 2005, whose criteria run on without stops.
``opener``, ``name``, ``glue``
    In those, what begins a criterion besides words with a capital, what does not though it has one, and what
    does not end a criterion.
``note``, ``note_opener``, ``note_phrase``
    What a note is, begins with, or holds.
``permission``, ``permission_end``, ``no_permission``
    What a line that lets people in and asks nothing holds or ends with, and words that undo that.
``counted``, ``abbreviation``
    What a number belongs to, where it numbers no item ("grade 2."); what a stop belongs to, where it ends no
    sentence ("approx.").
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import cast

from translator.records import Section
from translator.tables import alternatives, rows

TRIM = " \t\r\n:：.-–—#*_()[]\\"  # what may stand around a heading or note
LOOK_BACK = 24  # characters; enough for the word before
_LAST_WORD = re.compile(r"[\w'’]+$")


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    table: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in rows("headings.tsv"):
        table[row["kind"]][row["phrase"]] = row["section"]
    return table


def phrases(kind: str) -> Mapping[str, str]:
    """Returns the phrases of a kind, each with its section (empty for kinds that have none)."""
    return _table()[kind]


@cache
def pattern(*kinds: str) -> re.Pattern[str]:
    """Returns the pattern of any phrase of the kinds as whole words, the longest first.

    ASCII only: with Unicode, ``ſ`` would match ``s``, and what matched would not be found in the table.
    """
    found = (phrase for kind in kinds for phrase in phrases(kind))
    words = alternatives(found, space=r"\s+")
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE | re.ASCII)


def section_of(kind: str, phrase: str) -> Section:
    """Returns the section of a phrase that ``pattern(kind)`` found."""
    return cast(Section, phrases(kind)[fold(phrase).lower()])


def fold(text: str) -> str:
    """Returns the text with white space folded."""
    return " ".join(text.split())


def word_before(text: str, start: int, offset: int) -> str:
    """Returns the word that ends at ``offset``, white space between allowed; empty where there is none."""
    match = _LAST_WORD.search(text[max(start, offset - LOOK_BACK) : offset].rstrip())
    return match.group() if match else ""
