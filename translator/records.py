"""Every record that passes between the stages of the translator: frozen, typed, without logic.

A ``Translation`` holds what it was made from, so that one record is the whole trail from the words of the
protocol to the verdict. All spans are half-open offsets in Unicode code points.
"""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

Section = Literal["inclusion", "exclusion", "other"]
Role = Literal["criterion", "lead_in", "heading", "note"]
TermKind = Literal[
    "condition", "drug", "procedure", "test", "measurement", "score", "biomarker", "anatomy", "organism",
    "device", "other",
]  # fmt: skip
FactKind = Literal["quantity", "window", "polarity", "logic", "population", "modality"]
Comparator = Literal[">=", ">", "<=", "<", "="]
Direction = Literal["before", "after", "within", "during", "ever", "now", "planned"]
Route = Literal["model", "memory", "template", "source"]
FindingType = Literal[
    "number", "unit", "comparator", "polarity", "time", "entity", "omission", "addition", "logic", "scope",
    "ambiguous_source", "unread",
]  # fmt: skip
Severity = Literal["critical", "major", "minor"]
Verdict = Literal["faithful", "review", "unfaithful"]


class Record(BaseModel):
    """What all records share: they cannot be changed, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Record):
    """Half-open range ``[start, end)`` of Unicode code points."""

    start: int
    end: int


class Trial(Record):
    """A trial as the registry tells it: its eligibility text and the facts that stand beside it.

    Attributes:
        id: NCT id, or None for a text that came without a record.
        eligibility: The eligibility text untouched; None where the record has none.
        minimum_age: As registered, for example ``18 Years``.
        version: The registry's date of the last update (``YYYY-MM-DD``), where given.
    """

    id: str | None = None
    title: str | None = None
    status: str | None = None
    study_type: str | None = None
    phases: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    sex: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None
    healthy_volunteers: bool | None = None
    version: str | None = None
    eligibility: str | None = None


class Criterion(Record):
    """One unit of an eligibility text.

    Attributes:
        id: Unique within its trial; reading order for a segmented text, the caller's own for a criteria list.
        text: The unit's own words with white space folded and its bullet or number removed.
        span: Where the unit stands in the eligibility text; ``eligibility[span]`` is its untouched source.
        parent_id: The lead-in or heading that the unit is nested under.
        context: The text of the lead-in above a nested item, needed to read it.
    """

    id: str
    section: Section
    role: Role = "criterion"
    text: str
    span: Span
    parent_id: str | None = None
    context: str | None = None


class CriteriaList(Record):
    """Criteria that came already cut, with their own ids; ``name`` tells where from."""

    name: str
    criteria: tuple[Criterion, ...]


class Unreadable(Record):
    """An input, or an item of one, that could not be read: where, what is wrong, and what to do.

    Attributes:
        id: The item's own, where that much could be read.
    """

    where: str
    what: str
    remedy: str
    id: str | None = None


class Term(Record):
    """A clinical term found in a criterion.

    Attributes:
        surface: The words as they stand in the text.
        plain: Everyday words, or None where the term is known and kept as it is.
        explanation: A few words on what it is or measures, for parentheses.
        span: In ``Criterion.text``.
        source: Where the meaning comes from: ``text`` (defined in the trial itself) or the table's row.
    """

    surface: str
    plain: str | None
    explanation: str | None = None
    kind: TermKind
    span: Span
    source: str


class Window(Record):
    """A time window: how long, on which side of what.

    Attributes:
        value: Length, or None for an open one (ever, now, during).
        unit: Singular: minute, hour, day, week, month, year, half-life, cycle.
        anchor: The event it is measured from, in the words of the text, lower case; None for "the past".
    """

    value: Decimal | None = None
    unit: str | None = None
    direction: Direction
    anchor: str | None = None


class Fact(Record):
    """One checkable statement read from a text; a range is two facts.

    Attributes:
        subject: What the fact is about, normalised, lower case; None where it is not known.
        unit: Canonical unit (see ``data/units.tsv``), ``%``, or ``ULN``/``LLN`` (times a limit of normal).
        negated: Whether a negation has the fact in its scope.
        span: In the text that was read.
    """

    kind: FactKind
    subject: str | None = None
    comparator: Comparator | None = None
    value: Decimal | None = None
    unit: str | None = None
    window: Window | None = None
    negated: bool = False
    span: Span


class Slot(Record):
    """Words that must come through a translation untouched, and the name that stands for them."""

    name: str
    text: str
    span: Span


class NormalisedCriterion(Record):
    """A criterion with all that was understood of it.

    Attributes:
        text: Clean text that the writers read: escapes undone, old fonts and mojibake mended, same meaning.
        above: Clean texts of what it is nested under, nearest first, nine at most. Writers and scorer read
            nothing of other criteria than these.
        unread: Spans in ``criterion.text`` with a number, comparison or negation that no fact covers.
    """

    criterion: Criterion
    text: str
    above: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    facts: tuple[Fact, ...] = ()
    slots: tuple[Slot, ...] = ()
    unread: tuple[Span, ...] = ()


class Draft(Record):
    """A candidate sentence and who wrote it.

    ``log_probability`` is the writer's own, natural logarithm, divided by the number of tokens.
    """

    text: str
    route: Route
    model: str | None = None
    log_probability: float | None = None


class Pair(Record):
    """A source and a plain text that somebody wrote for it, to be audited."""

    id: str
    section: Section
    source: str
    plain: str
    context: str | None = None


class Finding(Record):
    """One difference between a source and its plain text, in a sentence that a reviewer understands."""

    type: FindingType
    severity: Severity
    source_span: Span | None = None
    plain_span: Span | None = None
    message: str


class FidelityReport(Record):
    """The verdict on a pair.

    Attributes:
        score: Calibrated probability that the plain text is faithful to its source, 0 to 1.
        signature: Scorer, tables and thresholds that gave it; equal signatures give equal reports.
    """

    score: float
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    signature: str


class Readability(Record):
    """How hard a plain text is.

    Attributes:
        grade: Flesch-Kincaid grade, names, numbers and parentheses set aside (Kincaid et al. 1975).
        words: Number of words.
        unexplained: Clinical terms and abbreviations that stand there without everyday words.
    """

    grade: float
    words: int
    unexplained: tuple[str, ...] = ()


class Answer(Record):
    """What is published for a criterion, and what was measured of it."""

    draft: Draft
    fidelity: FidelityReport
    readability: Readability


class ApprovedWording(Record):
    """A sentence that a reviewer approved for a source, wherever the very same source stands.

    Attributes:
        source: The criterion's own words, as in ``Criterion.text``.
        context: The lead-in above, as in ``Criterion.context``.
    """

    section: Section
    source: str
    context: str | None = None
    plain: str


class Translation(Record):
    """A criterion and what is published for it, with the evidence.

    Attributes:
        reviewed: Whether a reviewer approved the sentence, which then stands whatever the scorer says.
    """

    normalised: NormalisedCriterion
    draft: Draft
    fidelity: FidelityReport
    readability: Readability
    reviewed: bool = False


class Versions(Record):
    """What an answer depends on: same input and same versions give the same bytes."""

    model: str
    lexicon: str
    scorer: str
    code: str


class TranslatedTrial(Record):
    """A trial and the translation of each of its units, in reading order."""

    trial: Trial
    translations: tuple[Translation, ...]
    versions: Versions
