"""Lists that run on within a line: the bullets and numbers that stand in running text."""

import re
from collections.abc import Iterator, Mapping

from translator.layout.blocks import Block
from translator.layout.lines import BULLET, GLYPHS, Marker, readings_of, strip
from translator.layout.sentences import Brackets
from translator.layout.spellings import phrases, word_before

_MARK = re.compile(
    rf"""(?<![^\s:;,.])(?:
        (?P<open>\(?)(?P<label>\d{{1,2}}|[ivx]{{2,4}}|[A-Za-z])(?P<close>\\?[.)]|\)\.)(?=\s)
      | (?P<bullet>[{GLYPHS}](?=\s?\S)|(?<=\s)-(?=\s+[A-Za-z≥≤<>]))
    )\s*+""",
    re.VERBOSE,
)


def run_ons(
    text: str, block: Block, expected: Mapping[str, int], *, after_heading: bool
) -> Iterator[tuple[int, int, Marker]]:
    """Yields start, end and reading of the bullets and numbers within running text that make a list.

    A list starts at the beginning of a block or after a colon, and its second number must follow; a number
    in its place goes on with the list, and so does one between a stop and a capital. All else that looks
    like a number ("grade 2) and") is text.

    Args:
        text: The whole eligibility text.
        block: The block, or what is left of it after a heading.
        expected: Style of each open list, and the ordinal that would go on with it.
        after_heading: Whether the block follows a heading on its line: its bullet then begins such a list.
    """
    start = block.start
    found = list(_MARK.finditer(text, start, block.end))
    readings = [
        () if mark["bullet"] else readings_of(mark["label"], mark["open"] + mark["close"].strip("\\"))
        for mark in found
    ]
    open_lists = dict(expected)
    if block.markers and not block.markers[-1].is_bullet:
        style, ordinal = block.markers[-1].readings[0]
        open_lists[style] = ordinal + 1
    in_bullets = after_heading and bool(block.markers) and block.markers[-1].is_bullet
    brackets = Brackets(text, start, block.end)
    for mark, options, continued in zip(found, readings, _continued(readings), strict=True):
        last = _last(text, start, mark.start())
        capital = text[mark.end() : mark.end() + 1].isupper()
        announced = last in ":："
        ended = last in ".;" and capital
        if mark["bullet"]:
            glyph = mark["bullet"] != "-"
            if not glyph and brackets.hold(mark.start()):
                continue
            if in_bullets or ended or (announced and continued) or (glyph and (continued or capital)):
                in_bullets = in_bullets or announced or glyph
                yield mark.start(), mark.end(), Marker(((BULLET, 0),), mark.end())
            continue
        number = mark["label"].isdecimal()
        if number and not ended and _counts(text, start, mark.start()):
            continue
        chosen = [option for option in options if open_lists.get(option[0]) == option[1]]
        if announced and continued:
            chosen += [option for option in options if option[1] == 1]
        if number and ended:
            chosen += options
        if chosen:
            open_lists[chosen[0][0]] = chosen[0][1] + 1
            yield mark.start(), mark.end(), Marker((chosen[0],), mark.end())


def _continued(readings: list[tuple[tuple[str, int], ...]]) -> list[bool]:
    """Tells for each mark whether a later one goes on from it: another bullet, or the next ordinal."""
    later: list[bool] = []
    seen: set[tuple[str, int]] = set()
    bullet = False
    for options in reversed(readings):
        later.append(any((style, ordinal + 1) in seen for style, ordinal in options) if options else bullet)
        bullet = bullet or not options
        seen.update(options)
    return later[::-1]


def _last(text: str, start: int, offset: int) -> str:
    """Returns the last character before ``offset`` that is no white space; a colon at the beginning."""
    return text[strip(text, start, offset)[1] - 1] if offset > start else ":"


def _counts(text: str, start: int, offset: int) -> bool:
    """Whether a number at ``offset`` belongs to what is before it ("grade", "least", "≤")."""
    word = word_before(text, start, offset).lower()
    counted = phrases("counted").keys()
    return (
        not counted.isdisjoint((word, word.removesuffix("s"))) or _last(text, start, offset) in "<>=≤≥~±×–-"
    )
