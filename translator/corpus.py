"""Training pairs made ready for the model: ``python -m translator.corpus FOLDER... OUT [--copies 4]``.

What a model learns to say from memory it will one day say wrongly ("GVHD (a blood clot)"). So each
explanation in a pair's plain text is put in line behind its term in the source, as ``translator.annotate``
puts the tables' meanings there when a criterion is translated: the model learns to copy meanings, wherever
they come from. An explanation for which no term can be found in the source is taken out of the plain text.

Further copies are varied (see ``translator.variants``); their ids end in ``~1``, ``~2`` and so on.
"""

import argparse
import json
import random
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from models.pairs import TrainingPair, read_pairs
from translator.annotate import Note, annotate, meaning_of, places
from translator.clean import clean
from translator.lexis.equivalents import equivalents
from translator.lexis.lexicon import is_said, spoken
from translator.lexis.words import words
from translator.normalise import Normaliser
from translator.records import Criterion, NormalisedCriterion, Span
from translator.variants import vary

_ASIDE = re.compile(r" ?\(([^()]{1,240})\)")
_WORD = re.compile(r"[^\s()]+")
_MOST_WORDS = 6  # of a term before its explanation
_MOST_EVERYDAY = 8  # of everyday words before a term
# Words that end, to the left, the everyday words which stand before a term in parentheses.
_OPENERS = frozenset({
    "you", "your", "have", "has", "had", "having", "cannot", "can", "must", "if", "ever", "been", "be", "are",
    "is", "was", "not", "never", "and", "or", "join", "because", "need", "take", "use", "get", "who", "that",
    "when", "does", "do", "did", "may", "will", "should", "still",
})  # fmt: skip
_LEADING = frozenset({
    "a", "an", "the", "with", "of", "for", "to", "in", "any", "this", "by", "other", "another", "from", "on",
    "at", "as", "some", "no",
})  # fmt: skip


def prepare(pair: TrainingPair, normalised: NormalisedCriterion) -> TrainingPair:
    """Puts the explanations of a pair's plain text in line in its source."""
    source, plain = normalised.text, clean(pair.plain).text
    given = _stems(source) | _stems(pair.context)
    found: dict[int, Note] = {}
    kept: list[str] = []
    position = 0
    for aside in _ASIDE.finditer(plain):
        inside, before = aside[1], plain[: aside.start()]
        if _stems(inside) <= given:
            note = _everyday(before, inside, source, given)
        else:
            note = _explanation(before, inside, source, normalised)
        if note is None and not _stems(inside) <= given:
            kept.append(plain[position : aside.start()])
            position = aside.end()
        elif note is not None:
            found.setdefault(note.end, note)
    kept.append(plain[position:])
    said = spoken(source)
    told = {spoken(note.meaning) for note in found.values()}
    for term, end in places(normalised):
        meaning = meaning_of(term)
        if not meaning or meaning != term.plain or is_said(meaning, said) or spoken(meaning) in told:
            continue
        if meaning.lower() in plain.lower():
            told.add(spoken(meaning))
            found.setdefault(end, Note(end, meaning, replaces=True))
    return replace(pair, source=annotate(source, found.values()), plain="".join(kept))


def _everyday(before: str, inside: str, source: str, given: frozenset[str]) -> Note | None:
    """Reads "high blood pressure (hypertension)": the words before the term, where they are new."""
    place = re.search(rf"(?<!\w){re.escape(inside)}(?!\w)", source, re.IGNORECASE)
    if place is None:
        return None
    everyday: list[str] = []
    for word in reversed(_WORD.findall(re.split(r"[.,;:()]", before)[-1])[-_MOST_EVERYDAY:]):
        if word.lower() in _OPENERS:
            break
        everyday.insert(0, word)
    while everyday and everyday[0].lower() in _LEADING:
        everyday.pop(0)
    meaning = " ".join(everyday)
    if not _stems(meaning) - given:
        return None
    return Note(place.end(), meaning, replaces=True)


def _explanation(before: str, inside: str, source: str, normalised: NormalisedCriterion) -> Note | None:
    """Reads "psoriasis (a skin disease)": the longest run of words before it that stands in the source."""
    preceding = list(_WORD.finditer(before))[-_MOST_WORDS:]
    for first in preceding:
        term = before[first.start() :].strip(" ,;:.")
        place = re.search(rf"(?<!\w){re.escape(term)}(?!\w)", source, re.IGNORECASE) if term else None
        if place and _stems(term):
            return Note(place.end(), inside, replaces=False)
    for known, end in places(normalised):
        if known.plain and before.lower().rstrip().endswith(known.plain.lower()):
            return Note(end, f"{known.plain}, {inside}", replaces=False)
    return None


def _stems(text: str) -> frozenset[str]:
    return frozenset(word.stem for word in words(text)) - equivalents().free


def prepared(pairs: list[TrainingPair]) -> Iterator[TrainingPair]:
    """Makes pairs ready, in order."""
    criteria = [
        Criterion(
            id=pair.id,
            section="exclusion" if pair.kind == "exclusion" else "inclusion",
            text=pair.source,
            span=Span(start=0, end=len(pair.source)),
            context=pair.context or None,
        )
        for pair in pairs
    ]
    normaliser = Normaliser()
    for pair, criterion in zip(pairs, criteria, strict=True):
        # Each pair is a trial of its own: the words of others must not choose the sense of an abbreviation.
        yield prepare(pair, normaliser.normalise([criterion])[0])


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="folder")
    parser.add_argument("out", type=Path)
    parser.add_argument("--copies", type=int, default=1, help="of each pair; all but the first are varied")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    pairs = list(
        prepared([pair for folder in arguments.folders for pair in read_pairs(folder.resolve(strict=True))])
    )
    chance = random.Random(17)  # noqa: S311
    with (arguments.out / "pairs.jsonl").open("w", encoding="utf-8") as out:
        for copy in range(arguments.copies):
            for pair in pairs:
                one = replace(vary(pair, chance), id=f"{pair.id}~{copy}") if copy else pair
                out.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
    print(f"{len(pairs) * arguments.copies:,} pairs in {arguments.out}")


if __name__ == "__main__":
    main()
