"""What ``terms`` does."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from api.commands.tally import Tally, Writer, told, written
from translator.errors import printable
from translator.inputs import read
from translator.intake.recognition import InputFormat
from translator.records import CriteriaList, Trial
from translator.terms import KnownTerm, Missing, MissingTerm, Reader

_Listed = KnownTerm | MissingTerm


def terms(
    inputs: Sequence[str],
    out: str | None,
    *,
    missing: bool,
    limit: int | None,
    form: str | None,
    input_format: InputFormat | None,
) -> int:
    """List the clinical terms of the inputs, most frequent first.

    Args:
        inputs: As the command line takes them.
        out: File to write; None for standard output.
        missing: Whether those without everyday words are listed, or those with.
        limit: How many are listed at most; None for all.
        form: ``jsonl`` or ``text``; None chooses by where it goes.
        input_format: The kind that every input is; None recognises it.

    Returns:
        The exit status.

    Raises:
        InputError: The output cannot be used.
    """
    tally = Tally()
    reader = Reader()
    items: Iterator[Trial | CriteriaList] = told(inputs, partial(read, input_format=input_format), tally)
    listed: Sequence[_Listed]
    if missing:
        unexplained = reader.missing(items)
        listed = unexplained.terms
        _tell_shares(unexplained)
    else:
        listed = reader.known(items)
    shows_text = form == "text" or (form is None and out is None and sys.stdout.isatty())
    writer: Writer[_Listed] = _lines if shows_text else _json_lines
    rows: Iterator[_Listed] = iter(listed[:limit])
    return written(out, writer, rows, "utf-8", tally)


def _tell_shares(unexplained: Missing) -> None:
    """How much is explained, on standard error, where it is in nobody's way."""
    for kind, found in sorted(unexplained.found.items()):
        explained = unexplained.explained.get(kind, 0)
        print(
            f"{kind}: {explained:,} of {found:,} explained or kept ({explained / found:.1%})", file=sys.stderr
        )


def _json_lines(listed: Iterable[_Listed]) -> Iterator[str]:
    for one in listed:
        yield f"{one.model_dump_json()}\n"


def _lines(listed: Iterable[_Listed]) -> Iterator[str]:
    yield f"{'times':>7}  {'trials':>6}  {'kind':<12}  term\n"
    for one in listed:
        said = one.example if isinstance(one, MissingTerm) else one.plain or one.explanation or "kept"
        yield f"{one.count:7}  {one.trials:6}  {one.kind:<12}  {printable(one.term)}: {printable(said)}\n"
