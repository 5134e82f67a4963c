"""The service with a review to do: an invented trial, a fake translator, the real scorer, three keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fakes import FakeTranslator
from fastapi import FastAPI
from reviewing import ADMIN
from studies import record

from api.app import create_app
from api.review.imports import Imported, Importer
from api.review.records import Filters
from api.review.work import Workbench
from api.settings import Settings
from api.store import keys
from api.store.database import open_store
from api.store.reviews import ReviewStore
from translator.client import Fetched
from translator.published import publish
from translator.study import read_study

TRIAL = "NCT99000002"


class Registry:
    """Has one trial."""

    def study(self, nct_id: str) -> Fetched:
        return Fetched(record=record(), etag=None, last_modified=None)

    def close(self) -> None:
        pass


class Service:
    """An app over a store that a test can look into.

    Attributes:
        keys: By name; ``ann`` and ``bob`` review, ``ada`` is an admin.
    """

    def __init__(self, folder: Path, **more: object) -> None:
        self.url = f"sqlite:///{folder / 'store.db'}"
        self.store = open_store(self.url)
        self.keys = {
            name: keys.add(self.store, name, role)
            for name, role in (("ann", "review"), ("bob", "review"), ("ada", "admin"), ("tom", "translate"))
        }
        self.work = Workbench(ReviewStore(self.store))
        given = {"store": self.url, "keys": "required", "review_double_share": 0.0, **more}
        self.app: FastAPI = create_app(Settings.model_validate(given), FakeTranslator, Registry())  # type: ignore[arg-type]

    def take_in(self) -> None:
        """The trial's units, as the fake translator writes them."""
        done = FakeTranslator().translate_trial(read_study(record(), "test").trial)
        lines = [publish(one, TRIAL, done.versions) for one in done.translations]
        (outcome,) = Importer(self.work, ADMIN, "none").run(lines)
        assert isinstance(outcome, Imported)

    def item(self, words: str) -> str:
        """The id of the item whose source holds some words."""
        found = self.work.queue(Filters(state=None), limit=50).entries
        (one,) = [entry.item.id for entry in found if words in entry.item.source]
        return one

    def run(self, statement: str, **values: str) -> None:
        """Does to the store what time, or somebody else, would."""
        with self.store.begin() as connection:
            connection.execute(sa.text(statement), values)

    def state(self, item_id: str) -> Any:
        with self.work.store.reading() as view:
            found = view.entry(item_id)
        assert found is not None
        return found


@contextmanager
def service(folder: Path, **more: object) -> Iterator[Service]:
    made = Service(folder, **more)
    try:
        yield made
    finally:
        made.store.dispose()
