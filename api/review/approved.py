"""What reviewers made of a trial, put into its translation: their words stand at once on its page."""

from collections.abc import Iterable

from api.review.records import CLOSED, Entry
from api.store.reviews import View
from translator.published import PublishedFinding
from translator.readability import readability
from translator.records import (
    Draft,
    FidelityReport,
    Finding,
    FindingType,
    Role,
    Route,
    Section,
    Span,
    TranslatedTrial,
    Translation,
)

_REJECTED = "A reviewer found the plain sentence wrong, so the study's own words stand here."

_Words = tuple[Section, Role, str, str | None]


def reviewed(view: View, translated: TranslatedTrial) -> TranslatedTrial:
    """The trial with approved wordings in the place of its sentences, and without rejected sentences.

    A verdict is on words: it holds for a unit whose section, role, source and lead-in are those that the
    reviewer saw, whatever has become of its place in the trial. An approved sentence stands whatever is
    written today; a rejected one goes where it is what is written today.
    """
    if translated.trial.id is None:
        return translated
    closed = [entry for entry in view.entries(translated.trial.id) if entry.state in CLOSED]
    if not closed:
        return translated
    of_words = _by_words(closed)
    # Of units that say the same, each has its own verdict where it has one.
    own = {(entry.item.criterion_id, _words(entry)): entry for entry in closed}
    done = []
    for translation in translated.translations:
        unit = translation.normalised.criterion
        words = (unit.section, unit.role, unit.text, unit.context)
        entry = own.get((unit.id, words)) or of_words.get(words)
        done.append(_put(view, translation, entry) if entry else translation)
    return translated.model_copy(update={"translations": tuple(done)})


def _put(view: View, translation: Translation, entry: Entry) -> Translation:
    unit = translation.normalised.criterion
    if entry.wording is not None:
        return _with(translation, entry.wording, "memory", _report(view, entry), reviewed=True)
    if translation.draft.text != entry.item.plain:
        return translation
    report = FidelityReport(
        score=translation.fidelity.score,
        verdict="review",
        findings=(Finding(type=_first_error(view, entry), severity="major", message=_REJECTED),),
        signature=translation.fidelity.signature,
    )
    return _with(translation, unit.text, "source", report, reviewed=False)


def _with(
    translation: Translation, text: str, route: Route, report: FidelityReport, *, reviewed: bool
) -> Translation:
    return Translation(
        normalised=translation.normalised,
        draft=Draft(text=text, route=route),
        fidelity=report,
        readability=readability(text, translation.normalised.terms),
        reviewed=reviewed,
    )


def _by_words(entries: Iterable[Entry]) -> dict[_Words, Entry]:
    """The first entry of each words, a rejected one before all others: what is in doubt is not shown."""
    found: dict[_Words, Entry] = {}
    for entry in entries:
        known = found.get(_words(entry))
        if known is None or (entry.wording is None and known.wording is not None):
            found[_words(entry)] = entry
    return found


def _words(entry: Entry) -> _Words:
    item = entry.item
    return item.section, item.role, item.source, item.context


def _report(view: View, entry: Entry) -> FidelityReport:
    """The scorer's report on the approved sentence."""
    item = entry.item
    edits = (one for one in view.verdicts(item.id) if one.decision.plain == entry.wording and one.edited)
    verdict = next(edits, None)
    published = (verdict and verdict.edited) or item.fidelity
    return FidelityReport(
        score=published.score,
        verdict=published.verdict,
        findings=tuple(map(_finding, published.findings)),
        signature=(verdict and verdict.scorer) or item.versions.scorer,
    )


def _finding(one: PublishedFinding) -> Finding:
    return Finding(
        type=one.type,
        severity=one.severity,
        message=one.message,
        source_span=one.source_span and Span(start=one.source_span[0], end=one.source_span[1]),
        plain_span=one.plain_span and Span(start=one.plain_span[0], end=one.plain_span[1]),
    )


def _first_error(view: View, entry: Entry) -> FindingType:
    errors = (error.type for one in view.verdicts(entry.item.id)[::-1] for error in one.decision.errors)
    return next(errors, "unread")
