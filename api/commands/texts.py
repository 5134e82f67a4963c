"""What the commands do: read, translate or audit or cut, and write, item by item."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from api import COMMAND, formats, report_page, reports
from api.commands.memories import remembered
from api.commands.tally import Tally, Writer, told, told_in_place, written
from api.output import complain
from api.reports import Audited, Judged
from api.settings import Settings
from api.terminal import Screen, audit_text, translation_text
from api.view import needs_review
from translator import scoring
from translator.dialogue.endpoint import ChatError
from translator.errors import InputError
from translator.inputs import read, read_pairs
from translator.intake.recognition import InputFormat
from translator.pipeline import Translator
from translator.records import CriteriaList, Criterion, Pair, TranslatedTrial, Trial, Unreadable
from translator.segment import segment as cut

_AUDITED_AT_ONCE = 512  # the consistency model takes pairs of one length together, so many find company


def translate(
    inputs: Sequence[str],
    out: str | None,
    *,
    form: str | None,
    input_format: InputFormat | None,
    min_fidelity: float | None,
    model: str | None,
    glossary: Path | None,
    memory: Path | None,
    originals: bool,
    strict: bool,
) -> int:
    """Translate the inputs, each as it is read; what cannot be read is told, and the others are finished.

    Args:
        inputs: As the command line takes them.
        out: File to write; None for standard output.
        form: One of the command's formats; None chooses by where it goes.
        input_format: The kind that every input is; None recognises it.
        min_fidelity: Least score that counts as faithful; None takes the environment's or the scorer's own.
        model: Folder, name or address; None takes the environment's or the one that ships.
        glossary: File of a user's own words for terms.
        memory: File of a memory of translations; None takes the environment's, or none.
        originals: Whether documents for people show the protocol's words.
        strict: Whether 1 is returned where something needs review or could not be read.

    Returns:
        The exit status.

    Raises:
        InputError: The settings, the model or the output cannot be used.
    """
    settings = Settings.from_environment()
    form = form or _usual_format(out)
    screen = _screen(out, form)
    writers: dict[str, Writer[TranslatedTrial]] = {
        "text": partial(translation_text, screen=screen, originals=originals),
        "json": formats.json_document,
        "jsonl": formats.json_lines,
        "html": partial(formats.html, originals=originals),
        "markdown": partial(formats.markdown, originals=originals),
    }
    tally = Tally()

    def load() -> Translator:
        least = settings.min_fidelity if min_fidelity is None else min_fidelity
        return Translator.load(
            settings.writer(model),
            min_fidelity=least,
            memory=memory or settings.memory,
            glossary=glossary,
        )

    trials = _translated(told(inputs, partial(read, input_format=input_format), tally), load, tally)
    return written(out, writers[form], trials, screen.encoding, tally, strict=strict)


def audit(source: str, out: str | None, *, form: str | None, strict: bool) -> int:
    """Score each pair of the source, in order; one that cannot be read has its error in its place.

    Args:
        source: Pairs, as ``translator.inputs.read_pairs`` takes them.
        out: File to write; None for standard output.
        form: ``jsonl``, ``text``, ``html`` or ``csv``; None chooses by where it goes.
        strict: Whether 1 is returned where a pair is not faithful or could not be read.

    Returns:
        The exit status; 2 where there was no pair that could be read.

    Raises:
        InputError: The output cannot be used.
    """
    form = form or _usual_format(out)
    screen = _screen(out, form)
    name = "standard input" if source == "-" else Path(source).name
    writers: dict[str, Writer[Audited]] = {
        "text": partial(audit_text, screen=screen),
        "jsonl": reports.jsonl,
        "html": lambda audited: report_page.page(audited, name, scoring.scorer().signature),
        "csv": reports.table,
    }
    tally = Tally()
    audited = _audited(told_in_place([source], read_pairs, tally), tally)
    status = written(out, writers[form], audited, screen.encoding, tally, strict=strict)
    return status if tally.done else 2


def segment(inputs: Sequence[str], out: str | None, *, input_format: InputFormat | None) -> int:
    """Cut the eligibility text of each input into its units.

    Args:
        inputs: As the command line takes them.
        out: File to write; None for standard output.
        input_format: The kind that every input is; None recognises it.

    Returns:
        The exit status.

    Raises:
        InputError: The output cannot be used.
    """
    tally = Tally()
    units = _cut(told(inputs, partial(read, input_format=input_format), tally))
    return written(out, formats.segment_lines, units, "utf-8", tally)


def _translated(
    read_items: Iterable[Trial | CriteriaList], load: Callable[[], Translator], tally: Tally
) -> Iterator[TranslatedTrial]:
    translator: Translator | None = None
    try:
        for item in read_items:
            # Loading takes seconds; an input that cannot be read is told before.
            translator = translator or load()
            try:
                trial = _translation(translator, item)
            except ChatError:  # no item is at fault, and each of the others would come to the same
                raise
            except Exception as error:  # a fault at one item must not take a registry of others along
                name = item.id or "text" if isinstance(item, Trial) else item.name
                what = f"cannot be translated, a fault of the program ({type(error).__name__}: {error})"
                complain(name, what, "Please report it with its input")
                tally.set_aside += 1
                continue
            tally.review += sum(map(needs_review, trial.translations))
            yield trial
    finally:
        if translator and translator.usage:
            print(f"{COMMAND}: {translator.versions.model}: {translator.usage}", file=sys.stderr)
        if translator and translator.memory:
            print(f"{COMMAND}: {remembered(translator.memory)}", file=sys.stderr)


def _translation(translator: Translator, item: Trial | CriteriaList) -> TranslatedTrial:
    if isinstance(item, Trial):
        return translator.translate_trial(item)
    return TranslatedTrial(
        trial=Trial(title=item.name),
        translations=tuple(translator.translate_criteria(item.criteria)),
        versions=translator.versions,
    )


def _audited(pairs: Iterable[Pair | Unreadable], tally: Tally) -> Iterator[Audited]:
    remaining = iter(pairs)
    while batch := list(islice(remaining, _AUDITED_AT_ONCE)):
        judged = iter(_judged([one for one in batch if isinstance(one, Pair)], tally))
        for one in batch:
            yield one if isinstance(one, Unreadable) else next(judged)


def _judged(pairs: Sequence[Pair], tally: Tally) -> list[Audited]:
    try:
        found = [Judged(*one) for one in zip(pairs, scoring.audit(pairs), strict=True)]
    except InputError:  # no pair is at fault: the scorer cannot be loaded
        raise
    except Exception as error:  # a fault at one pair must not take the others along
        if len(pairs) > 1:
            return [one for pair in pairs for one in _judged([pair], tally)]
        what = f"cannot be audited, a fault of the program ({type(error).__name__}: {error})"
        told = InputError(pairs[0].id, what, "Please report it with its input")
        complain(told.where, told.what, told.remedy)
        tally.set_aside += 1
        return [told.unreadable()]
    tally.done += len(found)
    tally.review += sum(one.report.verdict != "faithful" for one in found)
    return [*found]


def _cut(read_items: Iterable[Trial | CriteriaList]) -> Iterator[tuple[str | None, Criterion]]:
    for item in read_items:
        if isinstance(item, CriteriaList):
            yield from ((None, criterion) for criterion in item.criteria)
        elif item.eligibility is None:
            complain(item.id or "record", "has no eligibility text", "There is nothing to cut")
        else:
            yield from ((item.id, criterion) for criterion in cut(item.eligibility))


def _usual_format(out: str | None) -> str:
    return "text" if out is None and sys.stdout.isatty() else "jsonl"


def _screen(out: str | None, form: str) -> Screen:
    if out is None and form == "text":
        return Screen.of_terminal(sys.stdout.encoding, colour=sys.stdout.isatty())
    return Screen()
