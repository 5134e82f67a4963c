"""What ``review import``, ``queue``, ``show``, ``claim``, ``decide`` and ``reopen`` do."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from api import COMMAND
from api.output import complain
from api.review.imports import Imported, Importer
from api.review.intake import read_given
from api.review.records import Decision, Entry, Filters, Reviewer, ReviewerRole
from api.review.work import Shown, Workbench
from api.settings import Settings
from api.store.reviews import ReviewStore
from api.terminal import Screen
from api.view import readable
from translator.errors import InputError
from translator.records import Record, Unreadable

_LEAST_DIGITS = 12  # of a digest on the command line
_R = TypeVar("_R", bound=Record)


@contextmanager
def workbench(store: str | None) -> Iterator[Workbench]:
    """The workbench on a store; None takes that of the settings.

    Raises:
        StoreError: The store cannot be opened.
    """
    settings = Settings.from_environment()
    opened = ReviewStore.open(store or settings.store_url)
    try:
        yield Workbench.of(opened, settings)
    finally:
        opened.close()


def given(kind: type[_R], fields: Mapping[str, object]) -> _R:
    """A record of what the command line gave.

    Raises:
        InputError: A value that its field cannot take.
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "arguments"
        raise InputError(where, first["msg"].removeprefix("Value error, "), "Give another") from None


def reviewer(name: str, role: ReviewerRole) -> Reviewer:
    """Who works.

    Raises:
        InputError: A name that cannot be logged.
    """
    return given(Reviewer, {"name": name, "role": role})


def take_in(
    source: str, batch: str | None, *, whole: bool, store: str | None, name: str, role: ReviewerRole
) -> int:
    """Import a file, and tell what became of it; progress goes to a terminal's standard error.

    Args:
        source: Path, or ``-`` for standard input.
        batch: Name for pairs of no trial; None takes that of the file.
        whole: Whether units that the file has not are withdrawn.
        store: URL; None takes that of the settings.
        name: Who imports.
        role: What they may do.

    Returns:
        The exit status: 2 where nothing could be read.

    Raises:
        InputError: The file, the name or the store cannot be used.
    """
    actor = reviewer(name, role)
    done, bad, shown = Imported(), 0, sys.stderr.isatty()
    with workbench(store) as work:
        importer = Importer(work, actor, batch or Path(source).name, whole=whole)
        for outcome in importer.run(read_given(source)):
            if isinstance(outcome, Unreadable):
                complain(outcome.where, outcome.what, outcome.remedy)
                bad += 1
                continue
            done += outcome
            if shown:
                print(f"\r{_counted(done)}", end="", file=sys.stderr, flush=True)
    if shown:
        print(file=sys.stderr)
    print(_counted(done))
    if bad:
        print(f"{COMMAND}: set aside: {bad}", file=sys.stderr)
    return 2 if bad and done == Imported() else 0


def queue(filters: Mapping[str, object], *, after: str | None, limit: int, store: str | None) -> int:
    """List a page of a queue.

    Raises:
        InputError: The store or the place cannot be used.
    """
    with workbench(store) as work:
        page = work.queue(given(Filters, filters), after=after, limit=limit)
    screen = _screen()
    for entry in page.entries:
        if screen is None:
            print(entry.model_dump_json())
        else:
            print(screen.rendered([screen.text(_line(entry))]), end="")
    if page.next and screen:
        print(f"more: --after {page.next}", file=sys.stderr)
    return 0


def show(item_id: str, *, store: str | None, name: str, role: ReviewerRole) -> int:
    """Show an item.

    Raises:
        InputError: There is no such item, or the store cannot be opened.
    """
    viewer = reviewer(name, role)
    with workbench(store) as work:
        shown, history = work.show(item_id, viewer), work.history(item_id, viewer)
    screen = _screen()
    if screen is None:
        print(shown.model_dump_json())
    else:
        lines = [
            *_lines(shown),
            *(f"{one.sequence}  {one.at:%Y-%m-%d %H:%M}  {one.actor}: {one.kind}" for one in history),
        ]
        print(screen.rendered(screen.text(readable(line)) for line in lines), end="")
    return 0


def claim(item_id: str, *, release: bool, store: str | None, name: str, role: ReviewerRole) -> int:
    """Claim an item, or give it back.

    Raises:
        InputError: It cannot be had, or the store cannot be opened.
    """
    actor = reviewer(name, role)
    with workbench(store) as work:
        if release:
            work.release(item_id, actor)
            return 0
        taken = work.claim(item_id, actor)
    print(f"yours until {taken.expires_at:%Y-%m-%d %H:%M:%S} UTC")
    return 0


def decide(
    item_id: str,
    fields: Mapping[str, object],
    errors: tuple[str, ...],
    *,
    store: str | None,
    name: str,
    role: ReviewerRole,
) -> int:
    """Give a verdict.

    Args:
        item_id: Of the item.
        fields: Of the decision; its digest may be cut short.
        errors: ``TYPE:SEVERITY[:NOTE]`` each.
        store: URL; None takes that of the settings.
        name: Who decides.
        role: What they may do.

    Returns:
        The exit status.

    Raises:
        InputError: The workbench refuses it, or the store cannot be opened.
    """
    actor = reviewer(name, role)
    parts = [dict(zip(("type", "severity", "note"), error.split(":", 2), strict=False)) for error in errors]
    decision = given(Decision, {**fields, "errors": parts})
    with workbench(store) as work:
        whole = work.show(item_id, actor).entry.digest
        if len(decision.digest) >= _LEAST_DIGITS and whole.startswith(decision.digest):
            decision = decision.model_copy(update={"digest": whole})
        after = work.decide(item_id, actor, decision)
    print(after.state)
    return 0


def reopen(item_id: str, reason: str, *, store: str | None, name: str, role: ReviewerRole) -> int:
    """Open an item again.

    Raises:
        InputError: The workbench refuses it, or the store cannot be opened.
    """
    actor = reviewer(name, role)
    with workbench(store) as work:
        print(work.reopen(item_id, actor, reason).state)
    return 0


def _counted(done: Imported) -> str:
    return ", ".join(f"{count} {name}" for name, count in done.model_dump().items())


def _screen() -> Screen | None:
    """The terminal; None for a pipe or a file."""
    return Screen.of_terminal(sys.stdout.encoding, colour=True) if sys.stdout.isatty() else None


def _line(entry: Entry) -> str:
    item = entry.item
    words = f"{entry.risk:>4}  {item.fidelity.verdict:<10} {item.trial_id} {item.criterion_id}: {item.plain}"
    held = f" (with {entry.claim.reviewer})" if entry.claim else ""
    return f"{item.id}  {readable(words)}{held}"


def _lines(shown: Shown) -> Iterator[str]:
    entry, item = shown.entry, shown.entry.item
    yield f"{item.trial_id} {item.criterion_id}: {entry.state}, risk {entry.risk}, round {entry.round}"
    yield f"digest   {entry.digest}"
    for name, other in (("parent", shown.parent), ("before", shown.before), ("after", shown.after)):
        if other:
            yield f"{name:<8} {other.item.source}"
    yield f"source   {item.source}"
    yield f"plain    {item.plain}"
    if entry.wording is not None:
        yield f"approved {entry.wording}"
    yield f"scorer   {item.fidelity.verdict} {item.fidelity.score:.2f}"
    for finding in item.fidelity.findings:
        yield f"         {finding.type} ({finding.severity}): {finding.message}"
    for verdict in shown.verdicts:
        yield f"verdict  {verdict.stage}: {verdict.decision.action} by {verdict.reviewer}"
