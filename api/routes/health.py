"""Whether the service lives, whether it can work, what it takes, and what it has done."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response

from api.engine import Engine, engine_of, settings_of
from api.metrics import MEDIA_TYPE, Metrics
from api.problems import PROBLEM_CONTENT
from api.settings import Limits, Settings
from translator.records import Record, Versions

router = APIRouter(tags=["service"])


class Alive(Record):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(Record):
    """The service can work; ``versions`` tells with which translator."""

    status: Literal["ready"] = "ready"
    versions: Versions


@router.get("/healthz", response_description="It does")
async def healthz() -> Alive:
    """Tell that the process answers."""
    return Alive()


@router.get(
    "/readyz",
    response_description="It can",
    responses={503: {"description": "Not now; `detail` says why", "content": PROBLEM_CONTENT}},
)
async def readyz(request: Request, engine: Annotated[Engine, Depends(engine_of)]) -> Ready:
    """Tell whether the service can work; 503 until it can."""
    for check in request.app.state.readiness:
        await check()
    return Ready(versions=engine.translator.versions)


@router.get("/v1/limits", response_description="The limits")
async def limits(settings: Annotated[Settings, Depends(settings_of)]) -> Limits:
    """Tell what one request may hold, and how many may run and wait."""
    return settings.limits


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"description": "Prometheus text", "content": {"text/plain": {}}}},
)
async def metrics(request: Request) -> Response:
    """Tell what was done, in the format of Prometheus."""
    counted: Metrics = request.app.state.metrics
    return Response(counted.told(), media_type=MEDIA_TYPE)
