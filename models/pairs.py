"""Training pairs, and the one way in which a criterion is put to the model."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TrainingPair:
    """A source and its plain text.

    Attributes:
        kind: ``inclusion``, ``exclusion`` or ``note``.
        context: The lead-in line above a nested item, or an empty text.
        rejected: A plain text that is not faithful, which the model shall find less likely; or an empty text.
    """

    id: str
    kind: str
    source: str
    plain: str
    context: str = ""
    rejected: str = ""

    @property
    def prompt(self) -> str:
        """What the model reads."""
        return prompt(self.kind, self.source, self.context)


def prompt(kind: str, source: str, context: str = "") -> str:
    """Puts a criterion to the model: ``exclusion: lead-in | the item``."""
    return f"{kind}: {context} | {source}" if context else f"{kind}: {source}"


def read_pairs(folder: Path) -> Iterator[TrainingPair]:
    """Reads every ``*.jsonl`` of a folder, in the order of names and lines.

    Raises:
        ValueError: A line is no pair; the message names file and line.
    """
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield TrainingPair(**json.loads(line))
                except (ValueError, TypeError) as error:
                    raise ValueError(f"{path.name}, line {number}: {error}") from None
