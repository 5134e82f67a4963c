"""What the command ``batch`` does."""

import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from api.commands.tally import Tally
from api.progress import Display, duration
from api.settings import Settings
from translator.batch import EngineName, Outcome, run
from translator.bulk.folder import QUARANTINE, REMOVED
from translator.bulk.records import Changes, Counts, Options
from translator.pipeline import Translator

_NAME_WIDTH = 13


def batch(
    source: str,
    folder: Path,
    *,
    options: Options,
    engine: EngineName,
    workers: int,
    since: Path | None,
    restart: bool,
    model: str | None,
    glossary: Path | None,
    memory: Path | None,
    strict: bool,
) -> int:
    """Translate a source into a folder, and say what came of it.

    Args:
        source: Path of a file, folder or archive.
        folder: Of the result.
        options: What is decided of it; the least score is that of the environment.
        engine: As for ``translator.batch.run``, and so are the three that follow.
        workers: How many there are.
        since: Folder of an earlier run.
        restart: Whether it is written anew.
        model: As for ``texts.translate``, and so are the two that follow.
        glossary: File of a user's own words.
        memory: File of a memory of translations.
        strict: Whether 1 is returned where something needs review or is in quarantine.

    Returns:
        The exit status.

    Raises:
        InputError: Something cannot be used, or failed; the same command goes on where it stood.
    """
    settings = Settings.from_environment()
    load = partial(
        Translator.load,
        settings.writer(model),
        min_fidelity=settings.min_fidelity,
        memory=memory or settings.memory,
        glossary=glossary,
    )
    begun = time.monotonic()
    with Display() as display:
        outcome = run(
            source,
            folder,
            load,
            options.model_copy(update={"min_fidelity": settings.min_fidelity}),
            engine=engine,
            workers=workers,
            since=since,
            restart=restart,
            watch=display,
        )
    for line in summary(folder, outcome, time.monotonic() - begun):
        print(line)
    counts = outcome.manifest.counts
    tally = Tally(set_aside=counts.quarantined, review=counts.verdict.get("review", 0))
    return tally.status(strict=strict) or (2 if counts.quarantined and not counts.rows else 0)


def summary(folder: Path, outcome: Outcome, seconds: float) -> Iterator[str]:
    """Say in lines what a run has come to.

    Args:
        folder: Of the result.
        outcome: What it is.
        seconds: How long it took, loading included.
    """
    counts, progress = outcome.manifest.counts, outcome.progress
    parts = len(outcome.manifest.parts)
    yield f"{folder}: {counts.records:,} records, {counts.rows:,} units of text, parts: {parts:,}"
    yield _line("verdict", _shares(counts.verdict, counts.rows))
    yield _line("written by", _shares(counts.route, counts.rows))
    yield _line("findings", _shares(counts.finding, counts.rows) or "none")
    yield _line("grade", _grades(counts))
    yield _line("without text", f"{counts.without_text:,} records")
    if counts.quarantined:
        yield _line("quarantine", f"{counts.quarantined:,}; why is in {folder / QUARANTINE}")
    if outcome.changes:
        yield from _changed(folder, outcome.changes)
    yield _line("this time", f"{progress.translated:,} units translated in {duration(seconds)}")


def _changed(folder: Path, changes: Changes) -> Iterator[str]:
    yield _line(
        "trials",
        f"{changes.trials_same:,} as they were, {changes.trials_changed:,} changed,"
        f" {changes.trials_new:,} new, {changes.trials_removed:,} gone",
    )
    yield _line(
        "units",
        f"{changes.rows_same:,} as they were, {changes.rows_new:,} new or changed,"
        f" {changes.rows_removed:,} gone; what is gone is in {folder / REMOVED}",
    )
    if not changes.same_versions:
        yield _line("versions", "other than those of the earlier run: all was translated again")


def _line(name: str, what: str) -> str:
    return f"  {name:<{_NAME_WIDTH}} {what}"


def _shares(found: Mapping[str, int], whole: int) -> str:
    most_first = sorted(found, key=lambda name: (-found[name], name))
    return ", ".join(f"{name} {found[name]:,} ({found[name] / whole:.1%})" for name in most_first)


def _grades(counts: Counts) -> str:
    grades = sorted((int(grade), count) for grade, count in counts.grade.items())
    if not grades:
        return "none"
    return f"half of the units are below {_below(grades, 0.5)}, nine of ten below {_below(grades, 0.9)}"


def _below(grades: list[tuple[int, int]], share: float) -> int:
    """The least whole grade below which that share of the units lies."""
    whole, so_far = sum(count for _, count in grades), 0
    for grade, count in grades:
        so_far += count
        if so_far >= share * whole:
            return grade + 1
    return grades[-1][0] + 1
