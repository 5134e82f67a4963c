"""``translate``, ``audit`` and ``segment``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.arguments.shared import glossary_option, input_format_option, memory_option, model_option, out_option

if TYPE_CHECKING:
    from translator.intake.recognition import InputFormat


@click.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@out_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "jsonl", "html", "markdown"]),
    help="Default: text on a terminal, else jsonl.",
)
@input_format_option
@click.option("--min-fidelity", type=float, metavar="P", help="Least score that counts as faithful, 0 to 1.")
@model_option
@glossary_option
@memory_option
@click.option("--originals", is_flag=True, help="Show the protocol's words too (text, html, markdown).")
@click.option("--strict", is_flag=True, help="Exit with 1 if anything needs review or could not be read.")
def translate(
    *,
    inputs: tuple[str, ...],
    out: str | None,
    form: str | None,
    input_format: "InputFormat | None",
    min_fidelity: float | None,
    model: str | None,
    glossary: Path | None,
    memory: Path | None,
    originals: bool,
    strict: bool,
) -> int:
    """Translate eligibility criteria into plain English.

    INPUT is an NCT id, a ClinicalTrials.gov API v2 record (.json), many of them (.jsonl, a JSON list, .zip,
    .gz, a folder), an eligibility text (.txt), a criteria list (.jsonl), or - for standard input.
    """
    if min_fidelity is not None and not 0 <= min_fidelity <= 1:
        raise click.BadParameter("not a number from 0 to 1", param_hint="--min-fidelity")
    from api.commands import texts

    return texts.translate(
        inputs,
        out,
        form=form,
        input_format=input_format,
        min_fidelity=min_fidelity,
        model=model,
        glossary=glossary,
        memory=memory,
        originals=originals,
        strict=strict,
    )


@click.command()
@click.argument("pairs", metavar="PAIRS")
@out_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl", "html", "csv"]),
    help="Default: text on a terminal, else jsonl.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 if a pair is not faithful or could not be read.")
def audit(*, pairs: str, out: str | None, form: str | None, strict: bool) -> int:
    """Score plain sentences against their sources, whoever wrote them.

    PAIRS holds id, section, source, plain, and context if a lead-in stands above: an object a line, or a CSV
    table with these columns; - for standard input.
    """
    from api.commands import texts

    return texts.audit(pairs, out, form=form, strict=strict)


@click.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@out_option
@input_format_option
def segment(inputs: tuple[str, ...], out: str | None, input_format: "InputFormat | None") -> int:
    """Cut eligibility texts into criteria, one JSON object a line; INPUT as for translate."""
    from api.commands import texts

    return texts.segment(inputs, out, input_format=input_format)
