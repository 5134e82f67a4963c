"""Whole texts translated: does every unit get an answer, and is each answer a whole sentence without a loop?

The texts are of the train split, and none of them is looked at for its meaning: what is counted here is
counted on the words of the answers alone, without a reference, by rules that share no code with the
translator's own.

    python -m evaluation whole
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from evaluation.benchmark import read_jsonl
from translator.pipeline import Translator
from translator.records import Translation, Trial

TEXTS = "eligibility.train.jsonl.gz"
_SEED = 29
_RUN = 8  # words in a row; openers are shorter
_AGAIN = 3  # times that a run may not stand
_WORDS = re.compile(r"[A-Za-z0-9]+")
_ENDED = re.compile(r"[.!?:;”)\]]['\"”]?$")
_DANGLING = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "if", "in", "of", "or", "the", "to", "with"}
)


def run(limit: int | None = None) -> dict[str, Any]:
    """Translates texts with the model that ships.

    Args:
        limit: Of texts; 500 where None.

    Returns:
        ``texts``, ``units`` (headings aside), ``routes`` with their counts, and for each fault the ids of the
        units that have it: ``empty``, ``loop`` and ``half``.
    """
    rows = list(read_jsonl(TEXTS))
    random.Random(_SEED).shuffle(rows)  # noqa: S311
    translator = Translator.load()
    routes: Counter[str] = Counter()
    faults: dict[str, list[str]] = {"empty": [], "loop": [], "half": []}
    texts = 0
    for row in islice(rows, limit or 500):
        texts += 1
        trial = translator.translate_trial(Trial(id=row["nct_id"], eligibility=row["eligibility"]))
        for one in trial.translations:
            if one.normalised.criterion.role != "heading":
                routes[one.draft.route] += 1
                for fault in _faults(one):
                    faults[fault].append(f"{row['nct_id']} {one.normalised.criterion.id}")
    return {"texts": texts, "units": routes.total(), "routes": dict(routes), "faults": faults}


def table(result: Mapping[str, Any]) -> str:
    """Renders what :func:`run` found."""
    routes = ", ".join(f"{route} {count}" for route, count in sorted(result["routes"].items()))
    lines = [f"{result['texts']} texts, {result['units']} units: {routes}"]
    lines += [f"{fault:<8}{len(ids):>5}  {', '.join(ids[:5])}" for fault, ids in result["faults"].items()]
    return "\n".join(lines)


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
    """Whether a text ends as sentences end, with each parenthesis closed."""
    words = _WORDS.findall(text.lower())
    ended = bool(_ENDED.search(text.rstrip())) and bool(words) and words[-1] not in _DANGLING
    return ended and text.count("(") == text.count(")")
