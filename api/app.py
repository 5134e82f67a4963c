"""The HTTP service as one application."""

import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from api import COMMAND, docs, problems
from api.access import requires
from api.bodies import Bodies
from api.engine import Engine
from api.exchange import Exchange
from api.lifespan import opened
from api.metrics import Metrics
from api.problems import PROBLEM_CONTENT
from api.review.errors import ReviewError
from api.routes import audit, health, jobs, methodology, reviews, translate, trials, workbench
from api.settings import Settings
from api.web.session import reader_of
from translator.client import Limits, RegistryClient
from translator.pipeline import Translator
from translator.segment import segment

_DESCRIPTION = """
Eligibility criteria of clinical trials in plain English, with the evidence for every sentence.

Every answer carries `X-Request-ID`; a request may bring its own (1 to 64 letters, digits, dots, dashes and
underscores). Every answer tells the limits of `/v1/limits` in `X-Max-` headers. Every error is
`application/problem+json` (RFC 9457). What is sent is not logged; only jobs and trials, until they expire or
are replaced, reviews, and what a memory of translations remembers, where there is one, are kept.
"""
_FAULT = {500: "A fault of the service; report it with its `X-Request-ID`"}
_BUSY = "Not loaded yet, too much waits, or it took too long; try again after `Retry-After` seconds"
_PROBLEMS = {
    400: "The body is not JSON; `detail` says where",
    401: "No key, or one that is not known; `WWW-Authenticate` says how to send it",
    403: "The key's role does not suffice",
    408: "The body came too slowly",
    413: "More than `/v1/limits` allows; `limit` says which and by how much",
    415: "The body is not sent as JSON",
    422: "Fields that cannot be used; `errors` says which",
    429: "More requests a minute than the key or the address may make; `Retry-After` says how long to wait",
    503: _BUSY,
    **_FAULT,
}
_JOB_PROBLEMS = {
    **_PROBLEMS,
    404: "There is no such job, or it is another key's",
    409: "The `Idempotency-Key` was sent before with another body; or the job is not finished",
    410: "The result is gone, or there never was one",
}
_REVIEW_PROBLEMS = {
    **_PROBLEMS,
    404: "There is no such item, or no item of that trial",
    409: "Somebody else has it, it is not claimed, or it has changed since; `type` says which",
}
_TRIAL_PROBLEMS = {
    **_PROBLEMS,
    404: "The registry has no such study",
    422: "The address, or what was sent, is none of a study; `errors` or `detail` says why",
    502: "The registry's answer cannot be used",
    504: "The registry cannot be reached; try again after `Retry-After` seconds",
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
        gc.disable()  # what is made here stays: the collector would look through it in vain, now and later
        try:
            translator = Translator.load(
                settings.writer(), min_fidelity=settings.min_fidelity, memory=settings.memory
            )
            # The first criterion loads what waits for it; the first client shall not.
            translator.translate_criteria(segment("Age at least 18 years"))
        finally:
            gc.freeze()
            gc.enable()
        return translator

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app.state.engine.run)
            async with opened(app):
                yield
            tasks.cancel_scope.cancel()
        app.state.registry.close()

    # The scripts of the page at /docs, which the usual one loads from elsewhere.
    app = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        title=COMMAND,
        version="v1",
        description=_DESCRIPTION,
        lifespan=lifespan,
    )
    metrics = Metrics()
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.engine = Engine(load or load_by_settings, settings, metrics)
    app.state.readiness = [app.state.engine.ready]
    app.state.registry = registry or RegistryClient(limits=_PATIENCE)

    def described(told: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
        return {status: {"description": text, "content": PROBLEM_CONTENT} for status, text in told.items()}

    keyed = [Depends(requires("translate"))]
    app.include_router(translate.router, responses=described(_PROBLEMS), dependencies=keyed)
    app.include_router(audit.router, responses=described(_PROBLEMS), dependencies=keyed)
    app.include_router(jobs.router, responses=described(_JOB_PROBLEMS))
    app.include_router(reviews.router, responses=described(_REVIEW_PROBLEMS))
    read = [Depends(requires("translate", instead=reader_of))]
    app.include_router(trials.router, responses=described(_TRIAL_PROBLEMS), dependencies=read)
    app.include_router(methodology.router)
    app.include_router(health.router, responses=described(_FAULT))
    app.include_router(workbench.router)
    docs.install(app)
    problems.install(app)
    app.add_exception_handler(ReviewError, reviews.on_refusal)
    # The last stands outermost.
    app.add_middleware(Bodies, limits=settings.limits, patience=settings.request_timeout)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[one.strip() for one in settings.cors_origins.split(",")],
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["*", "Authorization"],
        )
    app.add_middleware(Exchange, limits=settings.limits, metrics=metrics)
    return app
