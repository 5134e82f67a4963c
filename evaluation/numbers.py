"""Whether a plain text keeps the numbers of its source: a check that shares no code with the scorer.

It reads digits alone and understands nothing, so that it cannot repeat a mistake of the translator's own
reader of facts.
"""

import re
from collections import Counter
from decimal import Decimal

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SPELLED = {word: str(number) for number, word in enumerate(_WORDS, 1)}
_SPELLED_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOWERED = str.maketrans(_SUPERSCRIPTS, "0123456789")
_EXPONENT = re.compile(rf"(?<=[0-9])[{_SUPERSCRIPTS}]++")
_UNIT_OR_FONT = re.compile(rf"[{_SUPERSCRIPTS}]")  # of m² and mm³; ³ is also what an old font made of ≥
_ITEM_NUMBER = re.compile(r"\A\s*+\(?[0-9]{1,2}[.)]\s*+(?=[^\W\d_])")
_POWER = re.compile(r"(?<=[0-9])[eE](?=[0-9])")
_TIMES = re.compile(r"(?<![^\W\d_])[xX](?=[0-9])")
_THOUSANDS = re.compile(r"(?<=[0-9])[,\u00a0\u202f](?=[0-9]{3}(?![0-9]))")
_NUMBER = re.compile(r"(?<![^\W_])(?<![^\W_]\.)(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)")


def numbers(text: str) -> Counter[Decimal]:
    """Counts the numbers of a text.

    Thousands separators are folded (``1,500`` is 1500), and so are trailing zeros (``2.0`` is 2), the ways to
    write a power (``10⁹``, ``10^9`` and ``10e9`` are 10 and 9) and the numbers one to twelve in words. Digits
    right behind a letter belong to a name or a unit (``CD19``, ``m2``), digits before the first word number
    the item (``3. Pregnancy``); neither are counted.
    """
    folded = _EXPONENT.sub(lambda digits: "^" + digits.group().translate(_LOWERED), text)
    folded = _ITEM_NUMBER.sub("", _UNIT_OR_FONT.sub(" ", folded))
    folded = _TIMES.sub(" ", _POWER.sub("^", _THOUSANDS.sub("", folded)))
    folded = _SPELLED_WORD.sub(lambda word: _SPELLED[word.group().lower()], folded)
    return Counter(Decimal(number) for number in _NUMBER.findall(folded))


def kept(source: str, plain: str) -> bool:
    """Tells whether the plain text has every number of the source, at least as often as the source.

    Numbers that the plain text has besides are no matter: it may explain a word by one.
    """
    return numbers(source) <= numbers(plain)
