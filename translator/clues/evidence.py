"""What the detectors of the fidelity scorer read and what they hand back."""

import re
from functools import lru_cache
from typing import NamedTuple

from translator.clean import Clean, clean
from translator.lexis.words import Word, words
from translator.records import FindingType, Severity

_ASIDE = re.compile(r"\([^()]{0,400}\)")


class Side(NamedTuple):
    """One side of a pair, read afresh."""

    clean: Clean
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The clean text, which all offsets of words and clues refer to."""
        return self.clean.text

    def outside_asides(self) -> str:
        """The text with spaces in place of what stands in parentheses; offsets stay."""
        return _ASIDE.sub(lambda aside: " " * len(aside.group()), self.clean.text)


class Clue(NamedTuple):
    """One hint that a plain text is not faithful.

    Attributes:
        kind: What the calibration weighs it by.
        size: How strong the hint is, 0 to 1.
        source: Half-open range in the clean source, if it points there.
        plain: Half-open range in the clean plain text, if it points there.
        severity: Critical and major clues are always told; minor ones where they weigh on the score.
    """

    kind: str
    type: FindingType
    severity: Severity
    size: float
    source: tuple[int, int] | None
    plain: tuple[int, int] | None
    message: str


@lru_cache(maxsize=1024)
def side(text: str) -> Side:
    """Reads one side of a pair; the candidates of one source share its reading."""
    cleaned = clean(text)
    return Side(cleaned, tuple(words(cleaned.text)))
