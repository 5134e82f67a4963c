"""What leaves the workbench: every item with its verdicts, the edits to learn from, the approved wordings."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Literal

from api.review import policy
from api.review.records import Entry, ReviewVerdict
from api.spreadsheet import as_text
from api.store.reviews import View

Form = Literal["jsonl", "csv", "pairs", "wordings"]

COLUMNS = (
    "trial_id", "criterion_id", "section", "role", "source", "context", "plain", "route", "score", "verdict",
    "findings", "state", "wording", "reviewers", "errors", "reasons", "closed_at",
    "model", "scorer", "digest",
)  # fmt: skip


def json_lines(view: View, trial_id: str | None) -> Iterator[str]:
    """A line for each item: all that is known of it, and its verdicts but those of an open round."""
    for entry, verdicts in _judged(view, trial_id):
        line = entry.model_dump(mode="json", exclude={"item", "claim"})
        line = {**entry.item.model_dump(mode="json"), **line}
        line["verdicts"] = [one.model_dump(mode="json") for one in verdicts]
        yield f"{json.dumps(line, ensure_ascii=False)}\n"


def csv_lines(view: View, trial_id: str | None) -> Iterator[str]:
    """The same as rows for a spreadsheet, in which no cell begins a formula."""
    yield _row(COLUMNS)
    for entry, verdicts in _judged(view, trial_id):
        now = [one for one in verdicts if one.round == entry.round]
        cells = {
            **entry.item.model_dump(),
            **entry.model_dump(),
            "score": entry.item.fidelity.score,
            "verdict": entry.item.fidelity.verdict,
            "findings": "; ".join(f"{one.type}: {one.message}" for one in entry.item.fidelity.findings),
            "reviewers": "; ".join(one.reviewer for one in now),
            "errors": "; ".join(
                f"{error.type} ({error.severity})" for one in now for error in one.decision.errors
            ),
            "reasons": "; ".join(one.decision.reason for one in now if one.decision.reason),
            "model": entry.item.versions.model,
            "scorer": entry.item.versions.scorer,
        }
        yield _row(["" if cells[name] is None else str(cells[name]) for name in COLUMNS])


def edits(view: View, trial_id: str | None) -> Iterator[str]:
    """A line for each sentence that was mended: ``plain`` is the approved one, ``before`` the other."""
    for entry in view.entries(trial_id):
        if entry.state == "edited":
            yield _line({**_approved(entry), "before": entry.item.plain})


def wordings(view: View, trial_id: str | None) -> Iterator[str]:
    """A line for each approved wording; of several for the same source the newest."""
    newest: dict[tuple[str, str, str | None], Entry] = {}
    for entry in view.entries(trial_id):
        if entry.wording is not None and entry.closed_at is not None:
            place = entry.item.section, entry.item.source, entry.item.context
            other = newest.get(place)
            if other is None or other.closed_at is None or other.closed_at < entry.closed_at:
                newest[place] = entry
    for entry in newest.values():
        yield _line(_approved(entry))


def _judged(view: View, trial_id: str | None) -> Iterator[tuple[Entry, list[ReviewVerdict]]]:
    for entry in view.entries(trial_id):
        yield entry, policy.visible(entry, view.verdicts(entry.item.id), viewer=None)


def _approved(entry: Entry) -> dict[str, str | None]:
    item = entry.item
    return {"section": item.section, "source": item.source, "context": item.context, "plain": entry.wording}


def _line(value: dict[str, str | None]) -> str:
    return f"{json.dumps(value, ensure_ascii=False)}\n"


def _row(cells: "list[str] | tuple[str, ...]") -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(map(as_text, cells))
    return text.getvalue()


EXPORTS: dict[Form, Callable[[View, str | None], Iterator[str]]] = {
    "jsonl": json_lines,
    "csv": csv_lines,
    "pairs": edits,
    "wordings": wordings,
}
"""What each form gives, line by line."""
