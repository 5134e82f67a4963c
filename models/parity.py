"""Whether the engine writes what the checkpoint writes: ``python -m models.parity CHECKPOINT PROMPTS``.

PROMPTS is a text file with a prompt on each line. The checkpoint is exported in float32, where the two must
agree to the letter, and in the quantisations that may ship, where they mostly do not.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from transformers import GenerationConfig, PreTrainedModel

from models.config import DecodingConfig, ModelConfig
from models.export import export
from models.inference import Seq2Seq
from models.network import load
from models.vocabulary import Vocabulary, restore

_GREEDY = DecodingConfig(beams=1)


def written(model: PreTrainedModel, vocabulary: Vocabulary, prompts: Sequence[str]) -> list[str]:
    """What ``generate`` of transformers writes, greedily, a prompt at a time."""
    settings = GenerationConfig(
        do_sample=False,
        num_beams=1,
        no_repeat_ngram_size=_GREEDY.no_repeat,
        max_new_tokens=_GREEDY.limit(ModelConfig.max_source_pieces),
        decoder_start_token_id=model.config.decoder_start_token_id,
        pad_token_id=model.config.pad_token_id,
        eos_token_id=model.config.eos_token_id,
    )
    texts = []
    for prompt, ids in zip(prompts, vocabulary.ids(prompts), strict=True):
        with torch.inference_mode():
            rows = model.generate(torch.tensor([ids]), generation_config=settings)
        texts.append(restore(vocabulary.decode(rows[0].tolist()), prompt))
    return texts


def agreement(checkpoint: Path, prompts: Sequence[str], quantization: str) -> list[bool]:
    """Tells for each prompt whether the engine writes what the checkpoint writes."""
    vocabulary = Vocabulary.load(checkpoint / "tokenizer.json")
    expected = written(load(checkpoint).eval(), vocabulary, prompts)
    with TemporaryDirectory() as folder:
        export(checkpoint, Path(folder), quantization)
        answers = Seq2Seq.load(Path(folder)).generate(prompts, _GREEDY)
    return [bool(a) and a[0].text == text for a, text in zip(answers, expected, strict=True)]


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
