"""Trials that are translated once and kept, and looked at again when they may have changed."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread
import sqlalchemy as sa

from api.engine import Engine
from api.items import check_characters
from api.problems import Problem, later
from api.settings import Settings
from api.store import trials
from api.store.trials import KeptTrial, Obtained, Source
from translator.client import Fetched, RegistryClient, RegistryError
from translator.errors import InputError
from translator.records import TranslatedTrial
from translator.study import Study, read_study

# Who found the registry out of reach has waited for it; others shall not, so soon.
_LEFT_ALONE = timedelta(minutes=1)
# Each may take as long as the client's patience, in a thread.
_MOST_ASKING, _MOST_WAITING = 4, 32
_SECTION = "protocolSection"  # all that is read of a record; results can be far larger
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Held:
    """A trial out of the library.

    Attributes:
        study: What the record tells.
        translated: The translation of its criteria.
        kept: When and whence it came.
        stale: Whether it should have been compared with the registry, and could not be.
    """

    study: Study
    translated: TranslatedTrial
    kept: KeptTrial
    stale: bool = False


class Library:
    """Gives trials, and keeps them.

    Args:
        store: Where they are kept.
        engine: Translates.
        client: Asks the registry.
        settings: How long a trial is good, and how large it may be.
        now: Tells the time.
    """

    def __init__(
        self,
        store: sa.Engine,
        engine: Engine,
        client: RegistryClient,
        settings: Settings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._engine = engine
        self._client = client
        self._settings = settings
        self._now = now
        self._good_for = timedelta(hours=settings.trial_hours)
        self._asked_again_at = datetime.min.replace(tzinfo=UTC)
        self._line = anyio.CapacityLimiter(_MOST_ASKING)
        self._locks: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    async def put(self, record: Mapping[str, object]) -> Held:
        """Translates and keeps a record that somebody gives.

        Raises:
            Problem: 422 for what is no record or has no NCT id; 413 and 503 as for a translation.
        """
        try:
            nct_id = read_study(record, "record").trial.id
        except InputError as error:
            raise Problem(422, f"{error.what}. {error.remedy}.") from None
        if nct_id is None:
            raise Problem(422, f"{_SECTION}.identificationModule.nctId is missing: a trial is kept by it.")
        async with self._lock(nct_id):
            kept = await anyio.to_thread.run_sync(trials.find, self._store, nct_id)
            return await self._held(self._obtained(nct_id, record, "posted", None), kept)

    async def get(self, nct_id: str) -> Held:
        """Gives a trial as the registry has it, or as it was when that could last be asked.

        Args:
            nct_id: In capitals.

        Raises:
            Problem: 404, 502 or 504 where it is not kept and the registry does not give it; 413 and 503 as
                for a translation.
        """
        self._engine.translator  # noqa: B018  a service that is not ready asks nobody
        async with self._lock(nct_id):
            kept = await anyio.to_thread.run_sync(trials.find, self._store, nct_id)
            if kept is None:
                return await self._held(await self._first(nct_id), None)
            if self._now() - kept.checked_at < self._good_for:
                return await self._held(kept, kept)
            newest = await self._compared(kept)
            return await self._held(newest or kept, kept, stale=newest is None)

    def _lock(self, nct_id: str) -> anyio.Lock:
        """Many may ask for the same trial at once; one of them does the work."""
        return self._locks.setdefault(nct_id, anyio.Lock())

    async def _held(self, obtained: Obtained, kept: KeptTrial | None, *, stale: bool = False) -> Held:
        """Translates what is not translated yet by this code, and keeps it."""
        study = await anyio.to_thread.run_sync(_study, obtained)
        versions = self._engine.translator.versions.model_dump_json()
        before = None
        if kept is not None and kept.versions == versions:
            before = await anyio.to_thread.run_sync(TranslatedTrial.model_validate_json, kept.translated)
        if kept is not None and before is not None and before.trial.eligibility == study.trial.eligibility:
            if obtained is kept:
                return Held(study, before, kept, stale)
            translated, since = before.model_copy(update={"trial": study.trial}), kept.translated_at
        else:
            check_characters([study.trial.eligibility], self._settings)
            translated, since = await self._engine.translate_trial(study.trial), self._now()
        now_kept = KeptTrial(
            **obtained.model_dump(include=set(Obtained.model_fields)),
            translated=translated.model_dump_json(),
            versions=versions,
            etag=hashlib.sha256((obtained.record + versions).encode()).hexdigest(),
            translated_at=since,
        )
        await anyio.to_thread.run_sync(trials.keep, self._store, now_kept)
        return Held(study, translated, now_kept, stale)

    async def _first(self, nct_id: str) -> Obtained:
        """The record of a trial that is not kept yet."""
        try:
            obtained = await self._asked(nct_id)
            if obtained is None:
                raise Problem(502, "The registry sent no record.")
            _study(obtained)
        except RegistryError as error:
            if error.reason == "not_found":
                raise Problem(404, f"The registry has no study {nct_id}.") from error
            if error.reason == "unreachable":
                headers = {"Retry-After": str(_LEFT_ALONE.seconds)}
                raise Problem(504, "The registry cannot be reached now.", headers=headers) from error
            raise Problem(502, f"The registry gave no usable answer: {error.what}.") from error
        except InputError as error:
            raise Problem(502, f"The registry's record cannot be read: {error.what}.") from error
        return obtained

    async def _compared(self, kept: KeptTrial) -> Obtained | None:
        """The record as the registry has it now; None where that could not be told."""
        confirmed = kept.model_copy(update={"checked_at": self._now()})
        if self._now() < self._asked_again_at:
            return None
        try:
            found = await self._asked(kept.nct_id, kept.validator)
            older = found is not None and _version(_study(found)) < _version(_study(kept))
        except RegistryError as error:
            if error.reason == "not_found":
                return confirmed  # it was posted, or has been withdrawn
            if error.reason == "unreachable":
                self._asked_again_at = self._now() + _LEFT_ALONE
            _log.warning("the registry gives no record of %s: %s", kept.nct_id, error.reason)
            return None
        except InputError:
            _log.warning("the registry's record of %s cannot be read", kept.nct_id)
            return None
        return confirmed if found is None or older else found

    async def _asked(self, nct_id: str, validator: str | None = None) -> Obtained | None:
        """What the registry has; None where that is still what it called by the validator."""
        if self._line.statistics().tasks_waiting >= _MOST_WAITING:
            raise later("Too many wait for the registry already.", _LEFT_ALONE.seconds)
        ask = partial(self._client.study, nct_id, **({"etag": validator} if validator else {}))
        fetched: Fetched = await anyio.to_thread.run_sync(ask, limiter=self._line)
        if fetched.record is None:
            return None
        return self._obtained(nct_id, fetched.record, "registry", fetched.etag)

    def _obtained(
        self, nct_id: str, record: Mapping[str, object], source: Source, validator: str | None
    ) -> Obtained:
        now = self._now()
        return Obtained(
            nct_id=nct_id,
            source=source,
            record=json.dumps({_SECTION: record.get(_SECTION)}),
            validator=validator,
            obtained_at=now,
            checked_at=now,
        )


def _study(obtained: Obtained) -> Study:
    return read_study(json.loads(obtained.record), obtained.nct_id)


def _version(study: Study) -> str:
    return study.trial.version or ""
