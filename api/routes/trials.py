"""``GET /trials/{nct_id}`` and ``/print``: the page of a trial, from the registry's record of this moment."""

from typing import Annotated, Literal

import anyio.to_thread
import sqlalchemy as sa
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse

from api.engine import Engine, engine_of, settings_of
from api.items import check_characters
from api.problems import Problem
from api.review.approved import reviewed
from api.routes.jobs import store_of
from api.settings import Settings
from api.store.reviews import ReviewStore
from translator.client import RegistryClient, RegistryError
from translator.errors import InputError
from translator.page import Form, Links, Order, render
from translator.records import TranslatedTrial
from translator.study import Study, read_study

router = APIRouter(prefix="/trials", tags=["pages"], default_response_class=HTMLResponse)

NctId = Annotated[str, Path(pattern="^[Nn][Cc][Tt][0-9]{8}$", examples=["NCT01234567"])]
_RETRY_AFTER_SECONDS = 60


def client_of(request: Request) -> RegistryClient:
    """The client of the app that got the request, as a FastAPI dependency."""
    client: RegistryClient = request.app.state.registry
    return client


@router.get("/{nct_id}")
async def page(
    nct_id: NctId,
    engine: Annotated[Engine, Depends(engine_of)],
    settings: Annotated[Settings, Depends(settings_of)],
    client: Annotated[RegistryClient, Depends(client_of)],
    store: Annotated[sa.Engine, Depends(store_of)],
    *,
    order: Literal["groups", "protocol"] = "groups",
) -> HTMLResponse:
    """Show the trial: what it is, who may join, and what to ask the doctor."""
    return await _made(nct_id.upper(), engine, settings, client, store, form="page", order=order)


@router.get("/{nct_id}/print")
async def sheet(
    nct_id: NctId,
    engine: Annotated[Engine, Depends(engine_of)],
    settings: Annotated[Settings, Depends(settings_of)],
    client: Annotated[RegistryClient, Depends(client_of)],
    store: Annotated[sa.Engine, Depends(store_of)],
) -> HTMLResponse:
    """Show the checklist to print and take along."""
    return await _made(nct_id.upper(), engine, settings, client, store, form="print")


async def _made(
    nct_id: str,
    engine: Engine,
    settings: Settings,
    client: RegistryClient,
    store: sa.Engine,
    *,
    form: Form,
    order: Order = "groups",
) -> HTMLResponse:
    engine.translator  # noqa: B018  a service that is not ready refuses before it asks the registry
    study = await anyio.to_thread.run_sync(_fetched, nct_id, client)
    check_characters([study.trial.eligibility], settings)
    links = Links(
        page=f"/trials/{nct_id}", protocol=f"/trials/{nct_id}?order=protocol", print=f"/trials/{nct_id}/print"
    )
    written = await engine.translate_trial(study.trial)
    translated = await anyio.to_thread.run_sync(_reviewed, store, written)
    return HTMLResponse(render(study, translated, form=form, order=order, links=links))


def _reviewed(store: sa.Engine, translated: TranslatedTrial) -> TranslatedTrial:
    with ReviewStore(store).reading() as view:
        return reviewed(view, translated)


def _fetched(nct_id: str, client: RegistryClient) -> Study:
    try:
        return read_study(client.study(nct_id).record or {}, nct_id)
    except RegistryError as error:
        if error.reason == "not_found":
            raise Problem(404, f"The registry has no study {nct_id}.") from error
        if error.reason == "unreachable":
            headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)}
            raise Problem(503, "The registry cannot be reached now.", headers=headers) from error
        raise Problem(502, f"The registry gave no usable answer: {error.what}.") from error
    except InputError as error:
        raise Problem(502, f"The registry's record cannot be read: {error.what}.") from error
