"""``GET /methodology``: how the pages of trials are made."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from translator.methodology import render

router = APIRouter(include_in_schema=False)


@router.get("/methodology")
def methodology() -> HTMLResponse:
    """Show how sentences are made and checked."""
    return HTMLResponse(render())
