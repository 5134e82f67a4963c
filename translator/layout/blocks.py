"""Lines into blocks: a bullet with its continuation lines, or a paragraph."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from translator.layout.headings import section_heading
from translator.layout.lines import Line, Marker, read_lines

MIN_WRAP, MAX_WRAP = 60, 130  # columns; a text that is wrapped by hand or by a program is wrapped in between
LONG_WORD = 15  # columns
SHORT_HEAD = 60  # characters
_WORD = re.compile(r"\S+")
_CONNECTIVE = re.compile(r"\W*(?:and|or|and/or|plus)\W*", re.IGNORECASE)
_SENTENCE_END = (".", ";", "!", "?")
_CLOSING = (*_SENTENCE_END, ":", ",")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together.

    Attributes:
        start: Offset of its first word, after the markers.
        end: Offset after its last word.
        indent: Columns before its first marker or word.
        markers: Bullets and numbers it opens with; none for a paragraph.
        is_heading: Whether it is a section heading and nothing else.
    """

    start: int
    end: int
    indent: int
    markers: tuple[Marker, ...] = ()
    is_heading: bool = False


def read_blocks(text: str) -> list[Block]:
    """Joins the lines of a text into blocks, in order; bullets and numbers without words are left out."""
    lines = read_lines(text)
    width = wrap_width(lines)
    blocks: list[Block] = []
    counts: dict[str, int] = {}  # the last ordinal of each style of number
    waiting: Line | None = None  # a bullet on a line of its own, whose words come on the next
    for previous, line, following in zip([None, *lines], lines, [*lines[1:], None], strict=False):
        wrapped = previous is not None and _is_wrap(text, previous, line, width)
        markers = () if wrapped else _accept(line, counts)
        start = markers[-1].end if markers else line.start
        if start == line.end:
            waiting = line
            continue
        heading = not wrapped and _is_heading(text[start : line.end], line, following, width)
        if heading:
            counts = {}
        elif waiting is not None and not markers:
            blocks.append(Block(start, line.end, waiting.indent, waiting.markers))
            waiting = None
            continue
        elif blocks and not markers and (wrapped or _continues(text, blocks[-1], line, following)):
            blocks[-1] = replace(blocks[-1], end=line.end)
            continue
        waiting = None
        blocks.append(Block(start, line.end, line.indent, markers, heading))
    return blocks


def wrap_width(lines: list[Line]) -> int | None:
    """Returns the column at which the text is hard-wrapped, or None where its author ended the lines.

    A wrapped line ends where the first word of the next would no longer fit; if that may be so for most of
    the lines that a line without bullet follows, the text is wrapped.
    """
    width = max((line.width for line in lines), default=0)
    if not MIN_WRAP <= width <= MAX_WRAP:
        return None
    full = [
        one.width >= width - LONG_WORD
        for one, two in pairwise(lines)
        if not two.blank_before and not two.markers
    ]
    return width if full and 2 * sum(full) >= len(full) else None


def _is_wrap(text: str, previous: Line, line: Line, width: int | None) -> bool:
    """Whether the line is the rest of the one above, which was too long for the width."""
    if width is None or line.blank_before or line.indent < previous.indent - 1:
        return False
    if text[line.start].islower() and text[previous.end - 1] not in _CLOSING:
        return True
    word = _WORD.match(text, line.start, min(line.end, line.start + MAX_WRAP))
    return previous.width + 1 + (len(word.group()) if word else 0) > width


def _is_heading(words: str, line: Line, following: Line | None, width: int | None) -> bool:
    """Whether the words on the line are a section heading, and not the first line of a longer sentence."""
    if section_heading(words) is None:
        return False
    cut_off = width is not None and line.width >= width - LONG_WORD and not words.endswith((":", "："))
    return not (cut_off and following is not None and not following.blank_before and not following.markers)


def _accept(line: Line, counts: dict[str, int]) -> tuple[Marker, ...]:
    """Returns the markers up to the first that is not believable, each with the one reading that fits."""
    accepted: list[Marker] = []
    for marker in line.markers:
        reading = marker.readings[0] if marker.is_bullet else _reading(marker, counts)
        if reading is None:
            break
        counts[reading[0]] = reading[1]
        accepted.append(replace(marker, readings=(reading,)))
    return tuple(accepted)


def _reading(marker: Marker, counts: dict[str, int]) -> tuple[str, int] | None:
    """Chooses what a label stands for; a letter with a stop out of order ("E. coli") stands for nothing."""
    for style, ordinal in marker.readings:
        if 0 < ordinal - counts.get(style, 0) <= 2:
            return style, ordinal
    starts = [reading for reading in marker.readings if reading[1] == 1]
    style, ordinal = (starts or marker.readings)[0]
    return (style, ordinal) if ordinal == 1 or style[0].isdigit() or ")" in style else None


def _continues(text: str, block: Block, line: Line, following: Line | None) -> bool:
    """Whether a line without marker goes on with the block above, in a text that is not wrapped there."""
    if block.is_heading:
        return False
    if line.end - line.start < 12 and _CONNECTIVE.fullmatch(text, line.start, line.end):
        return True
    if not block.markers:
        return False
    if line.indent > block.indent:
        return not (line.blank_before and _announces(text, block, line, following))
    last, first = text[block.end - 1], text[line.start]
    return first.islower() and last not in _SENTENCE_END


def _announces(text: str, block: Block, line: Line, following: Line | None) -> bool:
    """Whether an indented paragraph is a heading or lead-in of the bullets that follow it."""
    if following is None or not following.markers:
        return False
    if text[line.end - 1] in ":：":
        return True
    if text[block.end - 1] in ":：":
        return False
    short = line.end - line.start <= SHORT_HEAD
    return short and text[line.start].isupper() and text[line.end - 1] not in ".;,"
