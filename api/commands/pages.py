"""What the commands ``page`` and ``site`` do."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from api.commands.tally import Tally, told
from api.output import ReaderGoneError, complain, output
from api.settings import Settings
from translator.dialogue.endpoint import ChatError
from translator.errors import InputError
from translator.inputs import read_studies
from translator.page import Form, Order, render
from translator.pipeline import Translator
from translator.records import TranslatedTrial, Trial, Unreadable
from translator.site import build
from translator.study import Study


def page(source: str, out: str | None, *, form: Form, order: Order, model: str | None) -> int:
    """Write the page of one trial.

    Args:
        source: An NCT id, the path of a record, or ``-``.
        out: File to write; None for standard output.
        form: The page, or its print version.
        order: Whether the rules are in groups or in the protocol's order.
        model: As for ``texts.translate``.

    Returns:
        The exit status: 2 where the rules could not be translated, which the page then says.

    Raises:
        InputError: The record, the model or the output cannot be used, or there are several records.
    """
    studies = tuple(_first_two(source))
    if len(studies) > 1:
        raise InputError(source, "holds more than one record", "Make a site of them: plaincriteria site")
    tally = Tally()
    translated = _Translating(model, tally)(studies[0].trial)
    with output(out) as write:
        try:
            write(render(studies[0], translated, form=form, order=order))
        except ReaderGoneError:
            return 0
    return 2 if tally.set_aside else 0


def site(sources: Sequence[str], folder: Path, *, base_url: str | None, model: str | None) -> int:
    """Write or bring up to date a static site; tell how many trials it took.

    Args:
        sources: As the command line takes them.
        folder: Of the site.
        base_url: Where it will be published.
        model: As for ``texts.translate``.

    Returns:
        The exit status.

    Raises:
        InputError: The model or the folder cannot be used.
    """
    tally = Tally()
    translating = _Translating(model, tally)
    written = unchanged = 0
    studies = _identified(told(sources, read_studies, tally), tally)
    for _, changed in build(studies, folder, translating, translating.translator.versions, base_url):
        written += changed
        unchanged += not changed
    print(f"{folder}: {written} written, {unchanged} unchanged")
    return tally.status() or (2 if written + unchanged == 0 else 0)


class _Translating:
    """Translates trial by trial; what fails is told and counted, and has a page that says so."""

    def __init__(self, model: str | None, tally: Tally) -> None:
        settings = Settings.from_environment()
        self.translator = Translator.load(
            settings.writer(model), min_fidelity=settings.min_fidelity, memory=settings.memory
        )
        self._tally = tally

    def __call__(self, trial: Trial) -> TranslatedTrial | None:
        try:
            return self.translator.translate_trial(trial)
        except ChatError:  # no trial is at fault, and each of the others would come to the same
            raise
        except Exception as error:  # a fault at one trial must not take the others along
            what = f"cannot be translated, a fault of the program ({type(error).__name__}: {error})"
            complain(trial.id or "record", what, "Please report it with its input")
            self._tally.set_aside += 1
            return None


def _first_two(source: str) -> Iterator[Study]:
    for count, item in enumerate(read_studies(source), 1):
        if isinstance(item, Unreadable):
            raise InputError(item.where, item.what, item.remedy)
        yield item
        if count == 2:
            return


def _identified(studies: Iterator[Study], tally: Tally) -> Iterator[Study]:
    for study in studies:
        if study.trial.id is None:
            complain(
                study.trial.title or "record", "has no NCT id", "Give records with their identificationModule"
            )
            tally.set_aside += 1
        else:
            yield study
