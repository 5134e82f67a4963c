"""Sentences of prose: stops and semicolons that stand outside brackets."""

import re
from collections.abc import Iterator

from translator.layout.spellings import phrases

LABEL = 4  # characters; "ii." is no sentence
_LOOK_BACK = 16

_SENTENCE = re.compile(
    r"(?:[.!?][\")”’]?|;(?:\s{1,40}(?:or|and|and/or)(?=\s))?)\s++(?!i\.?e\b|e\.?g\b|however\b|otherwise\b)(?=\S)",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"[\w.]+$")
_BRACKET = re.compile(r"[()\[\]{}]")


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yields start and end of each sentence; a semicolon, with the "or" or "and" after it, ends one too."""
    brackets = Brackets(text, start, end)
    position = start
    for match in _SENTENCE.finditer(text, start, end):
        following = text[match.end()]
        stop = match.start() + len(match.group().rstrip())
        if stop - position <= LABEL:
            continue
        if text[match.start()] != ";":
            if following.islower() or following in "()[]{}.,;":
                continue
            if is_abbreviation(text, position, match.start()):
                continue
        if not brackets.hold(match.start()):
            yield position, stop
            position = match.end()
    if position < end:
        yield position, end


def is_abbreviation(text: str, start: int, stop: int) -> bool:
    """Whether the full stop at ``stop`` belongs to the word before it ("e.g.", "approx."), ending nothing."""
    match = _DOTTED.search(text[max(start, stop - _LOOK_BACK) : stop])
    word = match.group().lower() if match else ""
    initials = len(word) > 1 and word[::2].isalpha() and not word[1::2].strip(".")
    return initials or word in phrases("abbreviation")


class Brackets:
    """Where closed brackets stand; asked for growing offsets, so that a block is read once.

    A bracket that never closes counts for nothing: it would keep the rest of the block in one piece.
    """

    def __init__(self, text: str, start: int, end: int) -> None:
        opened: list[int] = []
        pairs: list[tuple[int, int]] = []
        for match in _BRACKET.finditer(text, start, end):
            if match.group() in "([{":
                opened.append(match.start())
            elif opened:
                pairs.append((opened.pop(), match.start()))
        self._pairs = sorted(pairs)
        self._next = 0
        self._closed = start

    def hold(self, offset: int) -> bool:
        """Whether ``offset`` lies within brackets."""
        while self._next < len(self._pairs) and self._pairs[self._next][0] < offset:
            self._closed = max(self._closed, self._pairs[self._next][1])
            self._next += 1
        return offset < self._closed
