"""What ``plaincriteria model`` does, and measures of engines. Checkpoints need the extra ``train``."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from models import consistency, inference, limit
from models.config import ModelConfig, TrainingConfig
from models.inference import TextModel, WeightsError, verify
from models.vocabulary import Vocabulary
from translator.errors import InputError

SHIPPED = (inference.WEIGHTS, consistency.WEIGHTS)
"""The engines that ship: the generator, and the consistency model of the scorer."""


class Shipped(NamedTuple):
    """What an engine's folder holds.

    Attributes:
        digest: SHA-256 of its list of checksums, which the version of a model begins with.
        files: Each file with its size in bytes.
        card: The model card, where there is one.
    """

    name: str
    digest: str
    files: dict[str, int]
    card: str


def train(config: Path, out: Path) -> None:
    """Trains a model, or goes on with a training that was stopped.

    Raises:
        InputError: The configuration cannot be used, or the extra is missing.
    """
    try:
        settings = TrainingConfig.read(config)
    except (OSError, TypeError, ValueError) as error:
        raise InputError(
            str(config), f"no training configuration ({error})", "See docs/METHODOLOGY.md"
        ) from None
    try:
        from models import training  # noqa: PLC0415  (torch)
    except ImportError:
        raise _without_extra(config) from None
    training.train(settings, out)


def export(checkpoint: Path, out: Path, quantization: str) -> None:
    """Makes an engine of a checkpoint.

    Raises:
        InputError: The checkpoint cannot be read, or the extra is missing.
    """
    try:
        from models import export as exporting  # noqa: PLC0415  (torch)
    except ImportError:
        raise _without_extra(checkpoint) from None
    try:
        exporting.export(checkpoint, out, quantization)
    except (OSError, ValueError) as error:
        raise InputError(
            str(checkpoint), f"no checkpoint ({error})", "Give a folder that model train wrote"
        ) from None


def look(folder: Path) -> Shipped:
    """Checks each file of an engine against its SHA-256, and tells what is there.

    Raises:
        InputError: A file is missing or not the one that was exported.
    """
    try:
        digest = verify(folder)
        name = ModelConfig.read(folder / "model.json").name
    except WeightsError as error:
        raise InputError(error.where, error.what, error.remedy) from None
    card = folder / "MODEL_CARD.md"
    return Shipped(
        name=name,
        digest=digest,
        files={path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()},
        card=card.read_text("utf-8") if card.is_file() else "",
    )


def reference(checkpoint: Path) -> TextModel:
    """Loads a checkpoint to be run the obvious way, for comparison.

    Raises:
        InputError: It cannot be read, or the extra is missing.
    """
    try:
        from models.reference import Reference  # noqa: PLC0415  (torch)
    except ImportError:
        raise _without_extra(checkpoint) from None
    try:
        return Reference(checkpoint)
    except (OSError, ValueError) as error:
        raise InputError(
            str(checkpoint), f"no checkpoint ({error})", "Give a folder that model train wrote"
        ) from None


def pieces(texts: Iterable[str]) -> list[int]:
    """How many pieces the model that ships reads or writes for each text."""
    vocabulary = Vocabulary.load(inference.WEIGHTS / "tokenizer.json")
    return [len(ids) for ids in vocabulary.ids(texts)]


def at_best(source_pieces: float, target_pieces: float, threads: int) -> tuple[float, float]:
    """What the engine that ships could do at best on this machine; takes some seconds.

    Returns:
        Multiply-adds of one text of so many pieces, and those that the engine makes in a second.
    """
    return limit.weights().multiply_adds(source_pieces, target_pieces), limit.peak(threads)


def _without_extra(where: Path) -> InputError:
    return InputError(str(where), "training and export need torch", "Install plaincriteria[train]")
