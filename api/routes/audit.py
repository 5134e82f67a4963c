"""``POST /v1/audit``: how faithful given plain sentences are to their sources."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.engine import Engine, engine_of, settings_of
from api.examples import AUDIT_ANSWER, AUDIT_REQUESTS
from api.items import ItemError, blame, check_characters, check_count, done_each
from api.schemas import AuditRequest, PairIn
from api.settings import Settings
from translator import pipeline
from translator.records import AuditReport, Pair, Record

router = APIRouter(prefix="/v1", tags=["audit"])


class Reports(Record):
    """One item for each pair given, in order."""

    reports: tuple[AuditReport | ItemError, ...]


@router.post("/audit", responses={200: {"content": {"application/json": {"example": AUDIT_ANSWER}}}})
async def audit(
    body: Annotated[AuditRequest, Body(openapi_examples=AUDIT_REQUESTS)],
    engine: Annotated[Engine, Depends(engine_of)],
    settings: Annotated[Settings, Depends(settings_of)],
) -> Reports:
    """Score plain sentences against their sources, whoever wrote them.

    A pair that cannot be audited has an `error` in its place, and the others are audited.
    """
    check_count("pairs", len(body.pairs), settings)
    check_characters((text for one in body.pairs for text in (one.source, one.plain, one.context)), settings)
    return await engine.run(lambda _: _reports(body.pairs, settings))


def _reports(given: tuple[PairIn, ...], settings: Settings) -> Reports:
    errors = [
        blame(one.id, {"source": one.source, "plain": one.plain, "context": one.context}, settings)
        for one in given
    ]
    good = [
        Pair.model_validate(one.model_dump())
        for one, error in zip(given, errors, strict=True)
        if error is None
    ]
    reports = iter(done_each(pipeline.audit, good))
    return Reports(reports=tuple(error or next(reports) for error in errors))
