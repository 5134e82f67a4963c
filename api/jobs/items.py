"""What a job's input holds, item by item, and the lines of its result."""

from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import anyio.to_thread

from api.engine import Engine
from api.items import ItemError, blame
from api.problems import fault, problem, too_large
from api.settings import Settings
from api.store.jobs import Job
from translator.errors import InputError
from translator.inputs import read, read_pairs
from translator.lexis.abbreviations import abbreviations_defined_in
from translator.published import AuditReport, PublishedTranslation, publish
from translator.records import CriteriaList, Criterion, Pair, Trial, Unreadable
from translator.segment import segment

TOGETHER = 16
"""Criteria of a list, or pairs, that are worked on together."""


class JobItemError(ItemError):
    """A line in the place of one that could not be made."""

    trial_id: str | None = None


Item: TypeAlias = Trial | Criterion | Pair | JobItemError
Line: TypeAlias = PublishedTranslation | AuditReport | JobItemError


def items(job: Job, path: Path) -> Iterator[Item]:
    """The items of a job's input: trials, or the criteria or pairs of a list; an error for an unreadable one.

    Args:
        job: Says what the input is.
        path: Where it is; messages call it by the job's name for it.

    Raises:
        InputError: The input is no good as a whole.
    """
    try:
        found = read_pairs(str(path)) if job.task == "audit" else read(str(path), job.input_format)
        for one in found:
            if isinstance(one, CriteriaList):
                yield from one.criteria
            elif isinstance(one, Unreadable):
                where = one.where.replace(str(path), job.name)
                yield JobItemError(id=where, error=problem(422, f"{one.what}. {one.remedy}."))
            else:
                yield one
    except InputError as error:
        raise InputError(error.where.replace(str(path), job.name), error.what, error.remedy) from None


def portions(found: Iterator[Item]) -> Generator[list[Item]]:
    """Puts items together that are worked on together: a trial alone, others by ``TOGETHER``."""
    portion: list[Item] = []
    for item in found:
        if isinstance(item, Trial):
            if portion:
                yield portion
                portion = []
            yield [item]
        else:
            portion.append(item)
            if len(portion) == TOGETHER:
                yield portion
                portion = []
    if portion:
        yield portion


def after(found: Iterator[Item], count: int) -> Iterator[Item]:
    """The items behind the first so many."""
    next(islice(found, count, count), None)
    return found


async def lines(portion: Sequence[Item], job: Job, engine: Engine, settings: Settings) -> list[Line]:
    """Does the work.

    Args:
        portion: As ``portions`` gives it.
        job: Says which work.
        engine: Does it.
        settings: How large one item may be.

    Returns:
        A line for each unit of a trial, or for each other item, in order.

    Raises:
        Problem: 503 where the work cannot be done now.
    """
    if isinstance(portion[0], Trial):
        return await _of_trial(portion[0], job, engine, settings)
    held = [_held(item, settings) for item in portion]
    pairs = [item for item in held if isinstance(item, Pair)]
    criteria = [item for item in held if isinstance(item, Criterion)]
    done: Iterator[Line] = iter(
        [
            *_audited(pairs, await engine.audit(pairs, background=True) if pairs else []),
            *(await _translated(None, criteria, {}, job, engine) if criteria else []),
        ]
    )
    return [item if isinstance(item, JobItemError) else next(done) for item in held]


async def _of_trial(trial: Trial, job: Job, engine: Engine, settings: Settings) -> list[Line]:
    text = trial.eligibility
    if text is None:
        translated = await engine.translate_trial(trial)
        return [publish(one, trial.id, translated.versions) for one in translated.translations]
    if len(text) > settings.max_text_characters:
        refusal = too_large(
            "max_text_characters", settings.max_text_characters, len(text), "Characters of text"
        )
        return [JobItemError(trial_id=trial.id, id=trial.id or job.name, error=refusal.problem)]
    units = await anyio.to_thread.run_sync(segment, text)
    return await _translated(trial.id, units, abbreviations_defined_in(text), job, engine)


async def _translated(
    trial_id: str | None, criteria: Sequence[Criterion], definitions: dict[str, str], job: Job, engine: Engine
) -> list[Line]:
    outcomes = await engine.translate(
        criteria, definitions=definitions, min_fidelity=job.min_fidelity, background=True
    )
    versions = engine.translator.versions
    return [
        JobItemError(trial_id=trial_id, id=criterion.id, error=fault(outcome))
        if isinstance(outcome, Exception)
        else publish(outcome, trial_id, versions)
        for criterion, outcome in zip(criteria, outcomes, strict=True)
    ]


def _audited(pairs: Sequence[Pair], outcomes: Sequence[AuditReport | Exception]) -> list[Line]:
    return [
        JobItemError(id=pair.id, error=fault(outcome)) if isinstance(outcome, Exception) else outcome
        for pair, outcome in zip(pairs, outcomes, strict=True)
    ]


def _held(item: Item, settings: Settings) -> Item:
    """The item, or the error that it is too long."""
    if isinstance(item, Criterion):
        refusal = blame(item.id, {"text": item.text, "context": item.context}, settings)
    elif isinstance(item, Pair):
        texts = {"source": item.source, "plain": item.plain, "context": item.context}
        refusal = blame(item.id, texts, settings)
    else:
        return item
    return item if refusal is None else JobItemError(id=refusal.id, error=refusal.error)
