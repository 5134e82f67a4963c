"""The work of a batch on a Ray cluster: actors that load the translator once; no other module imports Ray.

Reading, and writing the parts in their order, stay with the process that started the run, so the bytes are
those of the local engine. An actor that was ended is started anew, and asked again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import cycle
from typing import Any

from translator.bulk.engines import AHEAD, Engine, Load, in_order
from translator.bulk.making import make
from translator.bulk.records import Part, PartFormat, Work
from translator.errors import InputError
from translator.pipeline import Translator
from translator.records import Versions

# Ray would send figures of its use to its makers.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

try:
    import ray
    from ray.exceptions import RayActorError, RayTaskError
except ImportError:
    raise InputError("--engine ray", "needs Ray", "Install the extra cluster") from None

RETRIES = 3
"""How often an actor is started anew, and how often a piece of work is asked for again."""


@contextmanager
def actors(load: Load, form: PartFormat, workers: int) -> Iterator[Engine]:
    """Starts actors on the cluster that ``RAY_ADDRESS`` names, or on this machine.

    Args:
        load: Loads a translator, once in each actor.
        form: What the parts' files are.
        workers: How many actors; each takes a processor for itself.

    Raises:
        InputError: There are fewer processors than actors, or an actor was ended too often.
    """
    ray.init(log_to_driver=False, logging_level="error", include_dashboard=False)
    try:
        there = int(ray.cluster_resources().get("CPU", 0))
        if workers > there:
            raise InputError(
                "--workers", f"asks for {workers} actors where there are {there} processors", "Ask for fewer"
            )
        remote = ray.remote(num_cpus=1, max_restarts=RETRIES, max_task_retries=RETRIES)(_Worker)
        started = [remote.remote(load, form) for _ in range(workers)]
        turn = cycle(started)

        def submit(work: Work) -> Any:
            return next(turn).make.remote(work)

        yield Engine(
            _answer(started[0].versions.remote()),
            lambda works: in_order(works, submit, _answer, AHEAD * workers),
        )
    finally:
        ray.shutdown()


class _Worker:
    """What an actor does."""

    def __init__(self, load: Load, form: PartFormat) -> None:
        self._load = load
        self._form = form

    @cached_property
    def _translator(self) -> Translator:
        # Not when the actor begins: Ray would tell that it died, and not of what.
        return self._load()

    def versions(self) -> Versions:
        return self._translator.versions

    def make(self, work: Work) -> Part:
        return make(self._translator, work, self._form)


def _answer(reference: Any) -> Any:
    try:
        return ray.get(reference)
    except RayTaskError as error:
        raise error.cause from None
    except RayActorError as error:
        raise InputError(
            "worker",
            f"was ended {RETRIES + 1} times, or cannot be started: {error}",
            "Mend that, or ask for fewer --workers, and run the command again: it goes on where it stood",
        ) from None
