"""What the calls of ``/v1/reviews`` take and give, where it is no record of the workbench itself."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.review.agreement import Agreement
from api.review.chain import Verification
from api.review.imports import Imported
from api.review.records import Filters, ItemRoute, Key, Reason, Reviewer, Sentence, State
from api.review.thresholds import ScorerCheck
from api.review.work import MOST_ENTRIES
from api.schemas import Some
from translator.records import FindingType, Record, Section, Unreadable, Verdict


class ImportRequest(Record):
    """Translations or pairs to review.

    Attributes:
        items: Each is read by itself, so that a bad one does not take its neighbours along.
        batch: Name under which pairs of no trial are kept.
        whole: Whether the units of each trial are all there, so that others are withdrawn.
    """

    items: Some[dict[str, Any]]
    batch: Key = "http"
    whole: bool = False


class ImportAnswer(Record):
    """What became of the items; ``errors`` are of those that could not be taken."""

    imported: Imported
    errors: tuple[Unreadable, ...]


class EditRequest(Record):
    """A sentence to score in the place of the item's."""

    plain: Sentence


class ReopenRequest(Record):
    """Why an item is opened again."""

    reason: Reason


class AgreementAnswer(Record):
    """Reviewers with each other, and the scorer with them."""

    agreement: Agreement
    scorer: ScorerCheck


class LogCheck(Record):
    """The check of the log; ``differences`` are the rows of the state that are not what it says."""

    log: Verification
    differences: tuple[str, ...]


class QueueQuery(Record):
    """Which page of which queue.

    Attributes:
        available: Leaves out what the caller could not claim now.
        mine: Leaves out what the caller has not claimed.
    """

    state: State | Literal["all"] = "open"
    trial_id: str | None = None
    section: Section | None = None
    type: FindingType | None = None
    verdict: Verdict | None = None
    route: ItemRoute | None = None
    available: bool = False
    mine: bool = False
    after: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}\.[0-9a-f]{1,32}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ENTRIES)] = 50

    def filters(self, caller: Reviewer) -> Filters:
        """The filters of the caller's queue."""
        return Filters(
            state=None if self.state == "all" else self.state,
            trial_id=self.trial_id,
            section=self.section,
            type=self.type,
            verdict=self.verdict,
            route=self.route,
            available_to=caller.name if self.available else None,
            held_by=caller.name if self.mine else None,
        )
