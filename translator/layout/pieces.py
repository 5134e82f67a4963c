"""Cuts a block into pieces, each of them one unit: headings, run-on lists and sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from translator.layout.blocks import Block
from translator.layout.headings import inline_headings, leading_heading, section_heading
from translator.layout.lines import Marker, read_markers, strip
from translator.layout.runons import run_ons
from translator.layout.sentences import Brackets, sentences
from translator.layout.topics import openings, opens_topics, topics
from translator.records import Section

MAX_HEADING_BLOCK = 200  # characters


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a block that makes one unit.

    Attributes:
        start: Offset of its first word.
        end: Offset after its last one.
        indent: Columns before the block.
        markers: What stood before it; a number within running text counts as one.
        opens: The section it opens, where it is a section heading.
        is_topic: Whether it is a sub-heading of the kind ``Age:`` that stood before its words on the line.
    """

    start: int
    end: int
    indent: int
    markers: tuple[Marker, ...] = ()
    opens: Section | None = None
    is_topic: bool = False


def cut(text: str, block: Block, expected: Mapping[str, int], *, topical: bool) -> Iterator[Piece]:
    """Cuts a block.

    Args:
        text: The whole eligibility text.
        block: The block.
        expected: Style of each open list, and the ordinal that would go on with it.
        topical: Whether the section so far has the fixed sub-headings of old cancer trials.

    Yields:
        The pieces in order; nothing but white space, bullets and numbers is left between them.
    """
    markers = block.markers
    for start, end, opens in _sections(text, block):
        part = replace(block, start=start, end=end, markers=markers)
        if opens is not None:
            yield Piece(start, end, block.indent, markers, opens)
            markers, topical = (), opens_topics(text[start:end])
            continue
        after_heading = start > block.start
        if after_heading:  # what follows a heading on its line may have a bullet of its own
            part = _after_markers(text, part)
        if part.start == part.end:
            continue
        if topical and not part.markers:
            yield from _topical(text, part)
        else:
            yield from _listed(text, part, expected, after_heading=after_heading)


def _sections(text: str, block: Block) -> Iterator[tuple[int, int, Section | None]]:
    """Splits off the section headings at the start, within and at the end."""
    start, end = block.start, block.end
    whole = block.is_heading or text[end - 1] in ":："
    if whole and end - start <= MAX_HEADING_BLOCK and (opens := section_heading(text[start:end])):
        yield start, end, opens
        return
    while leading := leading_heading(text, start, end):
        stop, opens = leading
        yield start, stop, opens
        start, end = strip(text, stop, end)
    for first, stop, section in inline_headings(text, start, end):
        if start < first:
            yield *strip(text, start, first), None
        yield *strip(text, first, stop), section
        start, _ = strip(text, stop, end)
    if start < end:
        yield start, end, None


def _after_markers(text: str, part: Block) -> Block:
    markers = read_markers(text, part.start, part.end)
    if not markers:
        return replace(part, markers=())
    read = tuple(replace(marker, readings=marker.readings[:1]) for marker in markers)
    return replace(part, start=markers[-1].end, markers=read)


def _topical(text: str, part: Block) -> Iterator[Piece]:
    """Splits ``Age: 18 and over Hepatic: Bilirubin normal No cirrhosis`` at sub-headings and at openings."""
    position = part.start
    for match in topics().finditer(text, part.start, part.end):
        yield from _opened(text, position, match.start(), part.indent)
        yield Piece(match.start(), match.end(), part.indent, is_topic=True)
        position = match.end()
    yield from _opened(text, position, part.end, part.indent)


def _opened(text: str, start: int, end: int, indent: int) -> Iterator[Piece]:
    for first, stop in sentences(text, *strip(text, start, end)):
        brackets = Brackets(text, first, stop)
        position = first
        for gap, opening in openings(text, first, stop):
            if not brackets.hold(gap):
                yield Piece(position, gap, indent)
                position = opening
        yield Piece(position, stop, indent)


def _listed(text: str, part: Block, expected: Mapping[str, int], *, after_heading: bool) -> Iterator[Piece]:
    """Splits a list that runs on within the block, and what is left by sentences where it has no marker."""
    position, markers = part.start, part.markers
    for first, stop, marker in run_ons(text, part, expected, after_heading=after_heading):
        if position < first:
            yield from _plain(text, replace(part, start=position, end=first, markers=markers))
        position, markers = stop, (marker,)
    if position < part.end:
        yield from _plain(text, replace(part, start=position, markers=markers))


def _plain(text: str, part: Block) -> Iterator[Piece]:
    start, end = strip(text, part.start, part.end)
    if part.markers:
        yield Piece(start, end, part.indent, part.markers)
        return
    for first, stop in sentences(text, start, end):
        numbered = _after_markers(text, replace(part, start=first, end=stop))
        if first < numbered.start < stop and ")" in text[first : numbered.start]:  # "; (2) has a cough"
            yield Piece(numbered.start, stop, part.indent, numbered.markers)
        else:
            yield Piece(first, stop, part.indent)
