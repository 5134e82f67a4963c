"""The records of a batch run: what it depends on, its units of work, its parts, and its manifest.

None holds a time, a host or a path, so that the same run has the same bytes on every machine.
"""

from typing import Annotated, Literal

from pydantic import Field

from translator.intake.recognition import InputFormat
from translator.published import PublishedTranslation
from translator.records import Criterion, Record, Versions

PartFormat = Literal["parquet", "jsonl"]


class Options(Record):
    """What a user decides of the result.

    Attributes:
        limit: Records that are read, from the first; None for all.
        min_fidelity: As for ``Translator``.
        part_records: Records of a part, at most.
        part_characters: Code points of protocol text after which a part is full.
    """

    format: PartFormat = "parquet"
    input_format: InputFormat | None = None
    limit: int | None = None
    min_fidelity: float | None = None
    part_records: int = 100
    part_characters: int = 500_000


class Source(Record):
    """What is translated: its name without a path, its files and bytes, and the SHA-256 of all of them."""

    name: str
    files: int
    bytes: int
    sha256: str


class Run(Record):
    """All that a result depends on; a folder holds the result of one run.

    Attributes:
        layout: Counts up when the files of an output folder change their form.
    """

    layout: Literal[1] = 1
    source: Source
    options: Options
    versions: Versions


class Item(Record):
    """What is translated in one go: a record of the source, or a piece of a criteria list.

    Attributes:
        number: Of the record in its source, from 1.
        trial_id: NCT id, where there is one.
        eligibility: The text of a trial; None where it has none, or where there are ``criteria``.
        criteria: Of a criteria list.
    """

    number: int
    trial_id: str | None = None
    eligibility: str | None = None
    criteria: tuple[Criterion, ...] | None = None


class Quarantined(Record):
    """A record that could not be translated: which, where it stands, what is wrong, and what to do."""

    record: int
    trial_id: str | None
    where: str
    what: str
    remedy: str


class Work(Record):
    """The records of one part.

    Attributes:
        number: Of the part, from 1.
        records: How many records begin in it, those that could not be read among them.
        items: Those to translate.
        quarantined: Those that cannot be.
        share: How much of the source was read when it was cut, 0 to 1.
        earlier: What an earlier run has for its trials, as an Arrow stream; empty where there is nothing.
    """

    number: int
    records: int
    items: tuple[Item, ...]
    quarantined: tuple[Quarantined, ...]
    share: float
    earlier: bytes = b""


class Row(PublishedTranslation):
    """A line of a part: the published translation, and what tells whether it is still good.

    Attributes:
        record: The number of its record in the source, from 1.
        text_digest: Of the whole text that its record has; equal digests and versions, equal rows.
        digest: Of all that this answer depends on besides the versions.
    """

    record: int
    text_digest: str
    digest: str


Kinds = Annotated[dict[str, int], Field(default_factory=dict)]


class Counts(Record):
    """How many rows there are of each kind; keys are sorted.

    Attributes:
        records: Records of the source, those in quarantine among them.
        without_text: Records that have no eligibility text.
        quarantined: Records, or pieces of a criteria list, in quarantine.
        rows: Units of text.
        finding: Rows that have a finding of a type.
        score: Rows by score, in steps of 0.05 by their lower end, those with the source's own words left out:
            their score says nothing.
        grade: Rows by the whole number of their reading grade.
    """

    records: int = 0
    without_text: int = 0
    quarantined: int = 0
    rows: int = 0
    section: Kinds
    role: Kinds
    route: Kinds
    verdict: Kinds
    finding: Kinds
    score: Kinds
    grade: Kinds


class PartRecord(Record):
    """What is known of a part that stands.

    Attributes:
        run: Digest of the run that it belongs to.
        name: Of its file.
        sha256: Of the file's bytes.
    """

    run: str
    name: str
    sha256: str
    counts: Counts
    quarantined: tuple[Quarantined, ...]


class Part(Record):
    """A part as a worker hands it over: the bytes of its file, and how it was made.

    Attributes:
        versions: Of the translator that made it.
        translated: Rows that were written anew; the others were taken over from an earlier run, or say that
            there is no text.
    """

    number: int
    versions: Versions
    data: bytes
    counts: Counts
    quarantined: tuple[Quarantined, ...]
    translated: int


class PartEntry(Record):
    """A part as the manifest names it."""

    name: str
    rows: int
    sha256: str


class Rates(Record):
    """Shares, 0 to 1, rounded to four places; None where there is nothing to share.

    Attributes:
        faithful: Rows with the verdict ``faithful``.
        review: Rows with the verdict ``review``.
        source: Rows in the source's own words.
        quarantined: Records in quarantine.
    """

    faithful: float | None
    review: float | None
    source: float | None
    quarantined: float | None


class Manifest(Record):
    """What a finished run has made; it is written last."""

    run: Run
    counts: Counts
    rates: Rates
    parts: tuple[PartEntry, ...]


class Changes(Record):
    """What became of an earlier run's result: of its trials and its rows.

    Attributes:
        earlier: SHA-256 of the earlier manifest.
        same_versions: Whether anything could be taken over.
        trials_same: Trials, and texts without an id, whose text is as it was.
        trials_changed: Trials whose text is another.
        trials_new: Those that were not there.
        trials_removed: Those that are no longer there; each has a line in ``removed.jsonl``.
        rows_same: Rows that depend on the same things as before.
        rows_new: All others.
        rows_removed: Rows that are no longer there, those of removed trials among them; each of a trial that
            is still there has a line too.
    """

    earlier: str
    same_versions: bool
    trials_same: int = 0
    trials_changed: int = 0
    trials_new: int = 0
    trials_removed: int = 0
    rows_same: int = 0
    rows_new: int = 0
    rows_removed: int = 0


class Removed(Record):
    """A line of ``removed.jsonl``: a unit that is no longer there, or a trial with all of its units.

    Attributes:
        id: The unit's id in the earlier result; None for a trial.
        source: The unit's text; None for a trial.
    """

    trial_id: str | None
    id: str | None
    source: str | None
    text_digest: str


class Progress(Record):
    """Where a run stands: what was done since its start, and what stood before.

    Attributes:
        share: How much of the source is done, 0 to 1.
        share_before: How much of it stood when the run was started.
        translated: Rows written anew since the start, as for ``Part``; no part that stood has any.
        again: Whether an earlier run of other versions was given, so that all is translated again.
    """

    share: float = 0.0
    share_before: float = 0.0
    parts: int = 0
    records: int = 0
    rows: int = 0
    translated: int = 0
    quarantined: int = 0
    again: bool = False
