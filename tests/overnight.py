"""Small invented registries, and runs over them, in this process or in one that is killed."""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fakes import VERSIONS, FakeTranslator, criterion, translation
from studies import record

from translator.batch import Outcome, run
from translator.bulk.records import Options
from translator.errors import InputError
from translator.normalise import Normaliser
from translator.records import Criterion, NormalisedCriterion, TranslatedTrial, Translation, Trial

SMALL = Options(part_records=3)
NO_RESULT = frozenset({"log.jsonl", ".lock"})
_CHANGING = frozenset({"open", "os.rename", "os.remove", "os.mkdir"})


def text(*criteria: str) -> str:
    return "Inclusion Criteria:\n\n" + "".join(f"* {one}\n" for one in criteria)


def nct(number: int) -> str:
    return f"NCT9{number:07}"


def lines(trials: Mapping[int, str | None]) -> str:
    """A registry as JSON lines: numbers of trials, and their texts."""
    return "".join(json.dumps(record(words, nct(number))) + "\n" for number, words in trials.items())


def registry(count: int) -> dict[int, str | None]:
    return {number: text(f"Age {number} or older", "No gout", f"Dose {number} mg") for number in range(count)}


def result(folder: Path) -> dict[str, bytes]:
    """Every file of a result, by name."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in NO_RESULT)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def batch(source: Path, folder: Path, options: Options = SMALL, **more: Any) -> Outcome:
    return run(str(source), folder, more.pop("load", FakeTranslator), options, **more)


def killed(source: Path, folder: Path, at: int) -> bool:
    """Runs in a process that is killed right before it changes a file in the folder for the ``at``-th time.

    Returns:
        Whether it was; False where it was finished before.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["overnight"])
    process = context.Process(target=_run_to_death, args=(source, folder, at))
    process.start()
    process.join(120)
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def _run_to_death(source: Path, folder: Path, at: int) -> None:
    left = at

    def hook(event: str, arguments: Sequence[Any]) -> None:
        nonlocal left
        if event in _CHANGING and str(arguments[0]).startswith(f"{folder}{os.sep}"):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    batch(source, folder)


class Dying(FakeTranslator):
    """Kills its process at a trial whose text holds "boom"; only once where it may leave a mark."""

    def __init__(self, mark: Path | None = None) -> None:
        super().__init__()
        self._mark = mark

    def write(self, normalised: Sequence[NormalisedCriterion], least: Any) -> list[Translation]:
        if any("boom" in one.text for one in normalised) and not (self._mark and self._mark.exists()):
            if self._mark:
                self._mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().write(normalised, least)


class Waiting(FakeTranslator):
    """Leaves the number of its process, and waits without end."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        (place / str(os.getpid())).touch()

    def write(self, normalised: Sequence[NormalisedCriterion], least: Any) -> list[Translation]:
        while True:
            signal.pause()


def cannot_load() -> FakeTranslator:
    raise InputError("model", "is gone", "Bring it back")


class Reader:
    """Says of each criterion all that was understood of it, in the company that it was read in.

    Attributes:
        asked: The texts of all criteria so far.
    """

    versions = VERSIONS
    normaliser = Normaliser()

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(
        self, criteria: Sequence[Criterion], definitions: Mapping[str, str] | None = None
    ) -> list[NormalisedCriterion]:
        return self.normaliser.normalise(criteria, definitions)

    def write(self, normalised: Sequence[NormalisedCriterion], least: Any) -> list[Translation]:
        self.asked += [one.criterion.text for one in normalised]
        return [translation(one.criterion, one.model_dump_json(exclude={"criterion"})) for one in normalised]

    def translate_trial(self, trial: Trial) -> TranslatedTrial:
        assert trial.eligibility is None
        done = (translation(criterion("", "other", "note", "0"), "No text."),)
        return TranslatedTrial(trial=trial, translations=done, versions=VERSIONS)
