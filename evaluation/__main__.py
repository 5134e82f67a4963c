"""Makes every number anew: ``python -m evaluation [PART]... [--predictions NAME=FILE]... [--out FILE]``."""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from evaluation import fidelity, segmentation, translation, whole
from evaluation.benchmark import DATA
from translator.errors import InputError
from translator.lexis.lexicon import lexicon

_LIBRARIES = ("plaincriteria", "spacy", "ctranslate2", "numpy", "sacrebleu")


class Part(NamedTuple):
    """One part of the evaluation: what it measures, how that is shown, and the data that it reads.

    A long part runs only where it is named.
    """

    run: Callable[..., dict[str, Any]]
    table: Callable[[dict[str, Any]], str]
    data: tuple[str, ...]
    long: bool = False


PARTS = {
    "segmentation": Part(segmentation.run, segmentation.table, (segmentation.GOLD,)),
    "fidelity": Part(fidelity.run, fidelity.table, (fidelity.GOLD,)),
    "translation": Part(translation.run, translation.table, (translation.GOLD,)),
    "whole": Part(whole.run, whole.table, (whole.TEXTS,), long=True),
}


def signature(name: str, predictions: Mapping[str, Path] | None = None) -> dict[str, Any]:
    """Tells what the numbers of a part depend on.

    Args:
        name: Of the part.
        predictions: Files of other systems' texts that it reads, by the systems' names.

    Returns:
        ``command`` that makes them again; ``data``, the first 12 hex digits of each file's SHA-256;
        ``versions`` of Python, of this code and its libraries, and of the lexicon.

    Raises:
        FileNotFoundError: The data are not beside the repository, or there is no such file.
    """
    others = predictions or {}
    options = [f"--predictions {system}={file}" for system, file in others.items()]
    files = {file: DATA / file for file in PARTS[name].data} | {str(file): file for file in others.values()}
    return {
        "command": " ".join(["python -m evaluation", name, *options]),
        "data": {file: sha256(path.read_bytes()).hexdigest()[:12] for file, path in files.items()},
        "versions": {"python": platform.python_version(), "lexicon": lexicon().version}
        | {library: version(library) for library in _LIBRARIES},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the parts named, prints their tables, and writes the results where asked to.

    A part that cannot run says so in one line on standard error, and the others run nevertheless.

    Returns:
        The exit status: 1 where a part could not run.
    """
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", type=_known, metavar="PART", help=", ".join(PARTS) + "; else the short ones"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the results as JSON")
    parser.add_argument(
        "--predictions",
        action="append",
        default=[],
        type=_predictions,
        metavar="NAME=FILE",
        help="measure another system in translation too; FILE has {'id', 'plain'} a line, ids of the gold",
    )
    asked = parser.parse_args(arguments)
    given = {"translation": {"predictions": dict(asked.predictions)}} if asked.predictions else {}
    results: dict[str, Any] = {}
    failed = False
    usual = [name for name, part in PARTS.items() if not part.long]
    for name in dict.fromkeys(asked.parts or usual):
        try:
            more = given.get(name, {})
            results[name] = {"signature": signature(name, **more), "result": PARTS[name].run(**more)}
        except (InputError, FileNotFoundError) as error:
            failed = True
            print(f"{name}: {error}", file=sys.stderr)
            continue
        print(f"{name}\n\n{PARTS[name].table(results[name]['result'])}\n", flush=True)
    if asked.out:
        asked.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(failed)


def _predictions(text: str) -> tuple[str, Path]:
    name, sign, file = text.partition("=")
    if not (name and sign and file):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FILE")
    return name, Path(file)


def _known(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"no part is called {name!r}; there are {', '.join(PARTS)}")
    return name


if __name__ == "__main__":
    sys.exit(main())
