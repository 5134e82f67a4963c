"""Whole texts translated: does every unit get an answer, and is each answer a whole sentence without a loop?

The texts are of the train split, and none of them is looked at for its meaning: what is counted here is
counted on the words of the answers alone, without a reference, by rules that share no code with the
translator's own.

    python -m evaluation whole
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, get_args

from evaluation.benchmark import DATA
from evaluation.results import Findings, Number, Table
from evaluation.sample import Sample
from evaluation.texts import shuffled
from translator.pipeline import Translator
from translator.records import Route, Translation, Trial

FILES: Mapping[str, tuple[Path, ...]] = {"train": (DATA / "eligibility.train.jsonl.gz",)}
FAULTS = ("empty", "loop", "half")
_TEXTS = 500
_SEED = 29
_RUN = 8  # words in a row; openers are shorter
_AGAIN = 3  # times that a run may not stand
_WORDS = re.compile(r"[A-Za-z0-9]+")
_ENDED = re.compile(r"[.!?:;”)\]]['\"”]?$")
_DANGLING = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "if", "in", "of", "or", "the", "to", "with"}
)


class Unit(NamedTuple):
    """What became of a unit of a text: who answered, and what is wrong with the answer's words."""

    text: str
    route: Route
    faults: frozenset[str]


def measure(data: str) -> Findings:
    """Translates 500 texts with the model that ships.

    Raises:
        FileNotFoundError: The texts are not beside the repository.
    """
    (file,) = FILES[data]
    rows = shuffled(file, _SEED)[:_TEXTS]
    trials = (Trial(id=row["nct_id"], eligibility=row["eligibility"]) for row in rows)
    return figures(list(units(Translator.load(), trials)))


def units(translator: Translator, trials: Iterator[Trial]) -> Iterator[Unit]:
    """Translates trials, and looks at each unit but the headings."""
    for trial in trials:
        for one in translator.translate_trial(trial).translations:
            if one.normalised.criterion.role != "heading":
                yield Unit(trial.id or "", one.draft.route, frozenset(_faults(one)))


def figures(found: list[Unit]) -> Findings:
    """Counts the routes and the faults; intervals are over texts."""
    sample = Sample([unit.text for unit in found])
    numbers = [sample.mean(route, "answers", [u.route == route for u in found]) for route in get_args(Route)]
    faults = [
        Number(
            subject=fault,
            measure="units",
            value=sum(fault in unit.faults for unit in found),
            n=len(found),
            unit="count",
            better="lower",
        )
        for fault in FAULTS
    ]
    return Findings(
        tables=(
            Table.of("routes", "Who answers", numbers),
            Table.of("faults", "Answers that are empty, repeat themselves or break off", faults),
        )
    )


def _faults(one: Translation) -> Iterator[str]:
    plain = one.draft.text
    if not _WORDS.search(plain):
        yield "empty"
    if loops(plain) - loops(one.normalised.criterion.text):
        yield "loop"
    if one.draft.route in {"model", "template"} and not whole(plain):
        yield "half"


def loops(text: str) -> frozenset[str]:
    """The runs of eight words that stand three times or more in a text."""
    words = _WORDS.findall(text.lower())
    runs = Counter(" ".join(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))
    return frozenset(run for run, count in runs.items() if count >= _AGAIN)


def whole(text: str) -> bool:
    """Whether a text ends as sentences end, with each parenthesis closed; behind a colon a list follows."""
    words = _WORDS.findall(text.lower())
    listed = text.rstrip().endswith(":")
    ended = bool(_ENDED.search(text.rstrip())) and bool(words) and (listed or words[-1] not in _DANGLING)
    return ended and text.count("(") == text.count(")")
