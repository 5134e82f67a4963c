"""``terms``."""

from typing import TYPE_CHECKING

import click

from api.arguments.shared import input_format_option, out_option

if TYPE_CHECKING:
    from translator.intake.recognition import InputFormat


@click.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option("--missing", is_flag=True, help="Those that nobody explains yet, in the place of those known.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="The N most frequent only.")
@out_option
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), help="Default: text on a terminal.")
@input_format_option
def terms(
    *,
    inputs: tuple[str, ...],
    missing: bool,
    limit: int | None,
    out: str | None,
    form: str | None,
    input_format: "InputFormat | None",
) -> int:
    """List the clinical terms of criteria, most frequent first; INPUT as for translate.

    Without --missing: those that the tables know, with what they are told as. With it: conditions, drugs,
    procedures, measurements, devices and abbreviations that stand without everyday words.
    """
    from api.commands import terms as command

    return command.terms(inputs, out, missing=missing, limit=limit, form=form, input_format=input_format)
