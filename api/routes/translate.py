"""``POST /v1/translate``: an eligibility text, or criteria already cut, in plain English."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.engine import Engine, engine_of, settings_of
from api.examples import TRANSLATE_ANSWER, TRANSLATE_REQUESTS
from api.items import ItemError, blame, check_count, check_text
from api.schemas import CriterionIn, TranslateRequest
from api.settings import Settings
from translator.pipeline import Translator, publish
from translator.records import Criterion, PublishedTranslation, Record, Span, Translation, Trial, Versions

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
    if body.text is not None:
        check_text(body.text, settings)
        trial = Trial(eligibility=body.text)
        return await engine.run(lambda translator: _of_text(translator, trial, body.min_fidelity))
    given = body.criteria or ()
    check_count("criteria", len(given), settings)
    return await engine.run(lambda translator: _of_criteria(translator, given, settings, body.min_fidelity))


def _of_text(translator: Translator, trial: Trial, min_fidelity: float | None) -> Translations:
    translated = translator.translate_trial(trial, min_fidelity=min_fidelity)
    return _published(translated.translations, translated.versions)


def _published(translations: tuple[Translation, ...], versions: Versions) -> Translations:
    return Translations(
        translations=tuple(publish(one, None, versions) for one in translations), versions=versions
    )


def _of_criteria(
    translator: Translator, given: tuple[CriterionIn, ...], settings: Settings, min_fidelity: float | None
) -> Translations:
    errors = [blame(one.id, {"text": one.text, "context": one.context}, settings) for one in given]
    good = [
        Criterion(
            id=one.id,
            section=one.section,
            text=" ".join(one.text.split()),
            span=Span(start=0, end=len(one.text)),
            context=one.context,
        )
        for one, error in zip(given, errors, strict=True)
        if error is None
    ]
    translated = iter(translator.translate_criteria(good, min_fidelity=min_fidelity) if good else ())
    answers = (error or publish(next(translated), None, translator.versions) for error in errors)
    return Translations(translations=tuple(answers), versions=translator.versions)
