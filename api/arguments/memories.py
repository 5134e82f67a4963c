"""``memory``."""

from pathlib import Path

import click


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--approve",
    "wordings",
    metavar="WORDINGS.jsonl",
    type=click.Path(path_type=Path),
    help="From now on these wordings are the approved ones, and no others.",
)
def memory(*, file: Path, wordings: Path | None) -> int:
    """Tell what a memory of translations holds; give it the wordings that reviewers approved.

    WORDINGS.jsonl holds an object a line: section, source, plain, and context if a lead-in stands above.
    """
    from api.commands import memories

    return memories.memory(file, wordings)
