"""Compounds of abbreviations in one word, opened so that each part is told: "FLT-PET", "PaO2/FiO2", "CD4+".

What the tables know as a whole stays whole ("PD-L1", "HLA-A"), and so does what they know no part of.
"""

import re

from translator.lexis.lexicon import Lexicon

_SIGN = re.compile(r"([-–/+&:])")
_ROMAN = re.compile(r"[IVX]+")
# Signs that join two names which stand for themselves; a hyphen can make a new name of two.
_BETWEEN = frozenset({"", "/", "+", "&", ":"})
# "HAM-D-17" and "HPV-16" are kinds of what stands before the number; "PD-0332991" is another name.
_NUMBERED = frozenset({"score", "organism"})
_NUMBER = re.compile(r"\d{1,2}(?!\d)")
_HYPHENS = frozenset({"-", "–"})
# One letter before a hyphen makes another name: "C-PAP", "I-PSS".
_LETTER = re.compile(r"[A-Z]")
# So short an abbreviation behind or before a hyphen is seldom the one of the table: "MN-14", "DOX-SL".
_SHORTEST = 3


def pieces(word: str, tables: Lexicon) -> list[str]:
    """Cuts a word at its signs, so that the longest abbreviations that the tables know stand alone.

    Args:
        word: A token, without white space.
        tables: The lexicon.

    Returns:
        The pieces, which join to the word; the word alone where nothing is to be opened.
    """
    parts = [part for part in _SIGN.split(word) if part]
    if len(parts) < 2 or is_short(word, tables):
        return [word]
    found: list[str] = []
    rest, start = "", 0
    while start < len(parts):
        end = next((end for end in range(len(parts), start, -1) if _stands(parts, start, end, tables)), 0)
        if end:
            found += [rest] * bool(rest) + ["".join(parts[start:end])]
            rest, start = "", end
        elif parts[start] in _BETWEEN or (parts[start] in _HYPHENS and not rest):
            found += [rest] * bool(rest) + [parts[start]]
            rest, start = "", start + 1
        else:
            rest, start = rest + parts[start], start + 1
    found += [rest] * bool(rest)
    return found if any(is_short(piece, tables) for piece in found) else [word]


def is_short(word: str, tables: Lexicon) -> bool:
    """Tells whether the tables know an abbreviation, in the singular or the plural."""
    known = tables.abbreviations
    if word in known or word.removesuffix("s") in known:
        return True
    return sum(letter.isupper() for letter in word) > 1 and tables.term(word) is not None


def _stands(parts: list[str], start: int, end: int, tables: Lexicon) -> bool:
    """Tells whether some parts in a row are an abbreviation that means the same here as alone."""
    name = "".join(parts[start:end])
    if not is_short(name, tables) or _ROMAN.fullmatch(name):
        return False
    before = parts[start - 1] if start else ""
    after = parts[end] if end + 1 < len(parts) else ""  # a sign at the very end is no part of a name
    if not {before, after} <= _BETWEEN and len(name) < _SHORTEST:
        return False
    if before in _HYPHENS and _LETTER.fullmatch(parts[start - 2] if start > 1 else ""):
        return False
    if after in _HYPHENS and parts[end + 1][0].isdigit():
        senses = tables.abbreviations.get(name, ())
        numbered = {sense.entry.kind for sense in senses} <= _NUMBERED
        return bool(senses) and numbered and bool(_NUMBER.match(parts[end + 1]))
    return True
