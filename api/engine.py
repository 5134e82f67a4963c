"""The translator behind the service: loaded once, and asked in batches that hold many requests."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import anyio
import anyio.to_thread
from fastapi import Request

from api.batcher import Batcher, Bounds, BusyError
from api.line import Turns
from api.metrics import Metrics
from api.problems import ClientLeftError, Problem, later
from api.settings import Settings
from api.units import Reading, Unit, audited, pair_size, recalled, unit_size, write
from translator.dialogue.endpoint import ChatError
from translator.errors import InputError
from translator.lexis.abbreviations import abbreviations_defined_in
from translator.pipeline import Translator
from translator.published import AuditReport
from translator.records import Criterion, Pair, TranslatedTrial, Translation, Trial
from translator.segment import segment

_RETRY_AFTER_SECONDS = 5
_BUSY = "Too much waits already."
_MOST_AT_THE_DOOR = 128  # requests, one of which is looked up in the memory
_Item = TypeVar("_Item")
_Done = TypeVar("_Done")
_log = logging.getLogger(__name__)


class Engine:
    """Does what requests ask of the translator, off the event loop.

    Args:
        load: Gives the translator; called once, in a thread.
        settings: How much is worked on together, how much may wait, and for how long.
        metrics: Is told of batches and of what waits.
    """

    def __init__(self, load: Callable[[], Translator], settings: Settings, metrics: Metrics) -> None:
        self._load = load
        self._metrics = metrics
        self._timeout = settings.request_timeout
        self._translator: Translator | None = None
        self._failure: str | None = None
        bounds = Bounds(
            characters=settings.batch_characters,
            pause=settings.batch_pause,
            waiting=settings.max_waiting,
            wait=settings.max_wait,
        )
        turns = Turns(settings.max_running)
        self._max_wait = settings.max_wait
        self._door = anyio.CapacityLimiter(1)  # who reads keeps the interpreter busy
        self._translations = Batcher("translate", write, unit_size, bounds, turns=turns, observer=metrics)
        self._audits = Batcher("audit", audited, pair_size, bounds, turns=turns, observer=metrics)

    async def run(self) -> None:
        """Load the translator and serve until cancelled.

        Where it cannot be loaded, the reason is logged and the engine never gets ready.
        """
        try:
            self._translator = await anyio.to_thread.run_sync(self._load)
        except Exception as error:
            self._failure = type(error).__name__
            told = isinstance(error, InputError)  # such an error says itself what to do
            _log.error("the translator could not be loaded: %s", error, exc_info=not told)
            return
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._translations.run)
            tasks.start_soon(self._audits.run)

    @property
    def translator(self) -> Translator:
        """The translator.

        Raises:
            Problem: 503 until it is loaded.
        """
        if self._translator is None:
            if self._failure:
                raise Problem(503, f"The translator could not be loaded ({self._failure}); see the log.")
            raise later("The translator is being loaded.", _RETRY_AFTER_SECONDS)
        return self._translator

    async def ready(self) -> None:
        """A check of readiness.

        Raises:
            Problem: 503 until the translator is loaded.
        """
        self.translator  # noqa: B018

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return self._translations.waiting + self._audits.waiting

    async def translate(
        self,
        criteria: Sequence[Criterion],
        *,
        definitions: Mapping[str, str] | None = None,
        min_fidelity: float | None = None,
        translator: Translator | None = None,
        client: Request | None = None,
        background: bool = False,
    ) -> list[Translation | Exception]:
        """Translate the criteria of one trial, or any others, as ``Translator.translate_criteria`` does.

        Args:
            criteria: They may be worked on in several batches, beside those of other requests.
            definitions: Abbreviations that the trial defines, with their long forms.
            min_fidelity: Overrides that of the translator.
            translator: One made of the engine's, with a glossary; the engine's own where None.
            client: Who waits for it; where they leave, what was not begun is dropped.
            background: Whether nobody waits for it: it takes as long as it takes, and others go before.

        Returns:
            What came of each, in order: the translation, or the error that it raised.

        Raises:
            Problem: 503 where the translator is not loaded, too much waits already, it takes too long, or
                the model's endpoint cannot be used.
            ClientLeftError: The client did.
        """
        reading = Reading(criteria, definitions or {}, min_fidelity, translator or self.translator)
        known = await self._remembered(reading)
        units = [Unit(reading, place) for place, one in enumerate(known) if one is None]
        done = iter(await self._outcomes(self._translations, units, client, background) if units else ())
        outcomes = [next(done) if one is None else one for one in known]
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                self._metrics.failure("translate")
            else:
                self._metrics.translation(outcome.draft.route, outcome.fidelity.verdict)
        return outcomes

    async def _remembered(self, reading: Reading) -> Sequence[Translation | None]:
        """What a memory knows of it, in order: that need not wait in the line.

        Raises:
            Problem: 503 where too many ask at once.
        """
        if reading.translator.memory is None:
            return [None] * len(reading.criteria)
        if self._door.statistics().tasks_waiting >= _MOST_AT_THE_DOOR:
            raise later(_BUSY, _RETRY_AFTER_SECONDS)
        known = await anyio.to_thread.run_sync(recalled, reading, limiter=self._door)
        self._metrics.remembered(sum(one is not None for one in known))
        return known

    async def translate_trial(self, trial: Trial) -> TranslatedTrial:
        """Translate a whole trial, as ``Translator.translate_trial`` does.

        Raises:
            Problem: As for ``translate``.
            Exception: What was raised for one of its criteria: a trial without it would be another.
        """
        if trial.eligibility is None:
            return self.translator.translate_trial(trial)
        outcomes = await self.translate(
            await anyio.to_thread.run_sync(segment, trial.eligibility),
            definitions=abbreviations_defined_in(trial.eligibility),
        )
        translations = []
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
            translations.append(outcome)
        return TranslatedTrial(
            trial=trial, translations=tuple(translations), versions=self.translator.versions
        )

    async def audit(
        self, pairs: Sequence[Pair], *, client: Request | None = None, background: bool = False
    ) -> list[AuditReport | Exception]:
        """Score given translations, as ``scoring.audit`` does; what came of each, in order.

        Raises:
            Problem: As for ``translate``.
            ClientLeftError: The client did.
        """
        outcomes = await self._outcomes(self._audits, pairs, client, background)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                self._metrics.failure("audit")
            else:
                self._metrics.audit(outcome.verdict)
        return outcomes

    async def _outcomes(
        self,
        batcher: Batcher[_Item, _Done],
        items: Sequence[_Item],
        client: Request | None,
        background: bool,
    ) -> list[_Done | Exception]:
        self.translator  # noqa: B018  nothing waits for a translator that may never be there
        late = False

        async def in_time(scope: anyio.CancelScope) -> None:
            """Cancels the scope when it was not begun in good time."""
            nonlocal late
            with anyio.move_on_after(self._max_wait):
                await pending.begun.wait()
            if late := batcher.is_late(pending):
                scope.cancel()

        try:
            pending = batcher.submit(items, background=background)
        except BusyError as busy:
            raise later(_BUSY, busy.retry_after) from None
        try:
            with anyio.move_on_after(math.inf if background else self._timeout) as patience:
                async with anyio.create_task_group() as tasks:
                    if not background:
                        tasks.start_soon(in_time, tasks.cancel_scope)
                    if client is not None:
                        tasks.start_soon(_leave_with, client, tasks.cancel_scope)
                    await pending.finished.wait()
                    tasks.cancel_scope.cancel()
        finally:
            batcher.drop(pending)
        if not pending.finished.is_set():
            if late:
                raise later(_BUSY, batcher.refusal(pending).retry_after)
            if not patience.cancelled_caught:
                raise ClientLeftError
            raise later(f"It was not done within {self._timeout:g} seconds.", _RETRY_AFTER_SECONDS)
        outcomes = [one for one in pending.outcomes if one is not None]
        for outcome in outcomes:
            if isinstance(outcome, ChatError):
                _log.error("the model cannot be asked: %s", outcome)
                raise later("The model cannot be asked; see the log.", _RETRY_AFTER_SECONDS)
        return outcomes


async def _leave_with(client: Request, scope: anyio.CancelScope) -> None:
    """Cancels the scope when the client leaves."""
    while (await client.receive())["type"] != "http.disconnect":
        pass  # the end of a body that nobody reads
    scope.cancel()


def engine_of(request: Request) -> Engine:
    """The engine of the app that got the request, as a FastAPI dependency."""
    engine: Engine = request.app.state.engine
    return engine


def settings_of(request: Request) -> Settings:
    """The settings of the app that got the request, as a FastAPI dependency."""
    settings: Settings = request.app.state.settings
    return settings
