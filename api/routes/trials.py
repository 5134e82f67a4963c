"""A trial: its page, its checklist, and its translation as data; kept, and made anew when it has changed."""

import hashlib
from typing import Annotated, Any, Literal

import anyio.to_thread
import sqlalchemy as sa
from fastapi import APIRouter, Body, Depends, Header, Path, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime
from pydantic.config import JsonDict

from api.examples import TRIAL_REQUESTS
from api.library import Held, Library
from api.review.approved import reviewed
from api.routes.jobs import store_of
from api.store.reviews import ReviewStore
from api.store.trials import Source
from translator.page import Form, Links, Order, render
from translator.published import PublishedTranslation, publish
from translator.records import Record, TranslatedTrial, Trial, Versions

_RECORD: JsonDict = {
    "required": ["protocolSection"],
    "properties": {
        "protocolSection": {
            "type": "object",
            "required": ["identificationModule"],
            "properties": {
                "identificationModule": {
                    "type": "object",
                    "required": ["nctId"],
                    "properties": {"nctId": {"type": "string", "pattern": "^NCT[0-9]{8}$"}},
                }
            },
        }
    },
}
_data = APIRouter(prefix="/v1/trials", tags=["trials"])
_pages = APIRouter(prefix="/trials", tags=["pages"], default_response_class=HTMLResponse)

NctId = Annotated[str, Path(pattern="^[Nn][Cc][Tt][0-9]{8}$", examples=["NCT01234567"])]


class TrialTranslation(Record):
    """A trial and the translation that is kept of it.

    Attributes:
        trial: What the record tells; `version` is the registry's date of its last update.
        translations: Its units in reading order. What reviewers approved stands in the place of what was
            written, with the route `memory`; where they rejected a sentence the study's own words stand.
        source: Whether the record came from the `registry`, or was `posted`.
        obtained_at: When the record came.
        checked_at: When the registry last confirmed it, or it came.
        translated_at: When it was translated by these versions.
        stale: Whether it should have been compared with the registry, and could not be.
    """

    trial: Trial
    translations: tuple[PublishedTranslation, ...]
    versions: Versions
    source: Source
    obtained_at: AwareDatetime
    checked_at: AwareDatetime
    translated_at: AwareDatetime
    stale: bool


def library_of(request: Request) -> Library:
    """The library of the app that got the request, as a FastAPI dependency."""
    library: Library = request.app.state.library
    return library


Shelves = Annotated[Library, Depends(library_of)]
Store = Annotated[sa.Engine, Depends(store_of)]


@_data.post("")
async def post(
    record: Annotated[dict[str, Any], Body(openapi_examples=TRIAL_REQUESTS, json_schema_extra=_RECORD)],
    library: Shelves,
    store: Store,
    response: Response,
) -> TrialTranslation:
    """Translate a record of the ClinicalTrials.gov API v2, and keep it in the place of the one before it.

    The page of the trial shows it from then on, until the registry has a newer record.
    """
    answer, etag = await anyio.to_thread.run_sync(_answer, await library.put(record), store)
    response.headers["ETag"] = etag
    return answer


@_data.get(
    "/{nct_id}",
    response_model=TrialTranslation,
    responses={304: {"description": "It is still what `If-None-Match` names"}},
)
async def get(
    nct_id: NctId,
    library: Shelves,
    store: Store,
    response: Response,
    if_none_match: Annotated[str | None, Header(description="`ETag` of what is at hand")] = None,
) -> TrialTranslation | Response:
    """Give the translation that is kept of a trial.

    A trial that is not kept yet is fetched from the registry and translated first. One that is kept is
    compared with the registry when it has got old, and translated anew when its text, or a version here, has
    changed; where the registry cannot be reached, the kept one is given, and `stale` is true.
    """
    answer, etag = await anyio.to_thread.run_sync(_answer, await library.get(nct_id.upper()), store)
    if if_none_match and _names(if_none_match, etag):
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return answer


@_pages.get("/{nct_id}")
async def page(
    nct_id: NctId, library: Shelves, store: Store, order: Literal["groups", "protocol"] = "groups"
) -> HTMLResponse:
    """Show the trial: what it is, who may join, and what to ask the doctor.

    What reviewers approved stands in the place of what was written; what they rejected stands nowhere.
    """
    return await _shown(nct_id.upper(), library, store, form="page", order=order)


@_pages.get("/{nct_id}/print")
async def sheet(nct_id: NctId, library: Shelves, store: Store) -> HTMLResponse:
    """Show the checklist to print and take along."""
    return await _shown(nct_id.upper(), library, store, form="print")


router = APIRouter()
router.include_router(_data)
router.include_router(_pages)


async def _shown(
    nct_id: str, library: Library, store: sa.Engine, *, form: Form, order: Order = "groups"
) -> HTMLResponse:
    held = await library.get(nct_id)
    links = Links(
        page=f"/trials/{nct_id}",
        protocol=f"/trials/{nct_id}?order=protocol",
        print=f"/trials/{nct_id}/print",
        methodology="/methodology",
    )

    def made() -> str:
        return render(held.study, _as_reviewed(held, store), form=form, order=order, links=links)

    return HTMLResponse(await anyio.to_thread.run_sync(made))


def _as_reviewed(held: Held, store: sa.Engine) -> TranslatedTrial:
    with ReviewStore(store).reading() as view:
        return reviewed(view, held.translated)


def _answer(held: Held, store: sa.Engine) -> tuple[TrialTranslation, str]:
    """What is told of a trial, and its ETag."""
    trial, kept, translated = held.study.trial, held.kept, _as_reviewed(held, store)
    name = kept.etag
    if translated is not held.translated:
        name = hashlib.sha256((name + translated.model_dump_json()).encode()).hexdigest()
    answer = TrialTranslation(
        trial=trial,
        translations=tuple(publish(one, trial.id, translated.versions) for one in translated.translations),
        versions=translated.versions,
        source=kept.source,
        obtained_at=kept.obtained_at,
        checked_at=kept.checked_at,
        translated_at=kept.translated_at,
        stale=held.stale,
    )
    # Weak: it names the translation, and not when that was last compared with the registry.
    return answer, f'W/"{name[:32]}"'


def _names(if_none_match: str, etag: str) -> bool:
    named = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return bool(named & {"*", etag.removeprefix("W/")})
