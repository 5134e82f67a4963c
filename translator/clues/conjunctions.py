"""And or or: whether what the source joins is joined the same way in the plain text.

For each conjunction of the source, the words at its two sides are sought in the plain text; what stands
between them there is compared. Two sentences that each keep someone out say "or"; two requirements say "and".
"""

from collections.abc import Iterator, Sequence

from translator.clues.evidence import Clue, Side
from translator.lexis.equivalents import Equivalents
from translator.lexis.words import Word
from translator.records import Section

_STRONG = 0.15  # strength from which a plain word may stand for a source word here
_NEAR = 6  # words of the source around a conjunction, among which what it joins is sought
_FAR = 40  # words of the plain text between the two sides, beyond which they are not read as one list
_OR = {"or", "either", "any", "nor", "whichever"}
_AND = {"and", "both", "plus", "also", "together", "as", "all", "along", "with"}


def clues(source: Side, plain: Side, section: Section, known: Equivalents) -> Iterator[Clue]:
    """Tells conjunctions that became the other one, once for each way."""
    places: dict[str, list[int]] = {}
    for i, word in enumerate(plain.words):
        places.setdefault(word.stem, []).append(i)
    told: set[str] = set()
    for i, word in enumerate(source.words):
        if word.text not in ("and", "or") or word.text in told:
            continue
        if {"and", "or"} <= {w.text for w in source.words[max(0, i - 1) : i + 2]}:
            continue  # and/or
        left, right = (
            _content(source.words[max(0, i - _NEAR) : i][::-1], known),
            _content(source.words[i + 1 : i + 1 + _NEAR], known),
        )
        if left is None or right is None or left.stem == right.stem:
            continue
        between = _between(_places(left, places, known), _places(right, places, known), plain.words)
        if between is None:
            continue
        joined = {w.text for w in between if not w.aside}
        split = between[0].sentence != between[-1].sentence
        says_or = bool(joined & _OR) or (split and section == "exclusion")
        says_and = bool(joined & _AND) or (split and section == "inclusion")
        if (word.text == "or" and says_and and not says_or) or (
            word.text == "and" and says_or and not says_and
        ):
            told.add(word.text)
            other = "and" if word.text == "or" else "or"
            joined_words = f'"{left.text}" and "{right.text}"'
            message = f'The source joins {joined_words} by "{word.text}"; the translation by "{other}".'
            spans = (left.start, right.end), (between[0].start, between[-1].end)
            yield Clue(f"{word.text} became {other}", "logic", "minor", 1.0, *spans, message)


def _content(words: Sequence[Word], known: Equivalents) -> Word | None:
    for word in words:
        if word.stem not in known.free and not word.stem.isdigit():
            return word
    return None


def _places(word: Word, places: dict[str, list[int]], known: Equivalents) -> list[int]:
    if word.stem in places:
        return places[word.stem]
    alike = [(x, p) for p, x in known.strengths.get(word.stem, {}).items() if x >= _STRONG and p in places]
    return places[max(alike)[1]] if alike else []


def _between(lefts: Sequence[int], rights: Sequence[int], words: Sequence[Word]) -> Sequence[Word] | None:
    """The words from the one place to the other, where both are near; ``None`` where they are not."""
    spans = [(min(i, j), max(i, j)) for i in lefts[:4] for j in rights[:4] if i != j]
    start, end = min(spans, key=lambda s: s[1] - s[0], default=(0, _FAR + 1))
    return words[start : end + 1] if end - start <= _FAR else None
