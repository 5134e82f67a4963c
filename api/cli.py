"""The command line: ``plaincriteria``.

Only the arguments are known here and in ``api.arguments``. What a command does is imported when it is
called, so that help and complaints come at once.
"""

import signal
import sys
from types import FrameType

import click

from api import COMMAND
from api.arguments import batches, keys, memories, models, pages, reviews, service, terms, texts


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


for _command in (
    texts.translate,
    texts.audit,
    texts.segment,
    batches.batch,
    terms.terms,
    pages.page,
    pages.site,
    service.serve,
    reviews.review,
    keys.keys,
    memories.memory,
    models.model,
):
    cli.add_command(_command)
