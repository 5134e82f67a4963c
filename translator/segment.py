"""Eligibility text into criteria, headings, lead-ins and notes, with their nesting and exact spans.

Every character that is no white space, bullet or number lies in the span of exactly one unit. The work is
linear in the length of the text.
"""

from dataclasses import dataclass
from itertools import zip_longest

from translator.layout.blocks import Block, read_blocks
from translator.layout.headings import sentence_section
from translator.layout.lines import BULLET
from translator.layout.pieces import Piece, cut
from translator.layout.remarks import ends_as_lead_in, is_note, lead_in_section, opens_note
from translator.layout.topics import is_topic, opens_topics
from translator.records import Criterion, Role, Section, Span

MAX_CONTEXT = 2000  # characters; nothing is nested where its context would be longer
MAX_DEPTH = 8  # deeper items are siblings at this depth
SHORT_HEAD = 80  # characters
HEAD_WORDS = 7
LEAD_IN_WORDS = 4


@dataclass(slots=True)
class _Unit:
    start: int
    end: int
    section: Section
    role: Role = "criterion"
    parent: "_Unit | None" = None
    children: int = 0
    above: int = 0  # characters of the lead-ins that it stands under


@dataclass(slots=True)
class _Level:
    """An open list: its last item, and what its next item looks like.

    ``doubled`` tells that the item had two bullets: a list was pasted into one bullet, and the
    registry nested the rest of the list under its first item.
    """

    unit: _Unit
    indent: int
    style: str
    ordinal: int
    doubled: bool


def segment(text: str) -> tuple[Criterion, ...]:
    """Cuts an eligibility text into its units.

    Args:
        text: The text as the registry gives it, in the format of the API v2 or of the older XML.

    Returns:
        The units in reading order; empty where the text holds nothing but white space, bullets and numbers.
    """
    units = _Reader(text).read()
    ids = {id(unit): str(position) for position, unit in enumerate(units, 1)}
    contexts: dict[int, str] = {}
    criteria = []
    for unit in units:
        words = " ".join(text[unit.start : unit.end].split())
        parent = unit.parent
        above = contexts.get(id(parent))
        if unit.children:
            contexts[id(unit)] = f"{above} {words}" if above else words
        criteria.append(
            Criterion(
                id=ids[id(unit)],
                section=unit.section,
                role=unit.role,
                text=words,
                span=Span(start=unit.start, end=unit.end),
                parent_id=ids[id(parent)] if parent else None,
                context=above,
            )
        )
    return tuple(criteria)


class _Reader:
    """Reads the blocks of a text in order and keeps what is open: section, heading and lists."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._units: list[_Unit] = []
        self._section: Section | None = None  # of the last section heading
        self._topical = False  # whether that section has the fixed sub-headings of old cancer trials
        self._head: _Unit | None = None  # the heading or lead-in without bullet that stands above
        self._listed = False  # whether bullets followed that head
        self._enumerating = False  # whether paragraphs below the head end as items of a list do
        self._levels: list[_Level] = []
        self._after_paragraph = False

    def read(self) -> list[_Unit]:
        """Returns the units of the text."""
        blocks = read_blocks(self._text)
        for block, following in zip_longest(blocks, blocks[1:]):
            pieces = list(cut(self._text, block, self._expected(block), topical=self._topical))
            after = None if following is None or following.is_heading else following
            for piece, successor in zip_longest(pieces, pieces[1:]):
                self._add(piece, after if successor is None else successor)
        for unit in self._units:
            self._settle(unit)
        return self._units

    def _expected(self, block: Block) -> dict[str, int]:
        expected = {level.style: level.ordinal + 1 for level in self._levels if level.ordinal}
        if block.markers and block.markers[-1].readings[0][0].startswith("i"):
            # The API v2 counts "a." as "1.", but leaves the letter where the list goes on after a Roman one.
            expected |= {"a" + style[1:]: n for style, n in expected.items() if style.startswith("1")}
        return expected

    def _add(self, piece: Piece, following: Block | Piece | None) -> None:
        words = self._text[piece.start : piece.end]
        if piece.opens is not None:
            if self._section is None and piece.opens == "exclusion":
                for unit in self._units:
                    unit.section = "inclusion" if unit.section == "other" else unit.section
            self._section = piece.opens
            self._topical = opens_topics(words)
            self._close()
            self._new(piece, "heading", None)
        elif piece.is_topic or (self._topical and not piece.markers and is_topic(words)):
            self._open(self._new(piece, "heading", None))
        elif piece.markers:
            self._nest(piece)
            self._listed = True
        elif following is not None and (role := self._head_role(words, following)):
            self._announce(piece, role, following)
        else:
            if self._listed:
                self._close()
            if (section := sentence_section(words)) and not is_note(words):
                self._close()
                self._section = section
            self._new(piece, "criterion", self._head)
            if words[-1] in ";,":
                self._enumerating = True
            elif self._enumerating:  # the last of a list whose items ended in semicolons or commas
                self._close()
            self._after_paragraph = True
            return
        self._after_paragraph = False

    def _new(self, piece: Piece, role: Role, parent: _Unit | None) -> _Unit:
        while parent is not None and parent.above + parent.end - parent.start > MAX_CONTEXT:
            parent = parent.parent
        head = self._head
        section = head.section if head is not None else self._section or "other"
        unit = _Unit(piece.start, piece.end, section, role, parent)
        if parent is not None:
            parent.children += 1
            unit.above = parent.above + parent.end - parent.start + 1
        self._units.append(unit)
        return unit

    def _open(self, unit: _Unit) -> None:
        self._close()
        self._head = unit

    def _close(self) -> None:
        self._head, self._listed, self._levels, self._enumerating = None, False, [], False

    def _head_role(self, words: str, following: Block | Piece) -> Role | None:
        """Returns the role of a paragraph that stands above others, None if it is no head of anything."""
        colon = words.endswith((":", "："))
        announces = ends_as_lead_in(words)
        count = len(words[: 2 * SHORT_HEAD].split())
        if colon and opens_note(words):
            return "note"
        if colon:
            announces = announces or (lead_in_section(words) is not None and count > 1)
            return "lead_in" if announces or count > HEAD_WORDS else "heading"
        if not following.markers or self._after_paragraph or is_note(words):
            return None
        if announces:
            return "lead_in"
        short = len(words) <= SHORT_HEAD and count <= HEAD_WORDS
        return "heading" if short and not words[0].islower() and words[-1] not in ".;," else None

    def _announce(self, piece: Piece, role: Role, following: Block | Piece) -> None:
        top = self._levels[-1] if self._levels else None
        if top is not None and min(piece.indent, following.indent) > top.indent and following.markers:
            unit = self._new(piece, role, top.unit)
            self._levels.append(_Level(unit, piece.indent, "", 0, doubled=False))
            return
        self._close()
        unit = self._new(piece, role, None)
        section = lead_in_section(self._text[unit.start : unit.end])
        if section and (section == "exclusion" or unit.section == "other"):
            unit.section = section
        self._open(unit)

    def _nest(self, piece: Piece) -> None:
        """Finds the place of a marked piece among the open lists."""
        style, ordinal = piece.markers[-1].readings[0]
        doubled = len(piece.markers) > 1 and style == BULLET
        levels = self._levels
        while levels and levels[-1].indent > piece.indent + 1:
            levels.pop()
        depth = self._depth(piece.indent, style, ordinal)
        parent = levels[depth - 1].unit if depth else self._head
        del levels[depth:]
        unit = self._new(piece, "criterion", parent)
        levels.append(_Level(unit, piece.indent, style, ordinal, doubled))

    def _depth(self, indent: int, style: str, ordinal: int) -> int:
        """Returns how many open lists a new item stands under."""
        levels = self._levels
        if not levels:
            return 0
        top = levels[-1]
        last = len(levels) - 1
        deeper = min(last + 1, MAX_DEPTH)
        if indent > top.indent + 1:
            pasted = top.doubled or (style == top.style != BULLET and ordinal == top.ordinal + 1)
            return last if pasted else deeper
        announced = self._text[top.unit.end - 1] in ":："
        same = [depth for depth, level in enumerate(levels) if level.indent >= indent - 1]
        for depth in reversed(same):
            level = levels[depth]
            follows = style == level.style or (style[0], level.style[:1]) == ("a", "1")
            if follows and ordinal == level.ordinal + (style != BULLET):
                return depth
        if not (ordinal == 1 and announced):
            for depth in reversed(same):
                if levels[depth].style == style:
                    return depth
        starts = ordinal == 1 and BULLET not in (style, top.style)
        return deeper if announced or starts else last

    def _settle(self, unit: _Unit) -> None:
        """Gives a criterion its final role, now that what stands under it is known."""
        if unit.role != "criterion":
            return
        words = self._text[unit.start : unit.end]
        head = words[:SHORT_HEAD]
        name = len(head.split()) <= LEAD_IN_WORDS and not any(map(str.isdigit, head))
        if words.endswith((":", "：")) or (unit.children and (name or ends_as_lead_in(words))):
            unit.role = "lead_in"
        elif is_note(words):
            unit.role = "note"
