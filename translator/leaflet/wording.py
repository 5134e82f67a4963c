"""What the registry's own spellings mean, from ``registry_words.tsv`` and ``sizes.tsv``."""

from functools import cache
from typing import NamedTuple

from translator.study import Study
from translator.tables import rows


class Wording(NamedTuple):
    """How a value of a field is called, what it means, and for a status whether people can join."""

    label: str
    meaning: str = ""
    access: str = "unknown"


def wording(field: str, value: str) -> Wording:
    """The words for a value; one that the table does not know is called by its own name."""
    return _words().get((field, value)) or Wording(value.replace("_", " ").capitalize())


def label(field: str, value: str) -> str:
    """How a value is called."""
    return wording(field, value).label


def phase_of(study: Study) -> Wording | None:
    """The phase, or why there is none; None where the record does not tell."""
    kind = study.trial.study_type or ""
    if kind in {"OBSERVATIONAL", "EXPANDED_ACCESS"}:
        return wording("phase", kind)
    return wording("phase", "/".join(study.trial.phases)) if study.trial.phases else None


def size_of(count: int) -> str | None:
    """A number of participants in words, by the thresholds of ``sizes.tsv``; None for nobody."""
    fitting = [row for row in rows("sizes.tsv", ["least", "label", "range"]) if count >= int(row["least"])]
    return f"{fitting[-1]['label']} study ({fitting[-1]['range']})" if fitting else None


def age_range(study: Study) -> str | None:
    """The ages as registered, in words."""
    least, most = (study.trial.minimum_age or "").lower(), (study.trial.maximum_age or "").lower()
    if least and most:
        unit = most.partition(" ")[2]
        return f"{least.removesuffix(unit).rstrip()} to {most}"
    return f"{least} and older" if least else f"Up to {most}" if most else None


def joined(items: list[str], last: str = "and") -> str:
    """Items as a list within a sentence."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


@cache
def _words() -> dict[tuple[str, str], Wording]:
    table = rows("registry_words.tsv", ["field", "value", "label", "meaning", "access"])
    return {
        (row["field"], row["value"]): Wording(row["label"], row["meaning"], row["access"] or "unknown")
        for row in table
    }
