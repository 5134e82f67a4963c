"""Where numbers come from: the signature that stands under them."""

import platform
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from evaluation.results import Findings, Measured, Signature
from evaluation.sample import ROUNDS, SEED
from translator.lexis.lexicon import lexicon
from translator.scoring import scorer
from translator.workshop import SHIPPED, look

_LIBRARIES = ("spacy", "ctranslate2", "numpy", "sacrebleu")


def signed(found: Findings, part: str, data: str, files: Sequence[Path]) -> Measured:
    """Puts the signature under what a part found on a set.

    Raises:
        InputError: The shipped weights are missing or changed.
        FileNotFoundError: There is no such file.
    """
    signature = Signature(
        command=f"python -m evaluation {part} --data {data}",
        data={file.name: checksum(file) for file in files},
        seed=SEED,
        rounds=ROUNDS,
        versions=_versions(),
    )
    return Measured(tables=found.tables, curves=found.curves, part=part, data=data, signature=signature)


@cache
def checksum(file: Path) -> str:
    """Gives the first 12 hex digits of a file's SHA-256."""
    return sha256(file.read_bytes()).hexdigest()[:12]


@cache
def _versions() -> dict[str, str]:
    model = look(SHIPPED[0])
    return {
        "plaincriteria": version("plaincriteria"),
        "model": f"{model.name}@{model.digest[:12]}",
        "scorer": scorer().signature,
        "lexicon": lexicon().version,
        "python": platform.python_version(),
        **{library: version(library) for library in _LIBRARIES},
    }
