"""``POST /v1/translate``: an eligibility text, or criteria already cut, in plain English."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Body, Depends, Request

from api.engine import Engine, engine_of, settings_of
from api.examples import TRANSLATE_ANSWER, TRANSLATE_REQUESTS
from api.items import ItemError, blame, check_characters, check_count, in_place
from api.problems import FieldError, Problem, too_large
from api.schemas import TranslateRequest
from api.settings import Settings
from translator.clean import clean
from translator.glossary import Glossary, GlossaryError, GlossaryRow
from translator.intake.listed import given_criterion
from translator.lexis.abbreviations import abbreviations_defined_in
from translator.pipeline import Translator
from translator.published import PublishedTranslation, publish
from translator.records import Criterion, Record, Translation, Versions
from translator.segment import segment

router = APIRouter(prefix="/v1", tags=["translate"])


class Translations(Record):
    """One item for each unit of a text, or for each criterion given, in order."""

    translations: tuple[PublishedTranslation | ItemError, ...]
    versions: Versions


@router.post(
    "/translate",
    responses={
        200: {
            "description": "One item for each, in order",
            "content": {"application/json": {"example": TRANSLATE_ANSWER}},
        }
    },
)
async def translate(
    request: Request,
    body: Annotated[TranslateRequest, Body(openapi_examples=TRANSLATE_REQUESTS)],
    engine: Annotated[Engine, Depends(engine_of)],
    settings: Annotated[Settings, Depends(settings_of)],
) -> Translations:
    """Translate eligibility criteria; each comes back with its source, its score and what was found.

    Give `text`, which is cut into its units first, or `criteria`. A criterion that cannot be translated has
    an `error` in its place, and the others are translated.
    """
    given = body.criteria or ()
    check_count("criteria", len(given), settings)
    if len(body.glossary) > settings.max_glossary:
        raise too_large("max_glossary", settings.max_glossary, len(body.glossary), "Rows of the glossary")
    check_characters([body.text, *(text for one in given for text in (one.text, one.context))], settings)
    errors: list[ItemError | None]
    if body.text is None:
        errors = [blame(one.id, {"text": one.text, "context": one.context}, settings) for one in given]
        criteria: Sequence[Criterion] = [
            given_criterion(one.id, one.section, one.text, one.context)
            for one, error in zip(given, errors, strict=True)
            if error is None
        ]
        definitions: Mapping[str, str] = {}
    else:
        criteria = await anyio.to_thread.run_sync(segment, body.text)
        check_count("text", len(criteria), settings)
        errors = [None] * len(criteria)
        definitions = abbreviations_defined_in(clean(body.text).text)
    translator = await _speaking(engine.translator, body.glossary)
    outcomes = await engine.translate(
        criteria,
        definitions=definitions,
        min_fidelity=body.min_fidelity,
        translator=translator,
        client=request,
    )
    done = iter(in_place([one.id for one in criteria], outcomes))
    versions = translator.versions
    answers = (error or _published(next(done), versions) for error in errors)
    return Translations(translations=tuple(answers), versions=versions)


async def _speaking(translator: Translator, rows: Sequence[GlossaryRow]) -> Translator:
    """The translator, with the words of a request."""
    if not rows:
        return translator
    try:
        glossary = Glossary(rows, first=0)
    except GlossaryError as error:
        place = FieldError(pointer=f"#/glossary/{error.number}", detail=f"{error.what}. {error.remedy}.")
        raise Problem(422, "The glossary cannot be used.", errors=[place]) from None
    return await anyio.to_thread.run_sync(translator.with_glossary, glossary)


def _published(one: Translation | ItemError, versions: Versions) -> PublishedTranslation | ItemError:
    return one if isinstance(one, ItemError) else publish(one, None, versions)
