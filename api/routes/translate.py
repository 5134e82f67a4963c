"""``POST /v1/translate``: an eligibility text, or criteria already cut, in plain English."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.engine import Engine, engine_of, settings_of
from api.examples import TRANSLATE_ANSWER, TRANSLATE_REQUESTS
from api.items import ItemError, blame, check_characters, check_count, done_each
from api.schemas import CriterionIn, TranslateRequest
from api.settings import Settings
from translator.clean import clean
from translator.intake.listed import given_criterion
from translator.lexis.abbreviations import abbreviations_defined_in
from translator.pipeline import Translator, publish
from translator.records import Criterion, PublishedTranslation, Record, Versions
from translator.segment import segment

router = APIRouter(prefix="/v1", tags=["translate"])


class Translations(Record):
    """One item for each unit of a text, or for each criterion given, in order."""

    translations: tuple[PublishedTranslation | ItemError, ...]
    versions: Versions


@router.post("/translate", responses={200: {"content": {"application/json": {"example": TRANSLATE_ANSWER}}}})
async def translate(
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
    check_characters([body.text, *(text for one in given for text in (one.text, one.context))], settings)

    def answer(translator: Translator) -> Translations:
        if body.text is None:
            return _of_criteria(translator, given, settings, body.min_fidelity)
        return _of_text(translator, body.text, settings, body.min_fidelity)

    return await engine.run(answer)


def _of_text(
    translator: Translator, text: str, settings: Settings, min_fidelity: float | None
) -> Translations:
    units = segment(text)
    check_count("text", len(units), settings)
    definitions = abbreviations_defined_in(clean(text).text)
    translations = _translated(translator, units, min_fidelity, definitions)
    return Translations(translations=tuple(translations), versions=translator.versions)


def _of_criteria(
    translator: Translator, given: tuple[CriterionIn, ...], settings: Settings, min_fidelity: float | None
) -> Translations:
    errors = [blame(one.id, {"text": one.text, "context": one.context}, settings) for one in given]
    good = [
        given_criterion(one.id, one.section, one.text, one.context)
        for one, error in zip(given, errors, strict=True)
        if error is None
    ]
    translated = iter(_translated(translator, good, min_fidelity, {}))
    answers = tuple(error or next(translated) for error in errors)
    return Translations(translations=answers, versions=translator.versions)


def _translated(
    translator: Translator,
    criteria: Sequence[Criterion],
    min_fidelity: float | None,
    definitions: Mapping[str, str],
) -> list[PublishedTranslation | ItemError]:
    def work(part: Sequence[Criterion]) -> list[PublishedTranslation]:
        done = translator.translate_criteria(part, definitions=definitions, min_fidelity=min_fidelity)
        return [publish(one, None, translator.versions) for one in done]

    return done_each(work, criteria)
