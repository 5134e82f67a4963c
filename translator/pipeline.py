"""The stages in order: segment, normalise, write, score. Nothing unfaithful leaves this module.

Each criterion goes down the ladder until a draft passes the scorer: the model's best sentence, several of its
sentences, its sentences part by part, its sentence without the meanings of terms, a template, and at last the
source's own words, which are always marked for review.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Self

from models.inference import WeightsError
from translator.chat import ChatWriter
from translator.clean import clean
from translator.dialogue.endpoint import ChatEndpoint, Usage
from translator.errors import InputError
from translator.fidelity import Scorer
from translator.generate import BEAMS, GREEDY, ModelWriter, PartsWriter, Writer, load_model, source_draft
from translator.glossary import Glossary
from translator.grounding import objection
from translator.lexis.abbreviations import abbreviations_defined_in
from translator.lexis.lexicon import lexicon
from translator.normalise import Normaliser
from translator.readability import readability
from translator.records import (
    AuditReport,
    Criterion,
    Draft,
    FidelityReport,
    Finding,
    NormalisedCriterion,
    Pair,
    PublishedFidelity,
    PublishedFinding,
    PublishedTerm,
    PublishedTranslation,
    Span,
    TranslatedTrial,
    Translation,
    Trial,
    Versions,
)
from translator.segment import segment
from translator.tables import DATA, digest
from translator.templates import TemplateWriter

LONGEST_CRITERION = 5_000  # characters; a longer unit is no criterion but a document, and keeps its own words
_NO_TEXT = "This record has no eligibility text."


class Translator:
    """Turns trials and criteria into plain English with the evidence.

    May be shared by threads.

    Args:
        writers: The rungs of the ladder above the last, best first.
        model: Version of the model, for the record.
        min_fidelity: Least score that a draft must have to be published, besides the verdict ``faithful``.
    """

    def __init__(self, writers: Sequence[Writer], model: str, min_fidelity: float | None = None) -> None:
        self._writers = writers
        self._min_fidelity = min_fidelity
        self._normaliser = Normaliser()
        self._scorer = scorer()
        self.versions = versions(model)

    @classmethod
    def load(cls, model: str | ChatEndpoint | None = None, *, min_fidelity: float | None = None) -> Self:
        """Loads the translator with the model that ships, another by folder or hub name, or an endpoint.

        Raises:
            InputError: The model cannot be loaded.
        """
        if isinstance(model, ChatEndpoint):
            chat = ChatWriter(model)
            return cls((chat, TemplateWriter()), chat.version, min_fidelity)
        engine = load_model(model)
        greedy = ModelWriter(engine, GREEDY)
        several, bare = ModelWriter(engine, BEAMS), ModelWriter(engine, GREEDY, told=False)
        writers = (greedy, several, PartsWriter(greedy), bare, TemplateWriter())
        return cls(writers, engine.version, min_fidelity)

    def with_glossary(self, glossary: Glossary) -> Self:
        """Gives a translator that uses a user's own words first; what was loaded is shared with this one."""
        other = copy(self)
        other._normaliser = self._normaliser.with_glossary(glossary)
        other._scorer = self._scorer.with_glossary(glossary)
        other.versions = self.versions.model_copy(
            update={
                "lexicon": f"{self.versions.lexicon}+{glossary.version}",
                "scorer": other._scorer.signature,
            }
        )
        return other

    @property
    def usage(self) -> Usage | None:
        """What an endpoint was asked for so far, if one writes."""
        return next((writer.usage for writer in self._writers if isinstance(writer, ChatWriter)), None)

    def translate_trial(self, trial: Trial, *, min_fidelity: float | None = None) -> TranslatedTrial:
        """Translates every unit of a trial, in reading order; a trial without a text says so in one note."""
        if trial.eligibility is None:
            translations = [self._nothing()]
        else:
            translations = self.translate_criteria(
                segment(trial.eligibility),
                definitions=abbreviations_defined_in(trial.eligibility),
                min_fidelity=min_fidelity,
            )
        return TranslatedTrial(trial=trial, translations=tuple(translations), versions=self.versions)

    def translate_criteria(
        self,
        criteria: Sequence[Criterion],
        *,
        definitions: Mapping[str, str] | None = None,
        min_fidelity: float | None = None,
    ) -> list[Translation]:
        """Translates criteria, in order.

        Args:
            criteria: Those of one trial, or any others.
            definitions: Abbreviations that the trial defines, with their long forms.
            min_fidelity: Overrides that of the translator.
        """
        return self.write(self.read(criteria, definitions), [min_fidelity] * len(criteria))

    def read(
        self, criteria: Sequence[Criterion], definitions: Mapping[str, str] | None = None
    ) -> list[NormalisedCriterion]:
        """Normalises criteria of one trial, in order: what one says may decide how another is understood.

        Args:
            criteria: All of them.
            definitions: Abbreviations that the trial defines, with their long forms.
        """
        short = [criterion for criterion in criteria if len(criterion.text) <= LONGEST_CRITERION]
        read = iter(self._normaliser.normalise(short, definitions or {}))
        return [
            next(read)
            if len(criterion.text) <= LONGEST_CRITERION
            else NormalisedCriterion(criterion=criterion, text=clean(criterion.text).text)
            for criterion in criteria
        ]

    def write(
        self, normalised: Sequence[NormalisedCriterion], min_fidelity: Sequence[float | None]
    ) -> list[Translation]:
        """Translates what was read, in order; each answer is the same whoever stands beside it.

        Args:
            normalised: Of one trial or of many.
            min_fidelity: For each, what overrides that of the translator.
        """
        least = [(self._min_fidelity if one is None else one) or 0.0 for one in min_fidelity]
        answers: dict[int, tuple[Draft, FidelityReport]] = {}
        refused: dict[int, tuple[Draft, FidelityReport]] = {}
        for writer in self._writers:
            waiting = [i for i, one in enumerate(normalised) if i not in answers and _translatable(one)]
            drafts = writer.write([normalised[i] for i in waiting])
            candidates = [(i, draft) for i, row in zip(waiting, drafts, strict=True) for draft in row]
            reports = self._scorer.score(
                [pair_of(normalised[i].criterion, draft.text) for i, draft in candidates]
            )
            for (i, draft), scored in zip(candidates, reports, strict=True):
                report = _held(scored, draft, normalised[i])
                passes = report.verdict == "faithful" and report.score >= least[i]
                place = answers if passes else refused
                if i not in place or report.score > place[i][1].score:
                    place[i] = (draft, report)
        return [
            self._translation(one, *(answers.get(i) or self._own_words(one, refused.get(i))))
            for i, one in enumerate(normalised)
        ]

    def _own_words(
        self, normalised: NormalisedCriterion, refused: tuple[Draft, FidelityReport] | None
    ) -> tuple[Draft, FidelityReport]:
        """The last rung. A heading may stand as it is; whatever else keeps its own words goes to review."""
        draft = source_draft(normalised)
        criterion = normalised.criterion
        report = self._scorer.score([pair_of(criterion, normalised.text)])[0]
        if criterion.role == "heading" and report.verdict == "faithful":
            return draft, report
        if refused and refused[1].findings:
            reason = f"the closest sentence was refused: {refused[1].findings[0].message}"
            kind = refused[1].findings[0].type
        elif refused:
            reason, kind = (
                f"the closest sentence scored {refused[1].score}, less than was asked for.",
                "unread",
            )
        elif not _translatable(normalised):
            reason, kind = f"it is longer than {LONGEST_CRITERION:,} characters.", "unread"
        else:
            reason, kind = "no sentence could be written for it.", "unread"
        finding = Finding(
            type=kind,
            severity="major",
            source_span=Span(start=0, end=len(criterion.text)),
            message=f"The study's own words stand here; {reason}",
        )
        return draft, report.model_copy(update={"verdict": "review", "findings": (finding,)})

    def _translation(self, one: NormalisedCriterion, draft: Draft, report: FidelityReport) -> Translation:
        return Translation(
            normalised=one, draft=draft, fidelity=report, readability=readability(draft.text, one.terms)
        )

    def _nothing(self) -> Translation:
        note = Criterion(id="0", section="other", role="note", text="", span=Span(start=0, end=0))
        finding = Finding(
            type="omission", severity="major", message="The record has no eligibility text to translate."
        )
        report = FidelityReport(
            score=0.0, verdict="review", findings=(finding,), signature=self._scorer.signature
        )
        draft = Draft(text=_NO_TEXT, route="source")
        return self._translation(NormalisedCriterion(criterion=note, text=""), draft, report)


@cache
def _code() -> str:
    """The package's version, and a digest of the sources and tables that an answer depends on."""
    package = Path(__file__).parent
    sources = (*sorted(package.rglob("*.py")), *sorted(DATA.iterdir()))
    return f"{version('plaincriteria')}+{digest(*sources)}"


def versions(model: str) -> Versions:
    """The versions of what is scored here, and of the model that wrote it."""
    return Versions(model=model, lexicon=lexicon().version, scorer=scorer().signature, code=_code())


@cache
def scorer() -> Scorer:
    """The shipped scorer, loaded once.

    Raises:
        InputError: The files of its consistency model are missing or changed.
    """
    try:
        return Scorer.load()
    except WeightsError as error:
        raise InputError(error.where, error.what, error.remedy) from None


def audit(pairs: Sequence[Pair]) -> list[AuditReport]:
    """Scores given translations, whoever wrote them, in order."""
    return [
        AuditReport(
            id=pair.id,
            score=report.score,
            verdict=report.verdict,
            findings=_published(report.findings),
            readability=readability(pair.plain),
        )
        for pair, report in zip(pairs, scorer().score(pairs), strict=True)
    ]


def publish(translation: Translation, trial_id: str | None, versions: Versions) -> PublishedTranslation:
    """Gives the flat form of a translation, as the contract has it."""
    criterion, report = translation.normalised.criterion, translation.fidelity
    return PublishedTranslation(
        trial_id=trial_id,
        id=criterion.id,
        section=criterion.section,
        role=criterion.role,
        parent_id=criterion.parent_id,
        span=_offsets(criterion.span),
        source=criterion.text,
        plain=translation.draft.text,
        route=translation.draft.route,
        fidelity=PublishedFidelity(
            score=report.score, verdict=report.verdict, findings=_published(report.findings)
        ),
        readability=translation.readability,
        terms=tuple(
            PublishedTerm(surface=term.surface, plain=term.plain, kind=term.kind, span=_offsets(term.span))
            for term in translation.normalised.terms
        ),
        versions=versions,
    )


def _published(findings: Sequence[Finding]) -> tuple[PublishedFinding, ...]:
    return tuple(
        PublishedFinding(
            type=finding.type,
            severity=finding.severity,
            message=finding.message,
            source_span=finding.source_span and _offsets(finding.source_span),
            plain_span=finding.plain_span and _offsets(finding.plain_span),
        )
        for finding in findings
    )


def _offsets(span: Span) -> tuple[int, int]:
    return span.start, span.end


def pair_of(criterion: Criterion, plain: str) -> Pair:
    """Puts a criterion and its plain text before the scorer.

    Headings, lead-ins and notes let nobody in and keep nobody out by themselves.
    """
    section = criterion.section if criterion.role == "criterion" else "other"
    return Pair(
        id=criterion.id, section=section, source=criterion.text, plain=plain, context=criterion.context
    )


def _held(report: FidelityReport, draft: Draft, normalised: NormalisedCriterion) -> FidelityReport:
    """A draft of the model that passed the scorer is held to stricter rules."""
    if draft.route != "model" or report.verdict != "faithful":
        return report
    finding = objection(draft, normalised, report.score)
    if finding is None:
        return report
    return report.model_copy(update={"verdict": "unfaithful", "findings": (finding, *report.findings)})


def _translatable(normalised: NormalisedCriterion) -> bool:
    return len(normalised.criterion.text) <= LONGEST_CRITERION
