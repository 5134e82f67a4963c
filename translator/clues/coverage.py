"""Which words of the source nothing in the plain text stands for, and which plain words come from nowhere."""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from translator.clues.evidence import Clue, Side
from translator.lexis.equivalents import SIDES, Equivalents
from translator.lexis.words import Word
from translator.records import Severity

_FLOOR = 1e-3
_SURE = 0.5  # -log10 of the strength from which a word counts as covered: about 0.3
_SCALE = -math.log10(_FLOOR) - _SURE
OPEN = 0.5  # size from which a gap counts
_RAREST = 3.0  # one faithful text in a thousand
_NOTABLE = 0.35  # surprise on both sides from which a replacement is told whatever the rest says
_WIDEST = 7  # band of the rarest surprises
_GRAVE = 0.6  # surprise from which a gap is told whatever the rest says
_DENYING = ("un", "in", "im", "ir", "non", "dis", "a", "il")
_DENYING_NOTHING = frozenset({"inform", "insid", "disord", "discharg", "display"})  # stems that begin like it
_DENIED = re.compile(r"\b(?:not|no|out of|outside|without|never|neither|nor|un\w{4,})\b|n't\b", re.IGNORECASE)
_NOTHING: dict[str, float] = {}


class Gap(NamedTuple):
    """A word without a counterpart.

    Attributes:
        size: From 0 (covered) to 1 (nothing known covers it).
        surprise: From 0 to 1: how rarely faithful texts leave this word without a counterpart; 0 for small
            gaps.
    """

    word: Word
    size: float
    surprise: float


class Coverage(NamedTuple):
    """What is left over on either side, widest gap first.

    Attributes:
        omitted: Words of the source.
        added: Words of the plain text outside parentheses.
        explained: Words of the plain text inside parentheses.
    """

    omitted: tuple[Gap, ...]
    added: tuple[Gap, ...]
    explained: tuple[Gap, ...]


def compare(
    source: Sequence[Word], context: Sequence[Word], plain: Sequence[Word], known: Equivalents
) -> Coverage:
    """Lays the words of a pair side by side.

    The words of the lead-in above the source may be told in the plain text, and need not be.
    """
    sources = {w.stem for w in source if _speaks(w, known)}
    given = sources | {w.stem for w in context if _speaks(w, known)}
    told = {w.stem for w in plain if _speaks(w, known)}
    explaining: set[str] = set()
    explained: set[str] = set()
    for meaning in known.meanings(frozenset(given)):
        explaining |= meaning.told
        # Half of the telling words is enough: nobody repeats a whole explanation.
        if 2 * len(meaning.told & told) >= len(meaning.told):
            explained |= meaning.term
    outside, aside = split_asides(plain)
    return Coverage(
        _gaps(source, told, known, explained, "omitted"),
        _gaps(outside, given, known, explaining, "added"),
        _gaps(aside, given, known, explaining, "explained"),
    )


def split_asides(plain: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """Parts the words outside parentheses from those that stand inside them only."""
    outside = [w for w in plain if not w.aside]
    stems = {w.stem for w in outside}
    return outside, [w for w in plain if w.aside and w.stem not in stems]


def _speaks(word: Word, known: Equivalents) -> bool:
    return word.stem not in known.free and not word.stem.isdigit()


def _gaps(
    words: Sequence[Word], others: Iterable[str], known: Equivalents, covered: Collection[str], side: str
) -> tuple[Gap, ...]:
    others = frozenset(others)
    gaps: dict[str, Gap] = {}
    loose = known.loose[side]
    strengths = known.strengths if side == "omitted" else known.backward
    for word in words:
        if word.stem in gaps or word.stem in others or word.stem in covered or not _speaks(word, known):
            continue
        row = strengths.get(word.stem, _NOTHING)
        # Exact, for a set has no order of its own.
        strength = math.fsum(row[other] for other in others if other in row)
        size = max(0.0, (-math.log10(strength + _FLOOR) - _SURE) / _SCALE)
        gaps[word.stem] = Gap(word, size, _surprise(word.stem, loose) if size >= OPEN else 0.0)
    return tuple(sorted(gaps.values(), key=lambda gap: (-gap.surprise, gap.word.start)))


def _surprise(word: str, loose: Mapping[str, float]) -> float:
    return min(1.0, -math.log10(loose.get(word, loose[""])) / _RAREST)


def clues(source: Side, context: Side, plain: Side, known: Equivalents) -> Iterator[Clue]:
    """Tells the words left over, the widest gaps first, and the words that say the contrary."""
    coverage = compare(source.words, context.words, plain.words, known)
    for side, gaps in zip(SIDES, coverage, strict=True):
        for word, _, surprise in gaps:
            if surprise > 0:
                where = (word.start, word.end)
                one, other = ("translation", "source") if side == "omitted" else ("source", "translation")
                yield Clue(
                    f"{side} {_band(surprise)}",
                    "omission" if side == "omitted" else "addition",
                    "major" if surprise >= _GRAVE and side != "explained" else "minor",
                    surprise,
                    where if side == "omitted" else None,
                    None if side == "omitted" else where,
                    f'Nothing in the {one} stands for "{word.text}" of the {other}.',
                )
    yield from _replacement(coverage)
    yield from _contraries(source, context, plain, known)


def _replacement(coverage: Coverage) -> Iterator[Clue]:
    """Tells that a word was left out and another came in."""
    new = max((*coverage.added[:1], *coverage.explained[:1]), key=lambda gap: gap.surprise, default=None)
    if not coverage.omitted or new is None:
        return
    lost = coverage.omitted[0]
    if (size := min(lost.surprise, new.surprise)) > 0:
        message = f'The source says "{lost.word.text}"; the translation says "{new.word.text}".'
        spans = (lost.word.start, lost.word.end), (new.word.start, new.word.end)
        severity: Severity = "major" if size >= _NOTABLE else "minor"
        yield Clue(f"replaced {_band(size)}", "entity", severity, size, *spans, message)


def _band(surprise: float) -> int:
    """Surprises are weighed by bands of a tenth, since they do not grow evenly alarming."""
    return min(int(surprise * 10), _WIDEST)


def _contraries(source: Side, context: Side, plain: Side, known: Equivalents) -> Iterator[Clue]:
    denied_somewhere = _DENIED.search(plain.text) is not None or _DENIED.search(source.text) is not None
    for against, word in contraries([*context.words, *source.words], plain.words, known):
        message = f'The source says "{against.text}"; the translation says "{word.text}".'
        kind = "contrary denied" if denied_somewhere else "contrary"
        spans = (against.start, against.end), (word.start, word.end)
        yield Clue(kind, "polarity", "minor", 1.0, *spans, message)


def contraries(
    given: Sequence[Word], told: Sequence[Word], known: Equivalents
) -> Iterator[tuple[Word, Word]]:
    """Pairs each new word of the plain text with a word of the source that says the contrary."""
    sources = {w.stem: w for w in given}
    stems = {w.stem for w in told}
    for word in told:
        if word.stem in sources or word.stem in known.free:
            continue
        bare = {word.stem.removeprefix(prefix) for prefix in _DENYING if word.stem.startswith(prefix)}
        bare = set() if word.stem in _DENYING_NOTHING else bare
        denied = {prefix + word.stem for prefix in _DENYING} - _DENYING_NOTHING
        for contrary in sorted((known.opposites.get(word.stem, set()) | bare | denied) & sources.keys()):
            if contrary not in stems:
                yield sources[contrary], word
