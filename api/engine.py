"""The translator behind the service: loaded once, and asked in batches that hold many requests."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import NamedTuple, TypeVar

import anyio
import anyio.to_thread
from fastapi import Request

from api.batcher import Batcher, Bounds, BusyError
from api.items import done_each
from api.metrics import Metrics
from api.problems import ClientLeftError, Problem, later
from api.settings import Settings
from translator import scoring
from translator.dialogue.endpoint import ChatError
from translator.errors import InputError
from translator.lexis.abbreviations import abbreviations_defined_in
from translator.pipeline import Translator
from translator.published import AuditReport
from translator.records import Criterion, NormalisedCriterion, Pair, TranslatedTrial, Translation, Trial
from translator.segment import segment

_RETRY_AFTER_SECONDS = 5
_Item = TypeVar("_Item")
_Done = TypeVar("_Done")
_log = logging.getLogger(__name__)


class _Reading:
    """The criteria of one request: read all together, when the first of them has its turn.

    How a criterion is understood depends on the others of its trial, and on no one else's.
    """

    def __init__(
        self,
        criteria: Sequence[Criterion],
        definitions: Mapping[str, str],
        min_fidelity: float | None,
        translator: Translator,
    ) -> None:
        self.criteria = criteria
        self.min_fidelity = min_fidelity
        self.translator = translator
        self._definitions = definitions
        self._read: list[NormalisedCriterion | Exception] | None = None
        self._lock = Lock()

    def read(self) -> list[NormalisedCriterion | Exception]:
        with self._lock:
            if self._read is None:
                work = partial(self.translator.read, definitions=self._definitions)
                self._read = done_each(work, self.criteria)
            return self._read


class _Unit(NamedTuple):
    """One criterion of a request."""

    reading: _Reading
    place: int


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
        turns = anyio.CapacityLimiter(settings.max_running)
        self._translations = Batcher("translate", _write, _unit_size, bounds, turns=turns, observer=metrics)
        self._audits = Batcher("audit", _audited, _pair_size, bounds, turns=turns, observer=metrics)

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
    ) -> list[Translation | Exception]:
        """Translate the criteria of one trial, or any others, as ``Translator.translate_criteria`` does.

        Args:
            criteria: They may be worked on in several batches, beside those of other requests.
            definitions: Abbreviations that the trial defines, with their long forms.
            min_fidelity: Overrides that of the translator.
            translator: One made of the engine's, with a glossary; the engine's own where None.
            client: Who waits for it; where they leave, what was not begun is dropped. Where it is None nobody
                does, and it takes as long as it takes.

        Returns:
            What came of each, in order: the translation, or the error that it raised.

        Raises:
            Problem: 503 where the translator is not loaded, too much waits already, it takes too long, or
                the model's endpoint cannot be used.
            ClientLeftError: The client did.
        """
        reading = _Reading(criteria, definitions or {}, min_fidelity, translator or self.translator)
        units = [_Unit(reading, place) for place in range(len(criteria))]
        outcomes = await self._outcomes(self._translations, units, client)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                self._metrics.failure("translate")
            else:
                self._metrics.translation(outcome.draft.route, outcome.fidelity.verdict)
        return outcomes

    async def translate_trial(self, trial: Trial, *, client: Request | None = None) -> TranslatedTrial:
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
            client=client,
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
        self, pairs: Sequence[Pair], *, client: Request | None = None
    ) -> list[AuditReport | Exception]:
        """Score given translations, as ``scoring.audit`` does; what came of each, in order.

        Raises:
            Problem: As for ``translate``.
            ClientLeftError: The client did.
        """
        outcomes = await self._outcomes(self._audits, pairs, client)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                self._metrics.failure("audit")
            else:
                self._metrics.audit(outcome.verdict)
        return outcomes

    async def _outcomes(
        self, batcher: Batcher[_Item, _Done], items: Sequence[_Item], client: Request | None
    ) -> list[_Done | Exception]:
        self.translator  # noqa: B018  nothing waits for a translator that may never be there
        try:
            pending = batcher.submit(items)
        except BusyError as busy:
            raise later("Too much waits already.", busy.retry_after) from None
        try:
            with anyio.move_on_after(math.inf if client is None else self._timeout) as patience:
                async with anyio.create_task_group() as tasks:
                    if client is not None:
                        tasks.start_soon(_leave_with, client, tasks.cancel_scope)
                    await pending.finished.wait()
                    tasks.cancel_scope.cancel()
        finally:
            batcher.drop(pending)
        if not pending.finished.is_set():
            if not patience.cancelled_caught:
                raise ClientLeftError
            raise later(f"It was not done within {self._timeout:g} seconds.", _RETRY_AFTER_SECONDS)
        outcomes = [one for one in pending.outcomes if one is not None]
        for outcome in outcomes:
            if isinstance(outcome, ChatError):
                _log.error("the model cannot be asked: %s", outcome)
                raise later("The model cannot be asked; see the log.", _RETRY_AFTER_SECONDS)
        return outcomes


def _write(units: Sequence[_Unit]) -> list[Translation | Exception]:
    """Writes what was read; criteria of one translator together, those of each glossary by themselves."""
    read = [unit.reading.read()[unit.place] for unit in units]
    done: dict[int, Translation | Exception] = {}
    groups: dict[Translator, list[tuple[int, NormalisedCriterion]]] = {}
    for place, one in enumerate(read):
        if isinstance(one, Exception):
            done[place] = one
        else:
            groups.setdefault(units[place].reading.translator, []).append((place, one))
    for translator, members in groups.items():
        asked = [(one, units[place].reading.min_fidelity) for place, one in members]
        written = done_each(partial(_written, translator), asked)
        done |= {place: outcome for (place, _), outcome in zip(members, written, strict=True)}
    return [done[place] for place in range(len(units))]


def _written(
    translator: Translator, asked: Sequence[tuple[NormalisedCriterion, float | None]]
) -> list[Translation]:
    return translator.write([one for one, _ in asked], [least for _, least in asked])


def _audited(pairs: Sequence[Pair]) -> list[AuditReport | Exception]:
    return done_each(scoring.audit, pairs)


def _unit_size(unit: _Unit) -> int:
    criterion = unit.reading.criteria[unit.place]
    return len(criterion.text) + len(criterion.context or "")


def _pair_size(pair: Pair) -> int:
    return len(pair.source) + len(pair.plain) + len(pair.context or "")


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
