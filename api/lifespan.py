"""What the service opens when it starts, and lets go when it ends: the store, and all that lives by it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio
import anyio.to_thread
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from api.access import Access
from api.jobs.folders import Folders
from api.jobs.worker import Worker
from api.library import Library
from api.problems import later
from api.settings import Settings
from api.store.database import open_store, reading

_RETRY_AFTER_SECONDS = 5


@asynccontextmanager
async def opened(app: FastAPI) -> AsyncIterator[None]:
    """Gives the app what its ``state`` names here for as long as it runs, and works on jobs meanwhile.

    Raises:
        StoreError: The store cannot be opened.
    """
    settings: Settings = app.state.settings
    store = await anyio.to_thread.run_sync(open_store, settings.store_url)
    try:
        app.state.store = store
        app.state.readiness.append(partial(_answers, store))
        app.state.access = Access(settings, store)
        app.state.folders = Folders(settings.data_folder)
        app.state.worker = Worker(store, app.state.folders, app.state.engine, settings)
        app.state.library = Library(store, app.state.engine, app.state.registry, settings)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app.state.worker.run)
            yield
            tasks.cancel_scope.cancel()
    finally:
        store.dispose()


async def _answers(store: sa.Engine) -> None:
    """A check of readiness: raises a 503 ``Problem`` where the store cannot be reached."""

    def ask() -> None:
        with reading(store) as connection:
            connection.execute(sa.text("SELECT 1"))

    try:
        await anyio.to_thread.run_sync(ask)
    except SQLAlchemyError:
        raise later("The store cannot be reached.", _RETRY_AFTER_SECONDS) from None
