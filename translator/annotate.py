"""Terms with their meaning in line, so that the model copies what the tables say and recalls nothing itself.

As terminology-constrained translation does it (Dinu et al. 2019, "Training neural machine translation to
apply terminology constraints"): ``hypertension [high blood pressure]`` asks for ``high blood pressure
(hypertension)``, ``psoriasis [: a skin disease]`` for ``psoriasis (a skin disease)``.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from translator.clean import clean
from translator.lexis.known import is_known
from translator.lexis.lexicon import is_said, spoken
from translator.records import NormalisedCriterion, Term

_MOST_DRUGS = 2  # by name that are explained in one criterion
# What opens the source of a term whose everyday words are more than a long form.
_OF_LEXICON = ("lexicon.tsv: ", "glossary: ")


class Note(NamedTuple):
    """A meaning that is put behind a word of a text.

    Attributes:
        end: Offset behind the word in the clean text.
        meaning: Everyday words, or an explanation.
        replaces: Whether the meaning can stand in the place of the word.
    """

    end: int
    meaning: str
    replaces: bool


def annotate(text: str, notes: Iterable[Note]) -> str:
    """Puts the notes in line; the text's own square brackets become round."""
    text = text.replace("[", "(").replace("]", ")")
    for note in sorted(notes, reverse=True):
        mark = f"[{note.meaning}]" if note.replaces else f"[: {note.meaning}]"
        text = f"{text[: note.end]} {mark}{text[note.end :]}"
    return text


def notes(normalised: NormalisedCriterion) -> list[Note]:
    """Gives the notes on the terms of a criterion.

    Each meaning once, in the singular or the plural; none that the text says itself, none on words that
    everybody knows unless a glossary has them, and none on the drugs of a list, which would be told in a
    sentence that nobody can read.
    """
    found: dict[str, Note] = {}
    said = spoken(normalised.text)
    drugs = sum(term.kind == "drug" and term.plain is None for term in normalised.terms)
    for term, end in places(normalised):
        meaning = meaning_of(term, said)
        origin, _, name = term.source.partition(": ")
        if origin != "glossary" and (is_known(term.surface) or is_known(name)):
            continue
        if drugs > _MOST_DRUGS and term.kind == "drug" and term.plain is None:
            continue
        if meaning and not is_said(meaning, said):
            found.setdefault(spoken(meaning), Note(end, meaning, term.plain == meaning))
    return list(found.values())


def places(normalised: NormalisedCriterion) -> Iterator[tuple[Term, int]]:
    """Gives each term with the offset behind it in the clean text."""
    end = 0
    for term in normalised.terms:
        surface = clean(term.surface).text
        start = normalised.text.find(surface, end)
        if surface and start >= 0:
            end = start + len(surface)
            yield term, end


def meaning_of(term: Term, said: str | None = None) -> str | None:
    """What the tables say of a term: everyday words where they can replace it, else an explanation.

    The everyday words of an abbreviation may be no more than its long form; the explanation follows then. It
    is all there is to say where these words stand already.

    Args:
        term: Any.
        said: What stands already (see ``spoken``); None for the words of the term.
    """
    plain = term.plain
    if plain and is_said(plain, spoken(term.surface) if said is None else said):
        plain = None
    if plain and term.explanation and not term.source.startswith(_OF_LEXICON):
        return f"{plain}, {term.explanation}"
    return plain or term.explanation
