"""Other spellings of training pairs: other numbers and drugs, and the mess of registries.

Numbers and drugs change in source and plain text alike, so that the model learns to copy and not to recall;
misspellings, lost articles, capitals and short forms come into the source alone.
"""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache, partial

from models.pairs import TrainingPair
from translator.lexis.lexicon import lexicon
from translator.tables import rows

_NUMBER = re.compile(r"(?<![\w.,^/-])\d{1,4}(?:\.\d{1,2})?(?![\w,^]|\.\d)")
_ARTICLE = re.compile(r"(?<=[\w,;:] )(?:an?|the) (?=[a-z])")
_WORD = re.compile(r"(?<![\w\[-])[a-z]{7,14}(?![\w\]-])")
_NOTE = re.compile(r" \[[^\]]*\]")
_SMALL = 5  # classes, grades and counts below it stay: a number of them has its own words
_STOP = "."


def vary(pair: TrainingPair, chance: random.Random) -> TrainingPair:
    """Gives another pair of the same making; a rejected text, which is not varied, stays behind."""
    source, plain = pair.source, pair.plain
    if chance.random() < 0.6:
        source, plain = _renumbered(source, plain, chance)
    if chance.random() < 0.5:
        source, plain = _other_drugs(source, plain, chance)
    for written, messy, share in _spellings():
        if chance.random() < share:
            source = _outside_notes(source, partial(written.sub, messy, count=1))
    if chance.random() < 0.2:
        source = _outside_notes(source, partial(_ARTICLE.sub, ""))
    if chance.random() < 0.25:
        source = _misspelled(source, chance)
    if chance.random() < 0.3:
        source = source.removesuffix(_STOP) if source.endswith(_STOP) else source + _STOP
    drawn = chance.random()
    if drawn < 0.03:
        source = _outside_notes(source, str.upper)
    elif drawn < 0.15 and source[1:2].islower():
        source = source[0].swapcase() + source[1:]
    return replace(pair, source=source, plain=plain, rejected="")


def _outside_notes(source: str, change: Callable[[str], str]) -> str:
    """Changes the parts of an annotated source that the registry wrote."""
    notes = [*_NOTE.findall(source), ""]
    return "".join(change(part) + note for part, note in zip(_NOTE.split(source), notes, strict=True))


def _renumbered(source: str, plain: str, chance: random.Random) -> tuple[str, str]:
    """Multiplies the numbers that stand on both sides by one factor, so that limits keep their order."""
    factor = Decimal(chance.choice(("0.6", "0.7", "0.8", "1.2", "1.3", "1.5", "1.7", "2")))
    shared = set(_NUMBER.findall(source)) & set(_NUMBER.findall(plain))
    others: dict[str, str] = {}
    for written in shared:
        value = Decimal(written)
        if value >= _SMALL or "." in written:
            step = Decimal(1).scaleb(value.as_tuple().exponent)  # type: ignore[arg-type]
            others[written] = str(max((value * factor).quantize(step), step))
    if len(set(others.values())) < len(others) or "1" in others.values():
        return source, plain
    return tuple(  # type: ignore[return-value]
        _NUMBER.sub(lambda match: others.get(match[0], match[0]), text) for text in (source, plain)
    )


def _other_drugs(source: str, plain: str, chance: random.Random) -> tuple[str, str]:
    for name in re.findall(r"(?<![\w-])[A-Za-z]{5,24}(?![\w-])", _NOTE.sub("", source)):
        if name.lower() in _drugs() and name in plain:
            other = chance.choice(_drugs())
            if not re.search(rf"\b{other}\b", source, re.I):
                other = other.capitalize() if name[0].isupper() else other
                source, plain = (
                    re.sub(rf"(?<![\w-]){name}(?![\w-])", other, text) for text in (source, plain)
                )
    return source, plain


@cache
def _drugs() -> tuple[str, ...]:
    """Names of one word, in lower case."""
    names = (entry.term for entry in lexicon().entries if entry.kind == "drug" and entry.plain is None)
    return tuple(name for name in names if name.isalpha() and name.islower())


@cache
def _spellings() -> tuple[tuple[re.Pattern[str], str, float], ...]:
    table = rows("spellings.tsv", ("written", "messy", "share"))
    return tuple((re.compile(row["written"]), row["messy"], float(row["share"])) for row in table)


def _misspelled(source: str, chance: random.Random) -> str:
    """Swaps, drops or doubles a letter of one longer everyday word outside of the notes."""
    without_notes = _NOTE.sub(lambda note: " " * len(note[0]), source)
    common = [word for word in _WORD.finditer(without_notes) if word[0] not in _drugs()]
    if not common:
        return source
    word = chance.choice(common)
    at = chance.randrange(word.start() + 2, word.end() - 2)
    wrong = chance.choice((source[at + 1] + source[at], source[at + 1], source[at] * 2 + source[at + 1]))
    return source[:at] + wrong + source[at + 2 :]
