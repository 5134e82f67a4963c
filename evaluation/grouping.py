"""How often a criterion stands in the group of a page in which a reader looks for it.

    python -m evaluation.grouping [--registry FILE]

``data/groups.jsonl`` names 1,200 criteria of the train split by trial and span, without the registry's text,
and the groups in which a reader would look, the best first. The rules were written with those of the part
``tuning`` in sight; ``test`` was read afterwards. The labels are one reader's judgement. The registry's text
comes from FILE (gzip; ``{"nct_id", "title", "eligibility"}`` a line); titles stand in for the conditions of
the records, which these texts lack.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from evaluation.benchmark import DATA, OWN, read_jsonl
from evaluation.sample import Sample
from translator.edits import digest
from translator.leaflet.grouping import Group, group_of
from translator.normalise import Normaliser
from translator.records import Criterion
from translator.segment import segment


class Placed(NamedTuple):
    """A criterion, where a reader looks for it, and where the page puts it."""

    part: str
    trial: str
    wanted: tuple[str, ...]
    found: Group


def placed(registry: Path) -> list[Placed]:
    """Groups the labelled criteria; one that is worded or cut otherwise by now is left out.

    Raises:
        FileNotFoundError: There is no such file.
    """
    found = list(_units(registry, list(read_jsonl(OWN / "groups.jsonl"))))
    read = Normaliser().normalise([unit for _, unit, _ in found], {})
    return [
        Placed(label["part"], label["nct_id"], tuple(label["groups"]), group_of(one, (title,)))
        for (label, _, title), one in zip(found, read, strict=True)
    ]


def _units(registry: Path, labels: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Criterion, str]]:
    wanted = {(one["nct_id"], one["start"], one["end"]): one for one in labels}
    trials = {one["nct_id"] for one in labels}
    for trial in read_jsonl(registry):
        for unit in segment(trial["eligibility"]) if trial["nct_id"] in trials else ():
            label = wanted.get((trial["nct_id"], unit.span.start, unit.span.end))
            if label and label["md5"] == digest(unit.text):
                yield label, unit, trial["title"] or ""


def main() -> None:
    """Reads the command line and prints a line for each part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--registry", type=Path, default=DATA / "eligibility.train.jsonl.gz")
    every = placed(parser.parse_args().registry)
    for part in ("tuning", "test"):
        items = [one for one in every if one.part == part]
        sample = Sample([one.trial for one in items])
        for name, hits in (
            ("in a group where a reader looks", [one.found in one.wanted for one in items]),
            ("in the best group", [one.found == one.wanted[0] for one in items]),
        ):
            print(f"{part}: {sample.mean(part, name, hits)} of {len(hits)} stand {name}")


if __name__ == "__main__":
    main()
