"""The engine answers as the translator does, however its batches fall out."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import anyio
import pytest
from fakes import ScriptedModel

from api.engine import Engine
from api.metrics import Metrics
from api.problems import Problem
from api.settings import Settings
from translator.generate import GREEDY, ModelWriter
from translator.memory import Memory
from translator.pipeline import Translator
from translator.records import TranslatedTrial, Trial
from translator.templates import TemplateWriter

# What AS and MS mean is decided by the other criteria of a trial, or by what it defines anywhere.
TRIALS = [
    Trial(id=trial_id, eligibility="\n".join(["Inclusion Criteria:", "", *(f"* {line}" for line in lines)]))
    for trial_id, lines in {
        "spine": ["Ankylosing spondylitis of the spine", "Active AS", "Age ≥ 18 years", "No MS"],
        "valve": [
            "Severe calcified aortic valve, gradient above 40 mmHg",
            "Symptomatic AS",
            "Age ≥ 65 years",
        ],
        "own": [
            "Apple syndrome (AS) since birth",
            "AS that is treated",
            "Platelets ≥ 100 × 10^9/L",
            "unclear",
        ],
        "none": ["AS"],
    }.items()
] + [Trial(id="empty", eligibility=None)]


@pytest.fixture(scope="module")
def translator() -> Translator:
    model = ScriptedModel(always=["You must be 18 or older."])
    return Translator((ModelWriter(model, GREEDY), TemplateWriter()), model.version)


async def _translated(engine: Engine, trials: Sequence[Trial]) -> dict[str | None, TranslatedTrial]:
    done: dict[str | None, TranslatedTrial] = {}

    async def one(trial: Trial) -> None:
        done[trial.id] = await engine.translate_trial(trial)

    async with anyio.create_task_group() as service:
        service.start_soon(engine.run)
        while True:
            with suppress(Problem):
                await engine.ready()
                break
            await anyio.sleep(0.01)
        async with anyio.create_task_group() as tasks:
            for trial in trials:
                tasks.start_soon(one, trial)
        service.cancel_scope.cancel()
    return done


@pytest.mark.parametrize("characters", [1, 150, 100_000])
def test_answers_are_those_of_the_translator_whoever_asks_beside(
    translator: Translator, characters: int
) -> None:
    engine = Engine(lambda: translator, Settings(batch_characters=characters, max_wait=600), Metrics())
    done = anyio.run(_translated, engine, TRIALS)
    assert done == {trial.id: translator.translate_trial(trial) for trial in TRIALS}


def test_what_a_memory_knows_is_answered_without_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedModel(always=["You must be 18 or older."])
    writers = (ModelWriter(model, GREEDY), TemplateWriter())
    translator = Translator(writers, model.version, memory=Memory(tmp_path / "memory.db"))
    trials = TRIALS[:-1]  # the last has no text
    known = {trial.id: translator.translate_trial(trial) for trial in trials}

    def write(*_: object) -> None:
        raise AssertionError("nothing is left to write")

    monkeypatch.setattr(translator, "write", write)
    metrics = Metrics()
    done = anyio.run(_translated, Engine(lambda: translator, Settings(), metrics), trials)
    assert done == known
    units = sum(len(one.translations) for one in known.values())
    assert f"plaincriteria_remembered_total {units}.0" in metrics.told().decode()
