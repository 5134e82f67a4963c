"""``batch``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.arguments.shared import glossary_option, memory_option, model_option

if TYPE_CHECKING:
    from translator.batch import EngineName
    from translator.bulk.records import PartFormat
    from translator.intake.recognition import InputFormat

_folder = click.Path(path_type=Path)


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option("--out", metavar="DIR", type=_folder, required=True, help="Folder of the result.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "jsonl"]),
    default="parquet",
    help="What the parts are; default parquet.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    help="Processes of this machine, or actors of a Ray cluster (extra cluster); default local.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 4096),
    default=1,
    metavar="N",
    help="How many; default 1, for the engine of the model has two threads by itself.",
)
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Read the first N records of the source only."
)
@click.option(
    "--since",
    metavar="DIR",
    type=_folder,
    help="Folder of an earlier run: take over what is still good, tell what is gone.",
)
@click.option("--restart", is_flag=True, help="Write anew what stands in the folder.")
@click.option(
    "--input-format",
    type=click.Choice(["record", "records", "criteria", "text"]),
    help="What SOURCE holds; recognised where not given.",
)
@model_option
@glossary_option
@memory_option
@click.option("--strict", is_flag=True, help="Exit with 1 if anything needs review or could not be read.")
def batch(
    *,
    source: str,
    out: Path,
    form: "PartFormat",
    engine: "EngineName",
    workers: int,
    limit: int | None,
    since: Path | None,
    restart: bool,
    input_format: "InputFormat | None",
    model: str | None,
    glossary: Path | None,
    memory: Path | None,
    strict: bool,
) -> int:
    """Translate a whole registry into a folder; ended at any moment, it goes on where it stood.

    SOURCE is a file, folder or archive of records, texts or criteria lists, as for translate.
    """
    from api.commands import batches
    from translator.bulk.records import Options

    return batches.batch(
        source,
        out,
        options=Options(format=form, limit=limit, input_format=input_format),
        engine=engine,
        workers=workers,
        since=since,
        restart=restart,
        model=model,
        glossary=glossary,
        memory=memory,
        strict=strict,
    )
