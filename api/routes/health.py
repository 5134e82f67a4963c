"""Whether the service lives, whether it can work, and what it takes."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends

from api.engine import Engine, engine_of, settings_of
from api.settings import Limits, Settings
from translator.records import Record, Versions

router = APIRouter(tags=["service"])


class Alive(Record):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(Record):
    """The translator is loaded; ``versions`` tells which."""

    status: Literal["ready"] = "ready"
    versions: Versions


@router.get("/healthz")
async def healthz() -> Alive:
    """Tell that the process answers."""
    return Alive()


@router.get("/readyz")
async def readyz(engine: Annotated[Engine, Depends(engine_of)]) -> Ready:
    """Tell whether the translator is loaded; 503 until it is."""
    return Ready(versions=engine.translator.versions)


@router.get("/v1/limits")
async def limits(settings: Annotated[Settings, Depends(settings_of)]) -> Limits:
    """Tell what one request may hold, and how many may run and wait."""
    return settings.limits
