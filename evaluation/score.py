"""Puts other systems to the benchmark: ``python -m evaluation score``, and ``pairs`` for what a scorer reads.

``score --predictions FILE`` takes any system's translations, ``{"id", "plain"}`` a line with the ids of the
items; ``score --scores FILE`` takes any scorer's scores, ``{"id", "score"}`` a line with the ids of the pairs
that ``pairs`` writes, the higher the more faithful. What the lines hold besides is no matter.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import BaseModel, FiniteFloat, ValidationError

from evaluation.benchmark import FILES, Item, load
from evaluation.fidelity import drawn, separation, separation_by_type, unfolded
from evaluation.provenance import signed
from evaluation.readability import hardness
from evaluation.results import Findings, Number, Results, Table, shown
from evaluation.sample import Sample
from evaluation.translation import Texts, criterion, translatable, wording
from translator.errors import InputError
from translator.normalise import Normaliser
from translator.records import Pair, Verdict
from translator.scoring import scorer


class Line(BaseModel):
    """What is given for an item or a pair."""

    id: str


class Prediction(Line):
    """What a system wrote for an item."""

    plain: str


class Score(Line):
    """What a scorer gives a pair."""

    score: FiniteFloat


Given = TypeVar("Given", bound=Line)


def read(file: Path, kind: type[Given]) -> dict[str, Given]:
    """Reads the lines of a file by their ids.

    Raises:
        InputError: The file cannot be read, a line is of another form, or an id stands twice.
    """
    fields = " and ".join(f'"{name}"' for name in kind.model_fields)
    found: dict[str, Given] = {}
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(file), f"cannot be read ({error})", "Give a JSONL file in UTF-8") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            one = kind.model_validate_json(line)
        except ValidationError:
            what = f"is no object with {fields}"
            raise InputError(f"{file}, line {number}", what, "Write one a line") from None
        if found.setdefault(one.id, one) is not one:
            raise InputError(f"{file}, line {number}", f"has the id {one.id} again", "Give each id once")
    return found


def of_predictions(name: str, given: dict[str, Prediction], data: str) -> Findings:
    """Measures a system's texts beside the sources and the references.

    Args:
        name: Of the system.
        given: Its texts by the items' ids; it may leave items out, and name others.
        data: A set of ``evaluation.benchmark``.

    Raises:
        InputError: It has no text for any item of the set.
    """
    items = translatable(load(data).items)
    texts = [given[item.id].plain if item.id in given else None for item in items]
    if not any(texts):
        raise InputError(name, f"has no text for an item of the set {data}", "Give the ids of the set")
    systems: dict[str, Texts] = {
        "source": [item.source for item in items],
        name: texts,
        "reference": [item.plain for item in items],
    }
    sample = Sample([item.group for item in items])
    normalised = Normaliser().normalise([criterion(item) for item in items])
    return Findings(
        tables=(
            Table.of("systems", "Likeness to the reference, and what is kept of the source",
                     [n for one, said in systems.items() for n in wording(one, said, items, sample)]),
            Table.of("readability", "How hard the texts are",
                     [n for one, said in systems.items() for n in hardness(one, said, normalised, sample)]),
            Table.of("verdicts", "What the scorer of plaincriteria says of them",
                     [n for one, said in systems.items() for n in _verdicts(one, said, items, sample)]),
        )
    )  # fmt: skip


def _verdicts(system: str, texts: Texts, items: Sequence[Item], sample: Sample) -> Iterator[Number | None]:
    pairs = [
        Pair(id=item.id, section=item.section, source=item.source, plain=text or "", context=item.context)
        for item, text in zip(items, texts, strict=True)
    ]
    reports = scorer().score(pairs)
    own = [bool(text) for text in texts]
    for verdict in get_args(Verdict):
        yield sample.mean(system, verdict, [report.verdict == verdict for report in reports], among=own)
    yield sample.mean(system, "mean score", [report.score for report in reports], among=own)


def of_scores(name: str, given: dict[str, Score], data: str) -> Findings:
    """Measures a scorer: how well it tells faithful texts from planted errors.

    Args:
        name: Of the scorer.
        given: Its scores by the pairs' ids.
        data: A set of ``evaluation.benchmark``.

    Raises:
        InputError: A pair of the set has no score.
    """
    benchmark = load(data)
    pairs, sample = unfolded(benchmark), drawn(benchmark)
    if missing := [example.pair.id for example in pairs if example.pair.id not in given]:
        what = f"lacks {len(missing)} of {len(pairs)} pairs of the set {data}, {missing[0]} for one"
        raise InputError(name, what, f"Score all that python -m evaluation pairs --data {data} writes")
    scores = [given[example.pair.id].score for example in pairs]
    return Findings(
        tables=(
            Table.of("scorers", "Faithful texts told from errors", separation({name: scores}, pairs, sample)),
            Table.of("types", "By type of the planted error", separation_by_type(scores, pairs, sample)),
        )
    )


def main(arguments: Sequence[str]) -> int:
    """Measures what another system wrote, or what another scorer found.

    Returns:
        The exit status: always 0.

    Raises:
        InputError: The file cannot be used.
    """
    parser = _parser("score")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--predictions", type=Path, metavar="FILE", help='{"id", "plain"} a line')
    what.add_argument("--scores", type=Path, metavar="FILE", help='{"id", "score"} a line')
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the results as JSON")
    asked = parser.parse_args(arguments)
    file = asked.predictions or asked.scores
    if asked.predictions:
        found = of_predictions(file.stem, read(file, Prediction), asked.data)
    else:
        found = of_scores(file.stem, read(file, Score), asked.data)
    command = f"score --{'predictions' if asked.predictions else 'scores'} {file.name}"
    measured = signed(found, command, asked.data, [*FILES[asked.data], file])
    print(*(f"{shown(table)}\n" for table in found.tables), measured.signature, sep="\n")
    if asked.out:
        Results(measured=(measured,)).write(asked.out)
    return 0


def write_pairs(arguments: Sequence[str]) -> int:
    """Prints the pairs of a set without their truth, as ``plaincriteria audit`` and ``--scores`` take them.

    Returns:
        The exit status: always 0.
    """
    for example in unfolded(load(_parser("pairs").parse_args(arguments).data)):
        print(example.pair.model_dump_json(exclude_none=True))
    return 0


def _parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m evaluation {command}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", choices=list(FILES), default="open", help="the set; open if none is named")
    return parser
