"""The translator behind the service: loaded once, run in threads, never more than a few at a time."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import anyio
import anyio.to_thread
from fastapi import Request

from api.problems import Problem
from api.settings import Settings
from translator import pipeline
from translator.dialogue.endpoint import ChatError
from translator.errors import InputError
from translator.pipeline import Translator
from translator.records import AuditReport, Criterion, Pair, TranslatedTrial, Translation, Trial

_RETRY_AFTER_SECONDS = 5
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Engine:
    """Runs blocking work on the translator off the event loop.

    Args:
        load: Gives the translator; called once, in a thread.
        settings: How many may run and wait.
    """

    def __init__(self, load: Callable[[], Translator], settings: Settings) -> None:
        self._load = load
        self._turns = anyio.CapacityLimiter(settings.max_running)
        self._max_waiting = settings.max_waiting
        self._translator: Translator | None = None
        self._failure: str | None = None

    async def load(self) -> None:
        """Load the translator; where that fails, the reason is logged and the engine never gets ready."""
        try:
            self._translator = await anyio.to_thread.run_sync(self._load)
        except Exception as error:
            self._failure = type(error).__name__
            told = isinstance(error, InputError)  # such an error says itself what to do
            _log.error("the translator could not be loaded: %s", error, exc_info=not told)

    @property
    def translator(self) -> Translator:
        """The translator.

        Raises:
            Problem: 503 until it is loaded.
        """
        if self._translator is None:
            if self._failure:
                raise Problem(503, f"The translator could not be loaded ({self._failure}); see the log.")
            raise _later("The translator is being loaded.")
        return self._translator

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._turns.statistics().tasks_waiting

    async def run(self, work: Callable[[Translator], _T]) -> _T:
        """Do the work in a thread when its turn comes.

        Raises:
            Problem: 503 where the translator is not loaded, too many wait already, or the model's endpoint
                cannot be used.
        """
        translator = self.translator
        if self.waiting >= self._max_waiting:
            raise _later("Too many requests wait already.")
        try:
            return await anyio.to_thread.run_sync(work, translator, limiter=self._turns)
        except ChatError as error:
            _log.error("the model cannot be asked: %s", error)
            raise _later("The model cannot be asked; see the log.") from None

    async def translate(
        self,
        criteria: Sequence[Criterion],
        *,
        definitions: Mapping[str, str] | None = None,
        min_fidelity: float | None = None,
    ) -> list[Translation | Exception]:
        """What came of each criterion, in order."""

        def work(translator: Translator) -> list[Translation | Exception]:
            def one(part: Sequence[Criterion]) -> list[Translation]:
                return translator.translate_criteria(part, definitions=definitions, min_fidelity=min_fidelity)

            return _each(one, criteria)

        return await self.run(work)

    async def audit(self, pairs: Sequence[Pair]) -> list[AuditReport | Exception]:
        """What came of each pair, in order."""
        return await self.run(lambda _: _each(pipeline.audit, pairs))

    async def translate_trial(self, trial: Trial) -> TranslatedTrial:
        """Translate a whole trial."""
        return await self.run(lambda translator: translator.translate_trial(trial))


def _each(work, items):  # type: ignore
    try:
        return list(work(items))
    except ChatError:
        raise
    except Exception as error:
        if len(items) == 1:
            return [error]
    return [outcome for item in items for outcome in _each(work, [item])]


def _later(detail: str) -> Problem:
    return Problem(503, detail, headers={"Retry-After": str(_RETRY_AFTER_SECONDS)})


def engine_of(request: Request) -> Engine:
    """The engine of the app that got the request, as a FastAPI dependency."""
    engine: Engine = request.app.state.engine
    return engine


def settings_of(request: Request) -> Settings:
    """The settings of the app that got the request, as a FastAPI dependency."""
    settings: Settings = request.app.state.settings
    return settings
