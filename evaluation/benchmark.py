"""Finds the data beside the repository and loads the gold sets."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "shared" / "data"
OWN = Path(__file__).parent / "data"
"""What the evaluation brings along itself."""


def read_jsonl(name: str | Path) -> Iterator[dict[str, Any]]:
    """Yields the rows of a file, plain or gzip.

    Args:
        name: Path below the data folder, for example ``gold/dev.jsonl``, or an absolute one.

    Raises:
        FileNotFoundError: The file is not there; the data folder may not be beside the repository.
    """
    path = DATA / name
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
