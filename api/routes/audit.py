"""``POST /v1/audit``: how faithful given plain sentences are to their sources."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request

from api.engine import Engine, engine_of, settings_of
from api.examples import AUDIT_ANSWER, AUDIT_REQUESTS
from api.items import ItemError, blame, check_characters, check_count, in_place
from api.schemas import AuditRequest
from api.settings import Settings
from translator.published import AuditReport
from translator.records import Pair, Record

router = APIRouter(prefix="/v1", tags=["audit"])


class Reports(Record):
    """One item for each pair given, in order."""

    reports: tuple[AuditReport | ItemError, ...]


@router.post(
    "/audit",
    responses={
        200: {
            "description": "One item for each, in order",
            "content": {"application/json": {"example": AUDIT_ANSWER}},
        }
    },
)
async def audit(
    request: Request,
    body: Annotated[AuditRequest, Body(openapi_examples=AUDIT_REQUESTS)],
    engine: Annotated[Engine, Depends(engine_of)],
    settings: Annotated[Settings, Depends(settings_of)],
) -> Reports:
    """Score plain sentences against their sources, whoever wrote them.

    A pair that cannot be audited has an `error` in its place, and the others are audited.
    """
    check_count("pairs", len(body.pairs), settings)
    check_characters((text for one in body.pairs for text in (one.source, one.plain, one.context)), settings)
    errors = [
        blame(one.id, {"source": one.source, "plain": one.plain, "context": one.context}, settings)
        for one in body.pairs
    ]
    good = [
        Pair.model_validate(one.model_dump())
        for one, error in zip(body.pairs, errors, strict=True)
        if error is None
    ]
    done = iter(in_place([one.id for one in good], await engine.audit(good, client=request)))
    return Reports(reports=tuple(error or next(done) for error in errors))
