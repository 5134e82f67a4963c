"""``model``."""

from pathlib import Path

import click

_folder = click.Path(path_type=Path)


@click.group()
def model() -> None:
    """Look at the models that ship, or make others."""


@model.command()
@click.argument("config", metavar="CONFIG", type=_folder)
@click.option(
    "--out", metavar="DIR", type=_folder, required=True, help="Folder of the checkpoint and its log."
)
def train(config: Path, out: Path) -> int:
    """Train a model; started again after a stop, it goes on where it stood.

    CONFIG is a JSON file of the settings that docs/METHODOLOGY.md lists. Needs the extra train.
    """
    from translator import workshop

    workshop.train(config, out)
    return 0


@model.command()
@click.argument("checkpoint", metavar="CHECKPOINT", type=_folder)
@click.option("--out", metavar="DIR", type=_folder, required=True, help="Folder of the engine.")
@click.option(
    "--quantization",
    type=click.Choice(["int8", "int16", "float32"]),
    default="int8",
    help="How the weights are stored; default int8.",
)
def export(checkpoint: Path, out: Path, quantization: str) -> int:
    """Make the fast engine of a checkpoint, with the SHA-256 of each file. Needs the extra train."""
    from translator import workshop

    workshop.export(checkpoint, out, quantization)
    return 0


@model.command()
@click.argument("engine", metavar="[ENGINE]", type=_folder, required=False)
def verify(engine: Path | None) -> int:
    """Check each file of an engine, by default of those that ship, against its SHA-256."""
    from api.commands import models

    return models.verify(engine)


@model.command()
@click.argument("engine", metavar="[ENGINE]", type=_folder, required=False)
def info(engine: Path | None) -> int:
    """Tell name, version and files of an engine, by default of those that ship, and show its card."""
    from api.commands import models

    return models.info(engine)
