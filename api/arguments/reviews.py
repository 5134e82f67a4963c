"""``review``."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from api.arguments.shared import out_option

if TYPE_CHECKING:
    from api.review.export import Form
    from api.review.records import Overrule, ReviewerRole

_F = TypeVar("_F", bound=Callable[..., Any])
_TYPES = (
    "number", "unit", "comparator", "polarity", "time", "entity", "omission", "addition", "logic", "scope",
    "ambiguous_source", "unread",
)  # fmt: skip
_STATES = ("open", "disputed", "escalated", "accepted", "edited", "rejected", "withdrawn", "all")

store_option = click.option("--store", metavar="URL", help="The store; default PLAINCRITERIA_STORE.")
trial_option = click.option("--trial", metavar="ID", help="Of one trial, or batch of pairs.")


def as_options(command: _F) -> _F:
    """Who works."""
    role = click.option(
        "--role", type=click.Choice(["review", "admin"]), default="review", help="What you may do."
    )
    name = click.option("--as", "name", metavar="NAME", required=True, help="Who you are; it is logged.")
    return name(role(command))


@click.group()
def review() -> None:
    """Review translations, and look at the trail of it: see docs/REVIEWING.md."""


@review.command("import")
@click.argument("source", metavar="FILE")
@click.option("--batch", metavar="NAME", help="Name for pairs of no trial; default: that of the file.")
@click.option("--whole", is_flag=True, help="FILE has all units of its trials; withdraw what it has not.")
@store_option
@as_options
def import_(
    *, source: str, batch: str | None, whole: bool, store: str | None, name: str, role: "ReviewerRole"
) -> int:
    """Take translations in for review.

    FILE holds lines of translate, or pairs that anybody wrote: JSON lines or CSV of id, section, source,
    plain, and context, trial_id, model if wanted. Pairs are scored. Given again, only what changed counts.
    """
    from api.commands import reviews

    return reviews.take_in(source, batch, whole=whole, store=store, name=name, role=role)


@review.command()
@trial_option
@click.option("--section", type=click.Choice(["inclusion", "exclusion", "other"]))
@click.option("--type", "kind", type=click.Choice(_TYPES), help="With a finding of this type.")
@click.option("--verdict", type=click.Choice(["faithful", "review", "unfaithful"]), help="The scorer's.")
@click.option("--state", type=click.Choice(_STATES), default="open", help="Default open.")
@click.option("--after", metavar="PLACE", help="What the page before ended with.")
@click.option("--limit", type=click.IntRange(1, 200), default=20)
@store_option
def queue(
    *,
    trial: str | None,
    section: str | None,
    kind: str | None,
    verdict: str | None,
    state: str,
    after: str | None,
    limit: int,
    store: str | None,
) -> int:
    """List what waits, the highest risk first; JSON lines to a pipe."""
    from api.commands import reviews

    wanted = {"trial_id": trial, "section": section, "type": kind, "verdict": verdict}
    filters = {**wanted, "state": None if state == "all" else state}
    return reviews.queue(filters, after=after, limit=limit, store=store)


@review.command()
@click.argument("item", metavar="ITEM")
@store_option
@as_options
def show(*, item: str, store: str | None, name: str, role: "ReviewerRole") -> int:
    """Show an item with its neighbours and its history; JSON to a pipe."""
    from api.commands import reviews

    return reviews.show(item, store=store, name=name, role=role)


@review.command()
@click.argument("item", metavar="ITEM")
@click.option("--release", is_flag=True, help="Give it back.")
@store_option
@as_options
def claim(*, item: str, release: bool, store: str | None, name: str, role: "ReviewerRole") -> int:
    """Take an item to judge, or keep it for longer."""
    from api.commands import reviews

    return reviews.claim(item, release=release, store=store, name=name, role=role)


@review.command()
@click.argument("item", metavar="ITEM")
@click.argument("action", type=click.Choice(["accept", "edit", "reject", "escalate"]))
@click.option("--digest", metavar="DIGEST", required=True, help="Of what you saw; 12 digits will do.")
@click.option("--plain", metavar="TEXT", help="The sentence, for edit.")
@click.option("--error", "errors", metavar="TYPE:SEVERITY[:NOTE]", multiple=True, help="What is wrong.")
@click.option("--reason", metavar="TEXT")
@click.option(
    "--overrule",
    type=click.Choice(["scorer_misread", "source_ambiguous", "told_elsewhere", "other"]),
    help="Why it is right although the scorer calls it unfaithful.",
)
@store_option
@as_options
def decide(
    *,
    item: str,
    action: str,
    digest: str,
    plain: str | None,
    errors: tuple[str, ...],
    reason: str | None,
    overrule: "Overrule | None",
    store: str | None,
    name: str,
    role: "ReviewerRole",
) -> int:
    """Give your verdict on an item that you have claimed."""
    from api.commands import reviews

    fields = {"action": action, "digest": digest, "plain": plain, "reason": reason, "overrule": overrule}
    return reviews.decide(item, fields, errors, store=store, name=name, role=role)


@review.command()
@click.argument("item", metavar="ITEM")
@click.option("--reason", metavar="TEXT", required=True)
@store_option
@as_options
def reopen(*, item: str, reason: str, store: str | None, name: str, role: "ReviewerRole") -> int:
    """Open an item again that has its verdict; for an admin."""
    from api.commands import reviews

    return reviews.reopen(item, reason, store=store, name=name, role=role)


@review.command()
@click.option("--head", metavar="N:HASH", help="What review head printed on an earlier day.")
@store_option
def verify(*, head: str | None, store: str | None) -> int:
    """Check the log, and that the state is what the log says; exit with 1 where something is wrong."""
    from api.commands import logs

    return logs.verify(head, store=store)


@review.command()
@store_option
def head(*, store: str | None) -> int:
    """Print number and hash of the last event; keep it where the store cannot be written from."""
    from api.commands import logs

    return logs.head(store=store)


@review.command()
@store_option
def replay(*, store: str | None) -> int:
    """Make the state anew from the log."""
    from api.commands import logs

    return logs.replay(store=store)


@review.command()
@trial_option
@store_option
def agreement(*, trial: str | None, store: str | None) -> int:
    """Tell how far reviewers agree, how long they take, and how the scorer does; JSON to a pipe."""
    from api.commands import logs

    return logs.agreement(trial, store=store)


@review.command()
@click.argument("faithful", type=float)
@click.argument("review_", metavar="REVIEW", type=float)
@click.option("--decline", is_flag=True, help="Log that they are not taken.")
@click.option("--reason", metavar="TEXT", required=True)
@store_option
@as_options
def thresholds(
    *,
    faithful: float,
    review_: float,
    decline: bool,
    reason: str,
    store: str | None,
    name: str,
    role: "ReviewerRole",
) -> int:
    """Accept or decline the thresholds that agreement proposes; for an admin. Only logged."""
    from api.commands import logs

    wanted = {
        "thresholds": {"faithful": faithful, "review": review_},
        "accepted": not decline,
        "reason": reason,
    }
    return logs.thresholds(wanted, store=store, name=name, role=role)


@review.command()
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@click.option("--pairs", is_flag=True, help="Only the edits, to train on.")
@click.option("--wordings", is_flag=True, help="Only the approved wordings, for the translation memory.")
@trial_option
@out_option
@store_option
def export(
    *, form: "Form", pairs: bool, wordings: bool, trial: str | None, out: str | None, store: str | None
) -> int:
    """Write items and verdicts as JSON lines or CSV."""
    if pairs and wordings:
        raise click.UsageError("give one of --pairs and --wordings")
    from api.commands import logs

    what: Form = "pairs" if pairs else "wordings" if wordings else form
    return logs.export(what, trial, out, store=store)


@review.command()
@click.option("--trial", metavar="ID", required=True, help="Of a trial, or batch of pairs.")
@out_option
@store_option
def report(*, trial: str, out: str | None, store: str | None) -> int:
    """Write the audit report of a trial: HTML that stands alone and prints."""
    from api.commands import logs

    return logs.report(trial, out, store=store)
