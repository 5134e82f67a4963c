"""Normalised criteria to candidate sentences: the rungs of the ladder.

The ladder: the model's one best sentence, then several of its sentences, what it writes part by part, what it
writes without the meanings of terms, then a template, and last the source's own words with its terms
explained, which is always there.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Protocol

from models.config import DecodingConfig
from models.inference import TextModel, WeightsError, load
from models.pairs import prompt
from translator.annotate import annotate, notes, places
from translator.errors import InputError
from translator.grounding import strip
from translator.records import Criterion, Draft, NormalisedCriterion

GREEDY = DecodingConfig(beams=1)
BEAMS = DecodingConfig(beams=4)

MOST_WORDS = 40
"""Words of the longest text that the model is asked for as a whole; of longer ones hardly a sentence is good,
and they take the most time (``python -m evaluation.rungs``)."""

# Between two sentences; an abbreviation ("e.g. ") is followed by no capital, or by an open parenthesis.
_BORDER = re.compile(r"(?<=[a-z0-9)%][.;]) (?=[A-Z][a-z])(?<!e\.g\. )(?<!i\.e\. )(?<!St\. )(?<!vs\. )")
_MOST_PARTS = 5
_LISTED = {
    "inclusion": "On the list of what you must meet to join, in the study's own words: “{text}”",
    "exclusion": "On the list of reasons you cannot join, in the study's own words: “{text}”",
    "other": "In the study's own words: “{text}”",
}


class Writer(Protocol):
    """Whatever writes drafts for criteria; several may be asked, one after the other."""

    def write(self, criteria: Sequence[NormalisedCriterion]) -> list[list[Draft]]:
        """Gives drafts for each criterion, best first; none where it has nothing to say."""
        ...


class ModelWriter:
    """Writes with the sequence-to-sequence model.

    Headings are names and not sentences, and long texts come out wrong; the model is not asked for either.

    Args:
        model: The model.
        decoding: How it writes.
        told: Whether the meanings of terms stand in its prompt. One that does not fit spoils a sentence, so
            the model is also asked without; not where no meaning would have stood.
        most_words: Words of the longest text that it is asked for.
    """

    def __init__(
        self,
        model: TextModel,
        decoding: DecodingConfig,
        *,
        told: bool = True,
        most_words: int = MOST_WORDS,
    ) -> None:
        self._model = model
        self._decoding = decoding
        self._told = told
        self._most_words = most_words

    def write(self, criteria: Sequence[NormalisedCriterion]) -> list[list[Draft]]:
        """Gives as many drafts as there are beams, at most."""
        asked = [
            i
            for i, one in enumerate(criteria)
            if one.criterion.role != "heading"
            and len(one.text.split()) <= self._most_words
            and (self._told or any(notes(one)))
        ]
        prompts = [_prompt(criteria[i], told=self._told) for i in asked]
        drafts: list[list[Draft]] = [[] for _ in criteria]
        for i, candidates in zip(asked, self._model.generate(prompts, self._decoding), strict=True):
            drafts[i] = [
                Draft(
                    text=strip(candidate.text, criteria[i]),
                    route="model",
                    model=self._model.version,
                    log_probability=round(candidate.log_probability, 4),
                )
                for candidate in candidates
                if candidate.text
            ]
        return drafts


class PartsWriter:
    """Writes a criterion of several sentences sentence by sentence, and joins what comes out.

    A small model tells two things at once worse than each alone.
    """

    def __init__(self, writer: ModelWriter) -> None:
        self._writer = writer

    def write(self, criteria: Sequence[NormalisedCriterion]) -> list[list[Draft]]:
        """Gives one draft at most; none where there are fewer than two parts, or one finds no words."""
        cut = {
            i: parts for i, one in enumerate(criteria) if 2 <= len(parts := list(_parts(one))) <= _MOST_PARTS
        }
        written = iter(self._writer.write(list(chain.from_iterable(cut.values()))))
        drafts: list[list[Draft]] = [[] for _ in criteria]
        for i, parts in cut.items():
            first = [next(written)[:1] for _ in parts]
            if all(first):
                drafts[i] = [_joined(list(chain.from_iterable(first)))]
        return drafts


def _parts(normalised: NormalisedCriterion) -> Iterator[NormalisedCriterion]:
    """Cuts a criterion between its sentences; each part keeps the terms that stand in it."""
    text = normalised.text
    borders = [0, *(border.end() for border in _BORDER.finditer(text)), len(text)]
    placed = list(places(normalised))
    for start, end in pairwise(borders):
        part = text[start:end].strip()
        terms = tuple(term for term, behind in placed if start < behind <= end)
        criterion = normalised.criterion.model_copy(update={"text": part})
        yield NormalisedCriterion(criterion=criterion, text=part, terms=terms)


def _joined(drafts: Sequence[Draft]) -> Draft:
    sure = [draft.log_probability for draft in drafts if draft.log_probability is not None]
    return drafts[0].model_copy(
        update={
            "text": " ".join(draft.text for draft in drafts),
            "log_probability": min(sure, default=None),
        }
    )


def load_model(name: str | None) -> TextModel:
    """Loads the model that ships (None), an exported engine, or any checkpoint.

    Raises:
        InputError: It cannot be loaded.
    """
    try:
        return load(name)
    except WeightsError as error:
        raise InputError(error.where, error.what, error.remedy) from None


def source_draft(normalised: NormalisedCriterion) -> Draft:
    """Gives the source's own words, and behind them what its terms mean.

    The words of a criterion are quoted and said to be the study's own, under the list that they stand on, so
    that the sentence can be quoted alone and yet guesses nothing. Headings, lead-ins and notes stay as they
    are.
    """
    criterion = normalised.criterion
    text = _quotable(normalised.text)
    said = _LISTED[criterion.section].format(text=text) if criterion.role == "criterion" else normalised.text
    meanings = _told_meanings(normalised)
    if criterion.role != "heading" and meanings:
        said = f"{said} ({'; '.join(meanings)}.)"
    return Draft(text=said, route="source")


def kind_of(criterion: Criterion) -> str:
    """What a model is told of where a criterion stands: ``inclusion``, ``exclusion`` or ``note``."""
    return criterion.section if criterion.role == "criterion" and criterion.section != "other" else "note"


def _prompt(normalised: NormalisedCriterion, *, told: bool) -> str:
    criterion = normalised.criterion
    text = annotate(normalised.text, notes(normalised)) if told else normalised.text
    return prompt(kind_of(criterion), text, criterion.context or "")


def _quotable(text: str) -> str:
    return text.replace("“", '"').replace("”", '"')


def _told_meanings(normalised: NormalisedCriterion) -> list[str]:
    """What the terms mean: each meaning once, and none that the text says itself."""
    told: dict[str, str] = {}
    for term in normalised.terms:
        meaning = ", ".join(filter(None, (term.plain, term.explanation)))
        if meaning and meaning.lower() not in normalised.text.lower():
            told.setdefault(meaning, f"{term.surface}{' means' if term.plain else ':'} {meaning}")
    return list(told.values())
