"""An engine back to a checkpoint, to go on training from what ships: ``python -m models.restart ENGINE OUT``.

The matrices of queries, keys and values stand in one there. What int8 rounded off does not come back; an
export of the checkpoint gives the same engine.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from transformers import T5ForConditionalGeneration

from models.config import ModelConfig
from models.engine_file import variables
from models.network import Weights, assembled

_PARTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("self_attention", "linear_0"): ("q", "k", "v"), ("self_attention", "linear_1"): ("o",),
    ("attention", "linear_0"): ("q",), ("attention", "linear_1"): ("k", "v"),
    ("attention", "linear_2"): ("o",),
    ("ffn", "linear_0"): ("wi_0",), ("ffn", "linear_0_noact"): ("wi_1",), ("ffn", "linear_1"): ("wo",),
}  # fmt: skip
_ATTENTIONS = {"self_attention": (0, "SelfAttention"), "attention": (1, "EncDecAttention")}


def restart(engine: Path) -> T5ForConditionalGeneration:
    """Gives the model of an engine that ``models.export`` made of a whole T5.

    Raises:
        FileNotFoundError: It is no engine's folder.
        ValueError: Its file is of another version, or the model can say only a few words.
        RuntimeError: Its weights are not those of a T5 with gated activations.
    """
    if ModelConfig.read(engine / "model.json").words:
        raise ValueError(f"{engine}: what it could say besides its few words is not kept")
    found = _scaled(engine / "model.bin")
    return assembled(dict(_named(found)), heads=int(found["encoder/num_heads"]))


def _scaled(path: Path) -> dict[str, Weights]:
    """Reads the variables of an engine's file, scaled back to what they stand for."""
    stored = dict(variables(path))
    return {
        name: value / stored[f"{name}_scale"][:, None] if f"{name}_scale" in stored else np.array(value)
        for name, value in stored.items()
    }


def _named(variables: Mapping[str, Weights]) -> Iterator[tuple[str, Weights]]:
    """Gives the weights by the names that they have in T5."""
    yield "lm_head.weight", variables["decoder/projection/weight"]
    for name in ("shared", "encoder.embed_tokens", "decoder.embed_tokens"):
        yield f"{name}.weight", variables["decoder/embeddings/weight"]
    for name, value in variables.items():
        stack, *path = name.split("/")
        if path == ["layer_norm", "gamma"]:
            yield f"{stack}.final_layer_norm.weight", value
        elif path[0].startswith("layer_") and path[-1] in ("weight", "gamma", "relative_attention_bias"):
            block = f"{stack}.block.{path[0].removeprefix('layer_')}.layer"
            yield from _of_block(block, stack == "decoder", path[1], path[2], value)


def _of_block(
    block: str, decodes: bool, part: str, name: str, value: Weights
) -> Iterator[tuple[str, Weights]]:
    place, module = _ATTENTIONS.get(part, (2 if decodes else 1, "DenseReluDense"))
    if name == "layer_norm":
        yield f"{block}.{place}.layer_norm.weight", value
    elif name == "relative_attention_bias":
        yield f"{block}.{place}.{module}.{name}.weight", value
    else:
        parts = _PARTS[part, name]
        for one, rows in zip(parts, np.split(value, len(parts)), strict=True):
            yield f"{block}.{place}.{module}.{one}.weight", rows


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engine", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    model = restart(arguments.engine)
    model.save_pretrained(arguments.out)
    (arguments.out / "tokenizer.json").write_bytes((arguments.engine / "tokenizer.json").read_bytes())
    print(f"{model.num_parameters():,} parameters in {arguments.out}")


if __name__ == "__main__":
    main()
