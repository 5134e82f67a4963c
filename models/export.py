"""Checkpoint to int8 engine: ``python -m models.export CHECKPOINT OUT [--quantization int8]``.

OUT receives the engine's files, ``tokenizer.json``, ``model.json`` and ``checksums.json`` with the SHA-256 of
each, which the loader verifies.
"""

import argparse
import json
from hashlib import sha256
from pathlib import Path

from ctranslate2.converters.transformers import T5Loader
from tokenizers import Tokenizer

from models.config import ModelConfig, TrainingConfig
from models.network import load
from models.vocabulary import END, PAD, UNKNOWN


def export(checkpoint: Path, out: Path, quantization: str = "int8") -> None:
    """Converts a T5 checkpoint of ``models.training``.

    Of a model that shall say one word out of a few (``words`` of its training), only these are kept among
    what it can say. The converter's command line wants a tokenizer class of transformers; the vocabulary is
    all that it needs of one, so it is given here directly.
    """
    model = load(checkpoint)
    training = TrainingConfig.read(checkpoint / "training.json")
    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    pieces = [str(tokenizer.id_to_token(i)) for i in range(tokenizer.get_vocab_size())]
    spec = T5Loader().get_model_spec(model)
    words = [f"▁{word}" for word in training.words]
    said = [PAD, END, UNKNOWN, *words] if words else pieces
    if words:
        rows = [pieces.index(piece) for piece in said]
        for layer in (spec.decoder.embeddings, spec.decoder.projection):
            layer.weight = layer.weight[rows]
    spec.register_source_vocabulary(pieces)
    spec.register_target_vocabulary(said)
    spec.config.bos_token = spec.config.decoder_start_token = PAD
    spec.config.eos_token, spec.config.unk_token = END, UNKNOWN
    spec.validate()
    spec.optimize(quantization=quantization)
    out.mkdir(parents=True, exist_ok=True)
    spec.save(str(out))
    (out / "tokenizer.json").write_bytes((checkpoint / "tokenizer.json").read_bytes())
    config = ModelConfig(training.name, training.max_pieces, tuple(training.words))
    config.write(out / "model.json")
    files = sorted(
        path for path in out.iterdir() if path.suffix in {".bin", ".json"} and path.name != "checksums.json"
    )
    sums = {path.name: sha256(path.read_bytes()).hexdigest() for path in files}
    (out / "checksums.json").write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")
    print(f"{sum(path.stat().st_size for path in files) / 1e6:.1f} MB in {out}")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--quantization", default="int8")
    arguments = parser.parse_args()
    export(arguments.checkpoint, arguments.out, arguments.quantization)


if __name__ == "__main__":
    main()
