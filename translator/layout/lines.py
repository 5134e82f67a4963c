"""The lines of a text, each with its indent and the bullets or numbers that it opens with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TAB_WIDTH = 8
MAX_MARKERS = 4
BULLET = "•"  # the style of every bullet, whatever its glyph

# Private-use characters are the bullets of the Symbol and Wingdings fonts.
GLYPHS = "•·∙●○◦▪▫■□◆◇►▶➢➤✓✔✗‣⁃§¨･\uf0a7\uf0b7\uf0d8\uf0fc"
DASHES = "\\-–—−‐‑‒―*"
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"

_BREAK = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_SPACE = re.compile(rf"[\s{ZERO_WIDTH}]*")
_CIRCLED = "①-⑳⑴-⒇❶-❿➀-➉"
_MARKER = re.compile(
    rf"""
    (?P<bullet>
        \\?[{DASHES}{GLYPHS}]{{1,3}}\.?(?=\s|$)     # any glyph, then a space
      | [{GLYPHS}]\.?                               # a glyph that is nothing but a bullet
      | [-–](?=[A-Za-z≥≤<>])                        # "-Age", but not "-5"
      | [{_CIRCLED}]
      | o(?=\s+[A-Z≥≤<>])                           # the letter that stands for a hollow bullet
    )
  | \#?(?P<open>\(?)
    (?P<label>
        (?:\d{{1,2}}|[A-Za-z])(?:\.\d{{1,2}}){{1,3}}(?=[.)]|\s+[A-Z])
      | \d{{1,2}}[a-z](?=[.)]) | \d{{1,3}} | [ivx]{{2,5}} | [IVX]{{2,5}} | [A-Za-z]
    )
    (?P<close>
        [ ]?\\?\)[.:-]?                                # 1)  (a)  1).
      | [ ]?\\?[.．][)-]?(?=\s|$)                      # 1.  1\.  1.)  1.-
      | [.．](?=[A-Z][a-z]|[≥≤<>])                  # 1.Age
      | :(?=\s) | [、）] | -(?=\s*[A-Z][a-z])       # 1: Age  1- Age
      | (?<=\.\d)(?=\s) | (?<=\.\d\d)(?=\s)         # 1.1 Age
    )
    """,
    re.VERBOSE,
)
_ROMAN = {"i": 1, "v": 5, "x": 10}


@dataclass(frozen=True, slots=True)
class Marker:
    """A bullet or number: what it looks like, and its place in a list where it tells one.

    Attributes:
        readings: Possible ``(style, ordinal)`` pairs, the likelier first; ``i.`` is the first Roman number or
            the ninth letter. A bullet has the one reading ``("•", 0)``.
        end: Offset of what follows it.
    """

    readings: tuple[tuple[str, int], ...]
    end: int = field(compare=False)

    @property
    def is_bullet(self) -> bool:
        """Whether it is a bullet, which has no place in a count."""
        return self.readings[0][0] == BULLET


@dataclass(frozen=True, slots=True)
class Line:
    """A line that holds more than white space.

    Attributes:
        start: Offset of the first character that is no white space.
        end: Offset after the last one.
        indent: Columns of white space before ``start``.
        markers: What the line opens with, outermost first.
        blank_before: Whether an empty line stands before it, or nothing at all.
    """

    start: int
    end: int
    indent: int
    markers: tuple[Marker, ...]
    blank_before: bool

    @property
    def width(self) -> int:
        """Columns that the line fills, its indent included."""
        return self.indent + self.end - self.start


def skip_space(text: str, start: int, end: int) -> int:
    """Returns the offset of the first character from ``start`` on that is no white space, or ``end``."""
    match = _SPACE.match(text, start, end)
    return match.end() if match else start


def strip(text: str, start: int, end: int) -> tuple[int, int]:
    """Returns the range without the white space at its ends."""
    start = skip_space(text, start, end)
    while end > start and (text[end - 1].isspace() or text[end - 1] in ZERO_WIDTH):
        end -= 1
    return start, end


def read_lines(text: str) -> list[Line]:
    """Returns the lines of a text that are not empty, in order."""
    lines: list[Line] = []
    blank = True
    for start, end in _ranges(text):
        first, last = strip(text, start, end)
        if first == last:
            blank = True
            continue
        indent = _columns(text, start, first)
        lines.append(Line(first, last, indent, read_markers(text, first, last), blank))
        blank = False
    return lines


def read_markers(text: str, start: int, end: int) -> tuple[Marker, ...]:
    """Reads the bullets and numbers at ``start``: ``- 1. Age`` has two, ``1. 1. Age`` one that is doubled."""
    markers: list[Marker] = []
    while len(markers) < MAX_MARKERS and (match := _MARKER.match(text, start, end)):
        start = skip_space(text, match.end(), end)
        marker = _marker(match, start)
        if marker is None or (markers and not markers[-1].is_bullet and marker != markers[-1]):
            break
        markers.append(marker)
    return tuple(markers)


def _marker(match: re.Match[str], end: int) -> Marker | None:
    if match["bullet"]:
        return Marker(((BULLET, 0),), end)
    if match["open"] and ")" not in match["close"]:
        return None
    readings = readings_of(match["label"], match["open"] + match["close"].strip(" \\"))
    return Marker(readings, end) if readings else None


def readings_of(label: str, frame: str) -> tuple[tuple[str, int], ...]:
    """Returns the styles and ordinals that a number's label can have.

    Args:
        label: ``3``, ``c``, ``iv`` or ``2.1``.
        frame: The punctuation around it; lists with other punctuation are other lists.
    """
    head, _, tail = label.rpartition(".")
    if head:
        return ((f"{head}.1{frame}", int(tail)),)
    if label[0].isdecimal() and label[-1].isalpha():
        return ((f"{label[:-1]}a{frame}", ord(label[-1]) - ord("a") + 1),)
    if label.isdecimal():
        return ((f"1{frame}", int(label)),)
    small = label.lower()
    upper = label != small
    found: list[tuple[str, int]] = []
    if small.isascii() and not small.strip("ivx"):
        found.append((("I" if upper else "i") + frame, _roman(small)))
    if len(small) == 1:
        letter = (("A" if upper else "a") + frame, ord(small) - ord("a") + 1)
        found.insert(0 if small in "vx" else len(found), letter)
    return tuple(found)


def _roman(label: str) -> int:
    total = 0
    for letter, following in zip(label, label[1:] + "i", strict=True):
        value = _ROMAN[letter]
        total += -value if value < _ROMAN[following] else value
    return total


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _BREAK.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _columns(text: str, start: int, end: int) -> int:
    column = 0
    for character in text[start:end]:
        column += TAB_WIDTH - column % TAB_WIDTH if character == "\t" else 1
    return column
