"""The audit report of a trial or batch: one HTML file that stands alone, without scripts, and prints."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from api.review import policy, risk
from api.review.agreement import agreement
from api.review.chain import stamp
from api.review.errors import ReviewError
from api.review.records import Entry, Event, ReviewVerdict
from api.store.reviews import View
from api.view import readable
from translator import html
from translator.records import Record

_FOLDER = Path(__file__).parent / "html"

SEEN: dict[str, str] = {
    "imported": "came for review",
    "changed": "came with another content",
    "carried": "took over the verdict on the same words",
    "reopened": "was opened again",
    "withdrawn": "is no longer in its trial",
    "claimed": "was claimed",
    "renewed": "was kept for longer",
    "released": "was given back",
    "decided": "was judged",
}
"""What an event says of its item."""


class Judged(Record):
    """An item with its verdicts and its history, as a report shows them."""

    entry: Entry
    verdicts: tuple[ReviewVerdict, ...]
    history: tuple[Event, ...]


def report(view: View, trial_id: str, at: datetime) -> str:
    """The report as HTML.

    Args:
        view: On the store; all of the report is of one moment.
        trial_id: Of the trial, or the name of the batch.
        at: When it is made.

    Raises:
        ReviewError: Nothing of that name is in the store.
    """
    items = [_judged(view, entry) for entry in view.entries(trial_id)]
    if not items:
        raise ReviewError(
            "not_found", trial_id, "has no items in this store", "Import them, or look at the queue"
        )
    verdicts = [one for item in items for one in item.verdicts]
    page: str = _template().render(
        trial_id=trial_id,
        at=at,
        items=items,
        states=Counter(item.entry.state for item in items),
        versions=Counter(item.entry.item.versions for item in items).most_common(),
        agreement=agreement(verdicts),
        chain=view.verify(),
        weights=risk.WEIGHTS,
    )
    return page


def _judged(view: View, entry: Entry) -> Judged:
    item_id = entry.item.id
    return Judged(
        entry=entry,
        verdicts=tuple(policy.visible(entry, view.verdicts(item_id), None)),
        history=tuple(policy.told(entry, view.history(item_id), None)),
    )


def _template() -> Any:
    environment = html.environment(
        _FOLDER, lambda value: readable(value) if isinstance(value, str) else value
    )
    environment.filters |= {"time": _time, "figure": _figure, "seen": SEEN.__getitem__, "why": why}
    return environment.get_template("report.html")


def _time(at: datetime) -> str:
    return stamp(at)[:19].replace("T", " ")


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


def why(event: Event) -> str:
    """What an event says besides its kind."""
    payload = event.payload
    if event.kind == "decided":
        verdict = ReviewVerdict.model_validate(payload["verdict"])
        return f"{verdict.decision.action} ({verdict.stage} verdict): {verdict.outcome}"
    if event.kind == "changed":
        return "; ".join(payload["why"]) or "its verdict stands"
    if event.kind == "carried":
        return f"{payload['state']}, as item {payload['item_id']}"
    return {"reopened": payload.get("why"), "claimed": f"until {payload.get('expires_at')}"}.get(
        event.kind
    ) or ""
