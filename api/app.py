"""The HTTP service as one application."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api import COMMAND, problems
from api.engine import Engine
from api.problems import MEDIA_TYPE, ProblemDetails
from api.routes import audit, health, translate, trials
from api.settings import Settings
from translator.client import Limits, RegistryClient
from translator.pipeline import Translator
from translator.segment import segment

_DESCRIPTION = """
Eligibility criteria of clinical trials in plain English, with the evidence for every sentence.

Every answer carries `X-Request-ID`; a request may bring its own (1 to 64 letters, digits, dots, dashes and
underscores). Every answer tells the limits of `/v1/limits` in `X-Max-` headers. Every error is
`application/problem+json` (RFC 9457). Nothing that is sent is logged, nor
kept anywhere but in a memory of translations, where the operator has set one up.
"""
_PROBLEMS = {
    400: "The body is not JSON",
    413: "More than `/v1/limits` allows; `limit` says which and by how much",
    415: "The body is not sent as JSON",
    422: "Fields that cannot be used; `errors` says which",
    503: "Not loaded yet, or too many wait; try again after `Retry-After` seconds",
}
_PAGE_PROBLEMS = {
    404: "The registry has no such study",
    502: "The registry's answer cannot be used",
    503: "The registry cannot be reached, the translator is not loaded, or too many wait",
}
# Somebody waits before a browser.
_PATIENCE = Limits(connect=5, read=10, deadline=20, tries=2, wait=5)


def create_app(
    settings: Settings,
    load: Callable[[], Translator] | None = None,
    registry: RegistryClient | None = None,
) -> FastAPI:
    """Build the service.

    Args:
        settings: Limits, and which model.
        load: Gives the translator; None loads the one that the settings name. It is called in the
            background when the app starts, so that the service tells that it lives while it loads.
        registry: Fetches the records of trial pages; None asks the public registry, and not for long.
    """

    def load_by_settings() -> Translator:
        translator = Translator.load(
            settings.writer(), min_fidelity=settings.min_fidelity, memory=settings.memory
        )
        # The first criterion loads what waits for it; the first client shall not.
        translator.translate_criteria(segment("Age at least 18 years"))
        return translator

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app.state.engine.load)
            yield
        app.state.registry.close()

    # The pages at /docs with their scripts, which the usual ones load from elsewhere.
    app = FastAPIOffline(
        title=COMMAND,
        version="v1",
        description=_DESCRIPTION,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.engine = Engine(load or load_by_settings, settings)
    app.state.registry = registry or RegistryClient(limits=_PATIENCE)
    problem_content = {MEDIA_TYPE: {"schema": ProblemDetails.model_json_schema()}}

    def described(told: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
        return {status: {"description": text, "content": problem_content} for status, text in told.items()}

    app.include_router(translate.router, responses=described(_PROBLEMS))
    app.include_router(audit.router, responses=described(_PROBLEMS))
    app.include_router(trials.router, responses=described(_PAGE_PROBLEMS))
    app.include_router(health.router)
    problems.install(app, settings.limits)
    return app
