"""Whether the engine writes what the checkpoint writes: ``python -m models.parity CHECKPOINT PROMPTS``.

PROMPTS is a text file with a prompt on each line. The checkpoint is exported in float32, where the two must
agree to the letter, and in the quantisations that may ship, where they mostly do not.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from models.config import DecodingConfig
from models.export import export
from models.inference import Seq2Seq
from models.reference import Reference

_GREEDY = DecodingConfig(beams=1)


def agreement(checkpoint: Path, prompts: Sequence[str], quantization: str) -> list[bool]:
    """Tells for each prompt whether the engine writes what the checkpoint writes."""
    expected = Reference(checkpoint, batch=1).generate(prompts, _GREEDY)
    with TemporaryDirectory() as folder:
        export(checkpoint, Path(folder), quantization)
        answers = Seq2Seq.load(Path(folder)).generate(prompts, _GREEDY)
    return [bool(a) and a[0].text == text.text for a, (text,) in zip(answers, expected, strict=True)]


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("prompts", type=Path)
    parser.add_argument("--quantization", nargs="+", default=["float32", "int16", "int8"])
    arguments = parser.parse_args()
    prompts = arguments.prompts.read_text("utf-8").splitlines()
    for quantization in arguments.quantization:
        same = agreement(arguments.checkpoint, prompts, quantization)
        print(f"{quantization}: {sum(same)} of {len(same)} texts are the same")


if __name__ == "__main__":
    main()
