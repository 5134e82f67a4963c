"""The command line: ``plaincriteria translate | audit | segment | page | site | serve | model``.

Only the arguments are known here. What a command does is imported when it is called, so that help and
complaints come at once.
"""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from api import COMMAND

if TYPE_CHECKING:
    from translator.inputs import InputFormat
    from translator.page import Order


def main() -> None:
    """Run the command on the arguments of the process, and leave with its exit status."""
    # By themselves these two end the process where it stands, and an unfinished file would stay.
    for number in {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)
    sys.exit(run(sys.argv[1:] or ["--help"]))


def _leave(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def run(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: What stands behind the command's name.

    Returns:
        0 done; 1 done, but something needs review or could not be read, and ``--strict`` asks for that to be
        told; 2 bad usage, an input or output that cannot be used, or nothing that could be done; 130
        interrupted.
    """
    try:
        status = cli.main(arguments, prog_name=COMMAND, standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else COMMAND
        return _refused(where, error.format_message().rstrip("."), f"See '{where} --help'")
    except (click.Abort, KeyboardInterrupt):
        _refused("interrupted", "what was not finished is not written", "Run it again")
        return 130
    except Exception as error:
        from translator.errors import InputError

        if isinstance(error, InputError):
            return _refused(error.where, error.what, error.remedy)
        return _refused(
            "fault of the program", f"{type(error).__name__}: {error}", "Please report it with its input"
        )
    return status if isinstance(status, int) else 0


def _refused(where: str, what: str, remedy: str) -> int:
    from api.output import complain

    complain(where, what, remedy)
    return 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name=COMMAND, message="%(prog)s %(version)s")
def cli() -> None:
    """Eligibility criteria of clinical trials in plain English, with the evidence for every sentence."""


_out = click.option("--out", metavar="FILE", help="Write to FILE; it appears when it is whole.")
_model = click.option(
    "--model",
    metavar="PATH_OR_NAME",
    help="Another model than the one that ships; http://HOST:PORT/v1#NAME asks a chat endpoint.",
)
_input_format = click.option(
    "--input-format",
    type=click.Choice(["nct", "record", "records", "criteria", "text"]),
    help="What every INPUT is; recognised where not given.",
)


@cli.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@_out
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "jsonl", "html", "markdown"]),
    help="Default: text on a terminal, else jsonl.",
)
@_input_format
@click.option("--min-fidelity", type=float, metavar="P", help="Least score that counts as faithful, 0 to 1.")
@_model
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
    originals: bool,
    strict: bool,
) -> int:
    """Translate eligibility criteria into plain English.

    INPUT is an NCT id, a ClinicalTrials.gov API v2 record (.json), many of them (.jsonl, a JSON list, .zip,
    .gz, a folder), an eligibility text (.txt), a criteria list (.jsonl), or - for standard input.
    """
    if min_fidelity is not None and not 0 <= min_fidelity <= 1:
        raise click.BadParameter("not a number from 0 to 1", param_hint="--min-fidelity")
    from api import commands

    return commands.translate(
        inputs,
        out,
        form=form,
        input_format=input_format,
        min_fidelity=min_fidelity,
        model=model,
        originals=originals,
        strict=strict,
    )


@cli.command()
@click.argument("pairs", metavar="PAIRS.jsonl")
@_out
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "text"]), help="Default: text on a terminal, else jsonl."
)
def audit(pairs: str, out: str | None, form: str | None) -> int:
    """Score plain sentences against their sources, whoever wrote them.

    PAIRS.jsonl holds an object a line: id, section, source, plain, and context if a lead-in stands above.
    """
    from api import commands

    return commands.audit(pairs, out, form=form)


@cli.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@_out
@_input_format
def segment(inputs: tuple[str, ...], out: str | None, input_format: "InputFormat | None") -> int:
    """Cut eligibility texts into criteria, one JSON object a line; INPUT as for translate."""
    from api import commands

    return commands.segment(inputs, out, input_format=input_format)


@cli.command()
@click.argument("record", metavar="RECORD")
@_out
@click.option("--print", "sheet", is_flag=True, help="The checklist to print and take along.")
@click.option(
    "--order",
    type=click.Choice(["groups", "protocol"]),
    default="groups",
    help="Rules in groups, or in the protocol's own order.",
)
@_model
def page(*, record: str, out: str | None, sheet: bool, order: "Order", model: str | None) -> int:
    """Make the page of one trial, HTML that stands alone.

    RECORD is an NCT id, a ClinicalTrials.gov API v2 record (.json), or - for standard input.
    """
    from api import pages

    return pages.page(record, out, form="print" if sheet else "page", order=order, model=model)


@cli.command()
@click.argument("records", metavar="RECORDS...", nargs=-1, required=True)
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), required=True, help="Folder of the site."
)
@click.option("--base-url", metavar="URL", help="Where the site will be, for canonical links.")
@_model
def site(*, records: tuple[str, ...], out: Path, base_url: str | None, model: str | None) -> int:
    """Make a static site of many trials; run again, it writes only what changed.

    RECORDS are API v2 records as for translate: files, lists, folders, archives, or NCT ids.
    """
    from api import pages

    return pages.site(records, out, base_url=base_url, model=model)


@cli.command()
@click.option("--host", metavar="H", help="Address to listen on; default 127.0.0.1.")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help="Port; default 8000, 0 takes a free one."
)
def serve(host: str | None, port: int | None) -> int:
    """Serve translate and audit over HTTP; the documentation is at /docs."""
    from api import server

    return server.serve(host, port)


_folder = click.Path(path_type=Path)


@cli.group()
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
    from api import commands

    return commands.verify(engine)


@model.command()
@click.argument("engine", metavar="[ENGINE]", type=_folder, required=False)
def info(engine: Path | None) -> int:
    """Tell name, version and files of an engine, by default of those that ship, and show its card."""
    from api import commands

    return commands.info(engine)
