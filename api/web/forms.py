"""The form of a decision: what was typed, kept whatever becomes of it, and the decision that it makes."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import ValidationError

from api.review.chain import digest
from api.review.records import LONGEST_TEXT, Decision, ReviewVerdict
from translator.records import Record

MOST_ERRORS = 50
_ROWS = 1
_ACTIONS = {
    "": "Choose accept, edit, reject or escalate.",
    "edit": "Write a sentence.",
}
_TOLD = {
    "plain": f"The sentence needs words, at most {LONGEST_TEXT:,} characters, and none that cannot be shown.",
    "reason": "A reason needs 1 to 2,000 characters, and none that cannot be shown.",
    "errors": "A note needs at most 2,000 characters, and none that cannot be shown.",
}


class FormError(Exception):
    """The form cannot be taken as it is; ``told`` are fields with what is wrong with each."""

    def __init__(self, told: Mapping[str, str]) -> None:
        super().__init__(*told.values())
        self.told = dict(told)


class ErrorRow(Record):
    """An error as typed; empty where nothing was chosen."""

    type: str = ""
    severity: str = ""
    note: str = ""


class DecisionForm(Record):
    """What a reviewer has typed.

    Attributes:
        digest: Of the entry that was shown.
        scored: Of the sentence whose score was shown; see ``seal``.
    """

    digest: str
    action: str = ""
    plain: str = ""
    reason: str = ""
    overrule: str = ""
    scored: str = ""
    errors: tuple[ErrorRow, ...] = (ErrorRow(),) * _ROWS

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Self:
        """The form that a browser sent; with ``do=more`` it gets another row of errors."""
        names = ErrorRow.model_fields
        rows: list[ErrorRow] = []
        while (number := len(rows)) < MOST_ERRORS and any(f"{name}-{number}" in fields for name in names):
            given = {name: fields.get(f"{name}-{number}", "") for name in names}
            rows.append(ErrorRow.model_validate(given))
        if fields.get("do") == "more" and len(rows) < MOST_ERRORS:
            rows.append(ErrorRow())
        own = {name: fields.get(name, "") for name in cls.model_fields if name != "errors"}
        # Browsers send line ends as two characters.
        own = {name: text.replace("\r\n", "\n") for name, text in own.items()}
        return cls.model_validate({**own, "errors": tuple(rows) or (ErrorRow(),) * _ROWS})

    @classmethod
    def taken_over(cls, verdict: ReviewVerdict, entry_digest: str, plain: str) -> Self:
        """The form that says what an earlier verdict says, for who adjudicates."""
        decision = verdict.decision
        rows = [
            ErrorRow(type=one.type, severity=one.severity, note=one.note or "") for one in decision.errors
        ]
        return cls(
            digest=entry_digest,
            action=decision.action,
            plain=decision.plain or plain,
            reason=decision.reason or "",
            overrule=decision.overrule or "",
            errors=(*rows, ErrorRow()),
        )

    @property
    def touched(self) -> bool:
        """Whether anything but the sentence was filled in."""
        return bool(self.action or self.reason or self.overrule) or any(
            row != ErrorRow() for row in self.errors
        )

    def decision(self) -> Decision:
        """The decision.

        Raises:
            FormError: Something is missing, or cannot be taken.
        """
        told: dict[str, str] = {}
        for number, row in enumerate(self.errors):
            if row != ErrorRow() and not (row.type and row.severity):
                told[f"type-{number}"] = f"Error {number + 1} needs both a type and a severity."
        if not self.action or (self.action == "edit" and not self.plain.strip()):
            told["action" if not self.action else "plain"] = _ACTIONS[self.action]
        if told:
            raise FormError(told)
        given: dict[str, Any] = {
            "action": self.action,
            "digest": self.digest,
            "plain": self.plain if self.action == "edit" else None,
            "errors": [_given(row) for row in self.errors if row != ErrorRow()],
            "reason": self.reason.strip() or None,
            "overrule": self.overrule or None,
        }
        try:
            return Decision.model_validate(given)
        except ValidationError as error:
            places = [str(one["loc"][0]) for one in error.errors(include_url=False, include_input=False)]
            raise FormError({one: _TOLD.get(one, f"{one} cannot be used.") for one in places}) from None


def seal(plain: str) -> str:
    """Names a sentence, so that a form can tell which one was scored before its eyes."""
    return digest(" ".join(plain.split()))[:32]


def _given(row: ErrorRow) -> dict[str, str | None]:
    return {"type": row.type, "severity": row.severity, "note": row.note.strip() or None}
