"""The queue that an address names, and what its pages say first when they come back to it."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import ValidationError

from api.problems import Problem
from api.review.calls import QueueQuery
from api.web.item import Notice

NOTICES = {
    "saved": Notice(title="Saved", text="Your verdict is in the log.", alarm=False),
    "released": Notice(title="Given back", text="The item is free for others again.", alarm=False),
    "none": Notice(title="Nothing left to take", text="No item of this queue is free for you.", alarm=False),
    "reopened": Notice(title="Open again", text="Earlier verdicts stay in the record.", alarm=False),
    "settled": Notice(title="Logged", text="What you made of the proposal is in the log.", alarm=False),
}


def queue_of(request: Request) -> QueueQuery:
    """The queue that an address names, as a FastAPI dependency.

    Raises:
        Problem: 422 for a filter that there is not.
    """
    known = QueueQuery.model_fields.keys()
    given = {name: value.strip() for name, value in request.query_params.items() if name in known}
    try:
        return QueueQuery.model_validate({name: value for name, value in given.items() if value})
    except ValidationError as error:
        wrong = ", ".join(sorted({str(one["loc"][0]) for one in error.errors()}))
        raise Problem(422, f"No such filter: {wrong}. Begin with the whole queue.") from None


Wanted = Annotated[QueueQuery, Depends(queue_of)]


def fields(wanted: QueueQuery) -> dict[str, object]:
    """The fields of a queue's address; a page of it is none."""
    return wanted.model_dump(exclude_defaults=True, exclude={"after", "limit"})
