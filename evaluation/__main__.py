"""Makes every number anew: ``python -m evaluation [PART]... [--data SET]... [--out FOLDER]``.

Other commands are ``baseline``, ``score``, ``pairs`` and ``docs``; each tells its arguments by ``--help``.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from evaluation import (
    baseline,
    benchmark,
    docs,
    fidelity,
    readability,
    score,
    segmentation,
    steadiness,
    terms,
    translation,
    unseen,
    whole,
)
from evaluation.provenance import signed
from evaluation.report import render
from evaluation.results import Findings, Measured, Results, shown
from translator.errors import InputError

COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "baseline": baseline.main,
    "score": score.main,
    "pairs": score.write_pairs,
    "docs": docs.main,
}
"""What else the command does, each with the arguments behind its name."""


class Part(NamedTuple):
    """One part of the evaluation.

    Attributes:
        measure: Takes the name of a set of data, and gives what it finds there.
        files: Of the sets that the part can be measured on, by their names.
    """

    measure: Callable[[str], Findings]
    files: Mapping[str, tuple[Path, ...]]


PARTS: Mapping[str, Part] = {
    "segmentation": Part(segmentation.measure, segmentation.FILES),
    "terms": Part(terms.measure, benchmark.FILES),
    "translation": Part(translation.measure, benchmark.FILES),
    "readability": Part(readability.measure, benchmark.FILES),
    "fidelity": Part(fidelity.measure, benchmark.FILES),
    "steadiness": Part(steadiness.measure, benchmark.FILES),
    "unseen": Part(unseen.measure, benchmark.FILES),
    "whole": Part(whole.measure, whole.FILES),
}
SETS = tuple(dict.fromkeys(name for part in PARTS.values() for name in part.files))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the parts named on the sets named, prints their tables, and writes results and report.

    A part that cannot run says so in one line on standard error, and the others run nevertheless. A set that
    is not beside the repository is passed over, unless it was named.

    Returns:
        The exit status: 1 where a part could not run, 2 where an input cannot be used.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in COMMANDS:
        try:
            return COMMANDS[given[0]](given[1:])
        except InputError as error:
            print(error, file=sys.stderr)
            return 2
    parser = argparse.ArgumentParser(
        prog="python -m evaluation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", type=_known, metavar="PART", help=", ".join(PARTS) + "; or all")
    parser.add_argument("--data", action="append", choices=SETS, help="a set to measure on; or all")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write results.json and report.html there")
    asked = parser.parse_args(given)
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
    complaints: list[str] = []
    results = Results(measured=())
    for one in run(asked.parts or list(PARTS), asked.data, complaints):
        results = results.replaced([one])
        if asked.out:  # after each part: a run takes long, and may be stopped
            results.write(asked.out / "results.json")
            (asked.out / "report.html").write_text(render(results), encoding="utf-8")
    return int(bool(complaints))


def run(parts: Sequence[str], data: Sequence[str] | None, complaints: list[str]) -> Iterator[Measured]:
    """Runs parts on sets, prints what they find, and gives it.

    Args:
        parts: Names in ``PARTS``.
        data: Names in ``SETS``; where None, all that are there.
        complaints: Takes a line for each part that could not run.
    """
    for name in dict.fromkeys(parts):
        for one, files in PARTS[name].files.items():
            if one not in (data or SETS):
                continue
            try:
                missing = next((file for file in files if not file.is_file()), None)
                if missing and data is None:
                    print(f"{name}, {one}: {missing} is not there", file=sys.stderr)
                    continue
                measured = signed(PARTS[name].measure(one), name, one, files)
            except (InputError, FileNotFoundError) as error:
                complaints.append(f"{name}, {one}: {error}")
                print(complaints[-1], file=sys.stderr)
                continue
            tables = (f"{shown(table)}\n" for table in measured.tables)
            print(f"{name}, {one}\n", *tables, f"{measured.signature}\n", sep="\n", flush=True)
            yield measured


def _known(name: str) -> str:
    if name not in PARTS:
        known = ", ".join([*PARTS, *COMMANDS])
        raise argparse.ArgumentTypeError(f"no part or command is called {name!r}; there are {known}")
    return name


if __name__ == "__main__":
    sys.exit(main())
