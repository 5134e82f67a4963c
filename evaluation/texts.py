"""Registry texts beside the repository: drawn, and read as the translator reads them."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evaluation.benchmark import read_jsonl
from translator.ladder import LONGEST_CRITERION
from translator.lexis.abbreviations import abbreviations_defined_in
from translator.normalise import Normaliser
from translator.records import NormalisedCriterion
from translator.segment import segment


def shuffled(name: str | Path, seed: int) -> list[dict[str, Any]]:
    """Gives the rows of a file, as ``evaluation.benchmark.read_jsonl`` takes it, in an order that is drawn.

    Raises:
        FileNotFoundError: The file is not there; the data folder may not be beside the repository.
    """
    rows = list(read_jsonl(name))
    random.Random(seed).shuffle(rows)  # noqa: S311
    return rows


def understood(text: str, normaliser: Normaliser) -> Iterator[NormalisedCriterion]:
    """Gives the units of a text as they are understood beside each other; headings and documents left out."""
    units = [unit for unit in segment(text) if len(unit.text) <= LONGEST_CRITERION]
    for one in normaliser.normalise(units, abbreviations_defined_in(text)):
        if one.criterion.role != "heading":
            yield one
