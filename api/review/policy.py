"""The rules of the work: who may decide on an item, what a decision must hold, and what it leads to."""

from collections.abc import Sequence
from datetime import datetime

from api.review.chain import stamp
from api.review.errors import ReviewError
from api.review.records import CLOSED, Action, Decision, Entry, Event, Reviewer, ReviewVerdict, Stage, State
from translator.published import PublishedFidelity

OUTCOMES: dict[Action, State] = {
    "accept": "accepted",
    "edit": "edited",
    "reject": "rejected",
    "escalate": "escalated",
}


def stage(entry: Entry, given: Sequence[ReviewVerdict], reviewer: Reviewer) -> Stage:
    """Which verdict on an item a reviewer would give.

    Args:
        entry: The item.
        given: The verdicts of its present round.
        reviewer: Who wants to.

    Raises:
        ReviewError: It has its verdict, or this reviewer has given theirs and another is needed.
    """
    if entry.state in CLOSED or entry.state == "withdrawn":
        raise ReviewError(
            "closed", entry.item.id, f"is {entry.state}", "Look at its history; an admin can open it again"
        )
    mine = any(verdict.reviewer == reviewer.name for verdict in given)
    if entry.state == "open":
        if mine:
            raise ReviewError(
                "blind", entry.item.id, "waits for the verdict of another reviewer", "Take the next item"
            )
        return "second" if given else "first"
    if mine and reviewer.role != "admin":
        raise ReviewError(
            "forbidden",
            entry.item.id,
            "must be settled by an admin or by somebody who has given no verdict on it",
            "Take the next item",
        )
    return "adjudication"


def claimable(entry: Entry, reviewer: Reviewer, at: datetime) -> None:
    """Checks that nobody else has the item.

    Raises:
        ReviewError: Somebody has.
    """
    claim = entry.claim
    if claim and claim.reviewer != reviewer.name and claim.expires_at > at:
        raise ReviewError(
            "claimed", entry.item.id, f"is with {claim.reviewer} until {stamp(claim.expires_at)}",
            "Take the next item",
        )  # fmt: skip


def held(entry: Entry, reviewer: Reviewer, at: datetime) -> datetime:
    """Checks that the reviewer has the item, and tells since when.

    Raises:
        ReviewError: They have not, or no longer.
    """
    claim = entry.claim
    claimable(entry, reviewer, at)
    if claim is None or claim.reviewer != reviewer.name:
        raise ReviewError("unclaimed", entry.item.id, "is not claimed by you", "Claim it first")
    if claim.expires_at <= at:
        raise ReviewError(
            "lease_lost", entry.item.id, f"was yours until {stamp(claim.expires_at)}", "Claim it again"
        )
    return claim.claimed_at


def check(decision: Decision, entry: Entry, edited: PublishedFidelity | None) -> None:
    """Checks that a decision says all that it must, and nothing against itself.

    Args:
        decision: With the digest of what was shown.
        entry: What is there.
        edited: The scorer's report on the edit.

    Raises:
        ReviewError: It does not.
    """
    where = entry.item.id
    if decision.digest != entry.digest:
        raise ReviewError(
            "stale", where, "is no longer what was shown: its text, report or versions have changed",
            "Look at it again",
        )  # fmt: skip

    def refuse(what: str, remedy: str) -> None:
        raise ReviewError("incomplete", where, what, remedy)

    if (decision.action == "edit") != (decision.plain is not None):
        refuse("needs a sentence for edit, and takes none for anything else", "Give plain, or leave it away")
    if decision.action == "edit" and decision.plain == " ".join(entry.item.plain.split()):
        refuse("is edited without a change", "Accept it, or change it")
    if decision.action == "reject" and not decision.errors:
        refuse("is rejected without an error", "Say what is wrong: type and severity")
    if decision.action == "accept" and any(error.severity != "minor" for error in decision.errors):
        refuse("is accepted with an error that is not minor", "Edit or reject it")
    if decision.action == "escalate" and decision.reason is None:
        refuse("is escalated without a reason", "Say what should be settled")
    if decision.overrule is not None and decision.reason is None:
        refuse("overrules the scorer without a reason", "Say in your words why the sentence is right")
    approved = {"accept": entry.item.fidelity, "edit": edited}.get(decision.action)
    if approved is not None and approved.verdict == "unfaithful" and decision.overrule is None:
        raise ReviewError(
            "unfaithful", where, "would be approved with a sentence that the scorer calls unfaithful",
            "Mend the sentence, or give overrule and reason",
        )  # fmt: skip


def outcome(decision: Decision, entry: Entry, given: Sequence[ReviewVerdict], at: Stage) -> State:
    """The state of an item after a decision.

    Args:
        decision: The decision.
        entry: The item as it stands.
        given: The verdicts of its round so far.
        at: Which one this is.
    """
    if decision.action == "escalate" or at == "adjudication" or entry.needed == 1:
        return OUTCOMES[decision.action]
    if at == "first":
        return "open"
    first = given[0].decision
    agree = (first.action, first.plain) == (decision.action, decision.plain)
    return OUTCOMES[decision.action] if agree else "disputed"


def wording(decision: Decision, entry: Entry, after: State) -> str | None:
    """The sentence that a decision approves; None where the item is not closed by it, or is rejected."""
    return {"accepted": entry.item.plain, "edited": decision.plain}.get(after)


def visible(entry: Entry, given: Sequence[ReviewVerdict], viewer: str | None) -> list[ReviewVerdict]:
    """The verdicts that somebody may see: of the present round of an open item, only their own.

    Args:
        entry: The item.
        given: All verdicts on it.
        viewer: Who looks; None for what leaves the workbench.
    """
    return [one for one in given if not _blind(entry, one.round, one.reviewer, viewer)]


def told(entry: Entry, events: Sequence[Event], viewer: str | None) -> list[Event]:
    """The history that somebody may see: all but the verdicts that they may not."""
    return [
        one
        for one in events
        if one.kind != "decided" or not _blind(entry, one.payload["verdict"]["round"], one.actor, viewer)
    ]


def _blind(entry: Entry, of_round: int, by: str, viewer: str | None) -> bool:
    return entry.state == "open" and of_round == entry.round and by != viewer
