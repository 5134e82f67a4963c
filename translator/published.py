"""What leaves the house: translations and reports in the flat form that docs/API.md describes."""

from collections.abc import Sequence

from translator.records import (
    Finding,
    FindingType,
    Readability,
    Record,
    Role,
    Route,
    Section,
    Severity,
    Span,
    TermKind,
    Translation,
    Verdict,
    Versions,
)


class PublishedFinding(Record):
    """A finding with its spans as pairs of offsets into ``source`` and ``plain``."""

    type: FindingType
    severity: Severity
    message: str
    source_span: tuple[int, int] | None
    plain_span: tuple[int, int] | None


class PublishedFidelity(Record):
    """Score, verdict and reasons."""

    score: float
    verdict: Verdict
    findings: tuple[PublishedFinding, ...]


class PublishedTerm(Record):
    """A term with its span in ``source``."""

    surface: str
    plain: str | None
    kind: TermKind
    span: tuple[int, int]


class PublishedTranslation(Record):
    """The flat form that leaves the house: one line of JSONL, one item of an HTTP answer."""

    trial_id: str | None
    id: str
    section: Section
    role: Role
    parent_id: str | None
    span: tuple[int, int]
    source: str
    plain: str
    route: Route
    fidelity: PublishedFidelity
    readability: Readability
    terms: tuple[PublishedTerm, ...]
    versions: Versions


class AuditReport(Record):
    """What the audit says of a pair; one line of JSONL."""

    id: str
    score: float
    verdict: Verdict
    findings: tuple[PublishedFinding, ...]
    readability: Readability


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
            score=report.score, verdict=report.verdict, findings=published_findings(report.findings)
        ),
        readability=translation.readability,
        terms=tuple(
            PublishedTerm(surface=term.surface, plain=term.plain, kind=term.kind, span=_offsets(term.span))
            for term in translation.normalised.terms
        ),
        versions=versions,
    )


def published_findings(findings: Sequence[Finding]) -> tuple[PublishedFinding, ...]:
    """Gives the flat form of findings."""
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
