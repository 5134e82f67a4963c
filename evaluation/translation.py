"""How well criteria are translated: what is published, side by side with what it is made from.

Measured on the inclusion and exclusion criteria of the dev gold, each put to the translator alone, with
neither its trial nor a lead-in. All intervals are 95 % bootstrap intervals that draw whole trials.

    python -m evaluation translation [--predictions NAME=FILE]...
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from pydantic import ValidationError
from sacrebleu.metrics.chrf import CHRF

from evaluation import metrics
from evaluation.benchmark import read_jsonl
from evaluation.kept import comparators_kept, polarity_kept, units_kept
from evaluation.numbers import kept
from evaluation.sari import counts, sari
from translator.errors import InputError
from translator.generate import GREEDY, ModelWriter, Writer, load_model
from translator.pipeline import Translator
from translator.readability import readability
from translator.records import Criterion, NormalisedCriterion, Record, Route, Span, Translation
from translator.templates import TemplateWriter

GOLD = "gold/dev.jsonl"
Value = TypeVar("Value")
_MODEL: tuple[Route, ...] = ("model", "memory")
_ROUTES: tuple[Route, ...] = (*_MODEL, "template", "source")
_COLUMNS = (
    ("own", "sari", "chrf"),
    ("numbers_kept", "comparators_kept", "units_kept", "polarity_kept"),
    ("grade_median", "grade_90th_percentile", "unexplained"),
)


class _Predicted(Record):
    id: str
    plain: str


class Example(NamedTuple):
    """A gold criterion with its plain reference and a second faithful wording."""

    trial: str
    criterion: Criterion
    plain: str
    paraphrase: str


def run(limit: int | None = None, predictions: Mapping[str, Path] | None = None) -> dict[str, Any]:
    """Measures the translator that ships.

    Args:
        limit: Measures so many criteria, the first ones; all where None.
        predictions: Files of other systems' texts by the systems' names, as :func:`predicted` takes them.

    Returns:
        What :func:`measure` gives.

    Raises:
        InputError: There are no weights, or a file of predictions cannot be used.
        FileNotFoundError: The data are not beside the repository, or there is no such file.
    """
    given = list(examples())[:limit]
    others = {name: predicted(file, given) for name, file in (predictions or {}).items()}
    return measure(given, Translator.load(), ModelWriter(load_model(None), GREEDY), others)


def predicted(file: Path, given: Sequence[Example]) -> list[str | None]:
    """Reads what another system wrote: ``{"id", "plain"}`` a line; None for a criterion that has no line.

    Raises:
        InputError: A line is no such object.
        FileNotFoundError: There is no such file.
    """
    texts: dict[str, str] = {}
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = _Predicted.model_validate_json(line)
            except ValidationError:
                what = 'is no object with "id" and "plain"'
                raise InputError(f"{file}, line {number}", what, "Write one a line") from None
            texts[row.id] = row.plain
    return [texts.get(example.criterion.id) for example in given]


def examples() -> Iterator[Example]:
    """Reads the inclusion and exclusion criteria of the gold.

    Raises:
        FileNotFoundError: The data are not beside the repository.
    """
    for row in read_jsonl(GOLD):
        if row["kind"] in {"inclusion", "exclusion"}:
            span = Span(start=0, end=len(row["source"]))
            criterion = Criterion(id=str(row["id"]), section=row["kind"], text=row["source"], span=span)
            yield Example(row["nct_id"], criterion, row["plain"], row["paraphrase"])


def measure(
    given: Sequence[Example],
    translator: Translator,
    drafter: Writer,
    others: Mapping[str, Sequence[str | None]] | None = None,
) -> dict[str, Any]:
    """Measures a translator.

    Args:
        given: At least one criterion.
        translator: Writes what is published.
        drafter: The writer whose first drafts are measured as they are, before any check.
        others: What other systems wrote for the same criteria, by the systems' names.

    Returns:
        ``routes``: for each route the share of criteria answered by it, and by it with verdict faithful;
        ``faithful``: the share answered with verdict faithful by the model or the memory (``by_model``), or
        by these or a template (``by_any``); ``systems``: the figures of each system (see below);
        ``seconds`` that the translation took, the loading aside, and ``criteria_per_second``. A figure is
        ``{"value", "interval"}``, or None where there is nothing to take it from.

        The systems are a copy of the source, the template route, the first draft, what is published, the
        others, and the gold's second wording and reference. SARI and chrF (chrF2, Popović 2015, the mean
        over the texts; both 0 to 100) are of all criteria; where a system writes nothing, the source stands
        in. The other figures are of the texts that the system wrote itself, ``own`` of all: the share that
        keeps the numbers of the source, the Flesch-Kincaid grade, and the unexplained terms a text.
    """
    criteria = [example.criterion for example in given]
    translator.translate_criteria(criteria[:1])  # loads what is loaded at the first use
    start = time.perf_counter()
    translations = translator.translate_criteria(criteria)
    seconds = time.perf_counter() - start
    normalised = [translation.normalised for translation in translations]
    systems: dict[str, list[str | None]] = {
        "source": [criterion.text for criterion in criteria],
        "template": _first_drafts(TemplateWriter(), normalised),
        "draft": _first_drafts(drafter, normalised),
        "published": [translation.draft.text for translation in translations],
        **{name: list(texts) for name, texts in (others or {}).items()},
        "second wording": [example.paraphrase for example in given],
        "reference": [example.plain for example in given],
    }
    trials = [example.trial for example in given]
    return {
        "gold": GOLD,
        "criteria": len(given),
        "trials": len(set(trials)),
        "versions": translator.versions.model_dump(),
        "routes": {
            route: {
                "share": _share([one.draft.route == route for one in translations], trials),
                "faithful": _share([_faithful_by(one, (route,)) for one in translations], trials),
            }
            for route in _ROUTES
        },
        "faithful": {
            "by_model": _share([_faithful_by(one, _MODEL) for one in translations], trials),
            "by_any": _share([_faithful_by(one, (*_MODEL, "template")) for one in translations], trials),
        },
        "systems": {name: _figures(texts, given, normalised) for name, texts in systems.items()},
        "seconds": seconds,
        "criteria_per_second": len(given) / seconds,
    }


def table(result: Mapping[str, Any]) -> str:
    """Renders what :func:`run` found."""
    lines = [f"{'route':<16}{'share':<24}faithful"]
    for route, shares in result["routes"].items():
        lines.append(f"{route:<16}{_cell(shares['share'], 3):<24}{_cell(shares['faithful'], 3)}")
    for name, share in result["faithful"].items():
        lines.append(f"faithful {name:<31}{_cell(share, 3)}")
    for columns in _COLUMNS:
        lines += ["", f"{'system':<16}" + "".join(f"{column:<24}" for column in columns).rstrip()]
        for name, figures in result["systems"].items():
            cells = (_cell(figures[c], 3 if c == "own" or c.endswith("_kept") else 2) for c in columns)
            lines.append(f"{name:<16}" + "".join(f"{cell:<24}" for cell in cells).rstrip())
    lines += [
        "",
        f"{result['criteria']} criteria of {result['trials']} trials in {result['seconds']:.1f} s:"
        f" {result['criteria_per_second']:.1f} a second",
    ]
    return "\n".join(lines)


def _first_drafts(writer: Writer, normalised: Sequence[NormalisedCriterion]) -> list[str | None]:
    return [drafts[0].text if drafts else None for drafts in writer.write(normalised)]


def _faithful_by(translation: Translation, routes: Sequence[Route]) -> bool:
    return translation.draft.route in routes and translation.fidelity.verdict == "faithful"


def _figures(
    texts: Sequence[str | None], given: Sequence[Example], normalised: Sequence[NormalisedCriterion]
) -> dict[str, Any]:
    trials = [example.trial for example in given]
    full = [(text or example.criterion.text, example) for text, example in zip(texts, given, strict=True)]
    own = [
        (text, example, readability(text, one.terms))
        for text, example, one in zip(texts, given, normalised, strict=True)
        if text
    ]
    own_trials = [example.trial for _, example, _ in own]
    grades = [measured.grade for _, _, measured in own]
    chrf = CHRF()
    return {
        "own": _share([bool(text) for text in texts], trials),
        "sari": _figure(
            [counts(example.criterion.text, text, example.plain) for text, example in full],
            trials,
            lambda compared: sari(compared).sari,
        ),
        "chrf": _figure(
            [chrf.sentence_score(text, [example.plain]).score for text, example in full], trials, np.mean
        ),
        "numbers_kept": _share([kept(example.criterion.text, text) for text, example, _ in own], own_trials),
        "comparators_kept": _share(
            [comparators_kept(example.criterion.text, text) for text, example, _ in own], own_trials
        ),
        "units_kept": _share(
            [units_kept(example.criterion.text, text) for text, example, _ in own], own_trials
        ),
        "polarity_kept": _share(
            [
                polarity_kept(example.criterion.section, example.criterion.text, text)
                for text, example, _ in own
            ],
            own_trials,
        ),
        "grade_median": _figure(grades, own_trials, np.median),
        "grade_90th_percentile": _figure(grades, own_trials, lambda drawn: np.quantile(drawn, 0.9)),
        "unexplained": _figure([len(measured.unexplained) for _, _, measured in own], own_trials, np.mean),
    }


def _share(truths: Sequence[bool], trials: Sequence[str]) -> dict[str, Any] | None:
    return _figure(truths, trials, np.mean)


def _figure(
    values: Sequence[Value], trials: Sequence[str], figure: Callable[[Sequence[Value]], Any]
) -> dict[str, Any] | None:
    """Takes a figure of the values, one for each criterion, with the interval over trials."""
    if not values:
        return None
    by_trial: dict[str, list[Value]] = {}
    for value, trial in zip(values, trials, strict=True):
        by_trial.setdefault(trial, []).append(value)
    low, high = metrics.bootstrap(
        list(by_trial.values()), lambda drawn: float(figure([value for trial in drawn for value in trial]))
    )
    return {"value": float(figure(values)), "interval": [low, high]}


def _cell(figure: Mapping[str, Any] | None, digits: int) -> str:
    if figure is None:
        return "–"
    low, high = figure["interval"]
    return f"{figure['value']:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
