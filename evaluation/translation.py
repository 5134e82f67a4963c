"""How well criteria are translated: ``python -m evaluation translation``.

What is published stands side by side with what it is made from. Each inclusion and exclusion criterion is put
to the translator without its trial.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from sacrebleu.metrics.chrf import CHRF

from evaluation.benchmark import Item, load
from evaluation.kept import comparators_kept, numbers_kept, polarity_kept, units_kept
from evaluation.results import Curve, Findings, Number, Table, rounded
from evaluation.sample import Sample
from evaluation.sari import counts, sari
from translator.generate import GREEDY, ModelWriter, Writer, load_model
from translator.intake.listed import given_criterion
from translator.ladder import pair_of
from translator.pipeline import Translator
from translator.readability import readability
from translator.records import Criterion, NormalisedCriterion, Route, Translation
from translator.scoring import scorer
from translator.templates import TemplateWriter

_MODEL: tuple[Route, ...] = ("model", "memory")
_ROUTES: tuple[Route, ...] = (*_MODEL, "template", "source")
_ANSWERED: Mapping[str, tuple[Route, ...]] = {
    "the model": _MODEL,
    "the model or a template": (*_MODEL, "template"),
}
_THRESHOLDS = np.linspace(0, 1, 101)
_CHECKS: Mapping[str, Callable[[Item, str], bool]] = {
    "numbers": lambda item, text: numbers_kept(item.source, text),
    "comparators": lambda item, text: comparators_kept(item.source, text),
    "units": lambda item, text: units_kept(item.source, text),
    "polarity": lambda item, text: polarity_kept(item.section, item.source, text),
}

Texts = Sequence[str | None]


class Written(NamedTuple):
    """What was written for the criteria of a set, by each system.

    Attributes:
        items: The inclusion and exclusion criteria of the set.
        translations: What the translator publishes for them.
        systems: The texts by the systems' names; None where a system writes nothing.
    """

    items: tuple[Item, ...]
    translations: tuple[Translation, ...]
    systems: Mapping[str, Texts]

    @property
    def sample(self) -> Sample:
        """The draws for the items."""
        return Sample([item.group for item in self.items])


def measure(data: str) -> Findings:
    """Measures the translator that ships on a set of ``evaluation.benchmark``.

    Raises:
        InputError: There are no weights.
        FileNotFoundError: The set is not there.
    """
    return figures(written(data))


@cache
def written(data: str) -> Written:
    """Translates a set by what ships, once in a run; raises what :func:`measure` does."""
    return translated(load(data).items, Translator.load(), ModelWriter(load_model(None), GREEDY))


def translatable(items: Sequence[Item]) -> tuple[Item, ...]:
    """Gives those that are translated: notes let nobody in and keep nobody out."""
    return tuple(item for item in items if item.section != "other")


def translated(items: Sequence[Item], translator: Translator, drafter: Writer) -> Written:
    """Has a translator, and the parts that it is made of, write.

    Args:
        items: At least one that is no note.
        translator: Writes what is published.
        drafter: The writer whose first drafts are measured as they are, before any check.

    Returns:
        The systems are a copy of the source, the source in the words of the lexicon, the template route, the
        first draft, what is published, and the set's second wording and reference.
    """
    asked = translatable(items)
    translations = tuple(translator.translate_criteria([criterion(item) for item in asked]))
    normalised = [translation.normalised for translation in translations]
    systems: dict[str, Texts] = {
        "source": [item.source for item in asked],
        "lexicon": [told(one) for one in normalised],
        "template": _first_drafts(TemplateWriter(), normalised),
        "draft": _first_drafts(drafter, normalised),
        "published": [translation.draft.text for translation in translations],
        "second wording": [item.paraphrase for item in asked],
        "reference": [item.plain for item in asked],
    }
    return Written(asked, translations, systems)


def criterion(item: Item) -> Criterion:
    """Gives an item as the translator takes it."""
    return given_criterion(item.id, item.section, item.source, item.context)


def told(normalised: NormalisedCriterion) -> str:
    """Puts the lexicon's words in the place of a criterion's terms, and changes nothing else."""
    text = normalised.criterion.text
    for term in sorted(normalised.terms, key=lambda term: -term.span.start):
        aside = f" ({term.explanation})" if term.explanation else ""
        text = text[: term.span.start] + (term.plain or term.surface) + aside + text[term.span.end :]
    return text


def _first_drafts(writer: Writer, normalised: Sequence[NormalisedCriterion]) -> Texts:
    return [drafts[0].text if drafts else None for drafts in writer.write(normalised)]


def figures(done: Written) -> Findings:
    """Takes all figures of what was written.

    SARI and chrF (chrF2, Popović 2015, the mean over the texts) are of all criteria: where a system writes
    nothing, the source stands in. What is kept is of the texts that a system wrote itself, ``own`` of all.
    """
    sample = done.sample
    likeness = [n for name, texts in done.systems.items() for n in wording(name, texts, done.items, sample)]
    return Findings(
        tables=(
            Table.of("routes", "Who answers", _routes(done, sample)),
            Table.of("systems", "Likeness to the reference, and what is kept of the source", likeness),
        ),
        curves=tuple(_trade_off(done)),
    )


def _routes(done: Written, sample: Sample) -> Iterator[Number | None]:
    for route in _ROUTES:
        taken = [one.draft.route == route for one in done.translations]
        passed = [_faithful_by(one, (route,)) for one in done.translations]
        yield sample.mean(route, "answers", taken)
        yield sample.mean(route, "and is faithful", passed)
    for name, routes in _ANSWERED.items():
        passed = [_faithful_by(one, routes) for one in done.translations]
        yield sample.mean(name, "and is faithful", passed, better="higher")


def _faithful_by(translation: Translation, routes: Sequence[Route]) -> bool:
    return translation.draft.route in routes and translation.fidelity.verdict == "faithful"


def wording(system: str, texts: Texts, items: Sequence[Item], sample: Sample) -> Iterator[Number | None]:
    """Compares a system's texts with the references, and counts what they keep of the sources."""
    pairs = [(item, text or item.source) for text, item in zip(texts, items, strict=True)]
    own = np.array([bool(text) for text in texts])
    compared = np.array([counts(item.source, text, item.plain) for item, text in pairs])
    chrf = CHRF()
    likeness = [chrf.sentence_score(text, [item.plain]).score for item, text in pairs]
    yield sample.mean(system, "own", own)
    yield sample.number(system, "SARI", lambda i: sari(compared[i]).sari, unit="points", better="higher")
    yield sample.mean(system, "chrF", likeness, unit="points", better="higher")
    for name, check in _CHECKS.items():
        found = [check(item, text) for item, text in pairs]
        yield sample.mean(system, f"{name} kept", found, among=own, better="higher")


def _trade_off(done: Written) -> Iterator[Curve]:
    """What is gained and lost by publishing the drafts that score at least so much, else the source's words.

    The scorer alone decides here; the stricter rules for drafts and the further rungs of the ladder stand
    aside, so that each threshold gives one system.
    """
    drafts = done.systems["draft"]
    asked = [one.normalised.criterion for one in done.translations]
    pairs = [pair_of(criterion, text or "") for criterion, text in zip(asked, drafts, strict=True)]
    written = np.array([bool(text) for text in drafts])
    scores = np.where(written, [report.score for report in scorer().score(pairs)], -1.0)
    plain = _grades([text or "" for text in drafts], done.translations)
    source = _grades([criterion.text for criterion in asked], done.translations)
    answered = [(float(t), float((scores >= t).mean())) for t in _THRESHOLDS]
    grades = [(float(t), float(np.where(scores >= t, plain, source).mean())) for t in _THRESHOLDS]
    yield Curve(name="answered", label="drafts published", points=rounded(answered))
    yield Curve(name="grade", label="mean reading grade of what stands there", points=rounded(grades))


def _grades(texts: Sequence[str], translations: Sequence[Translation]) -> np.ndarray:
    terms = [one.normalised.terms for one in translations]
    return np.array([readability(text, known).grade for text, known in zip(texts, terms, strict=True)])
