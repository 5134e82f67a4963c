"""What the service opens when it starts, and lets go when it ends: the store, and all that lives by it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI

from api.access import Access
from api.settings import Settings
from api.store.database import open_store


@asynccontextmanager
async def keeping(app: FastAPI) -> AsyncIterator[None]:
    """Gives the app its ``state.store`` and ``state.access`` for as long as it runs.

    Raises:
        StoreError: The store cannot be opened.
    """
    settings: Settings = app.state.settings
    store = await anyio.to_thread.run_sync(open_store, settings.store.get_secret_value())
    try:
        app.state.store = store
        app.state.access = Access(settings, store)
        yield
    finally:
        store.dispose()
