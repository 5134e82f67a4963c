"""What ``review verify``, ``head``, ``replay``, ``agreement``, ``thresholds``, ``export``, ``report`` do."""

import sys
from collections.abc import Mapping

from api.commands.reviews import given, reviewer, workbench
from api.output import ReaderGoneError, output
from api.review import export as exports
from api.review import report as reports
from api.review.agreement import agreement as agreement_of
from api.review.records import Head, ReviewerRole
from api.review.statistics import Estimate
from api.review.thresholds import Settlement, check_scorer, settle
from translator.errors import InputError


def verify(head: str | None, *, store: str | None) -> int:
    """Check log and state, and tell each place where something is wrong.

    Returns:
        0 where all is well, else 1.

    Raises:
        InputError: The head is none, or the store cannot be opened.
    """
    remembered = None if head is None else _head(head)
    with workbench(store) as work, work.store.reading() as view:
        found = view.verify(remembered)
        for one in found.breaks:
            print(f"event {one.sequence}: {one.message}")
        # What a broken log says is no measure for the state.
        rows = [] if found.breaks else view.differences()
    for row in rows:
        print(f"{row}: is not what the log says; 'review replay' makes it so")
    if found.breaks or rows:
        return 1
    print(f"{found.events} events, one chain; the state is what they say; head {_told(found.head)}")
    return 0


def head(*, store: str | None) -> int:
    """Print the head of the log.

    Raises:
        InputError: The store cannot be opened.
    """
    with workbench(store) as work, work.store.reading() as view:
        print(_told(view.head()))
    return 0


def replay(*, store: str | None) -> int:
    """Make the state anew.

    Raises:
        InputError: The log is broken, or the store cannot be opened.
    """
    with workbench(store) as work, work.store.writing() as ledger:
        found = ledger.verify()
        if found.breaks:
            first = found.breaks[0]
            where = f"event {first.sequence}"
            raise InputError(where, first.message, "Restore the store from a copy; nothing was changed")
        print(f"{ledger.replay()} events")
    return 0


def agreement(trial_id: str | None, *, store: str | None) -> int:
    """Tell agreement, pace and the scorer's rates.

    Raises:
        InputError: The store cannot be opened.
    """
    with workbench(store) as work, work.store.reading() as view:
        agreed = agreement_of(view.every_verdict(trial_id))
        checked = check_scorer(view.every_verdict(trial_id))
    if not sys.stdout.isatty():
        print(f'{{"agreement":{agreed.model_dump_json()},"scorer":{checked.model_dump_json()}}}')
        return 0
    print(f"decisions       alpha {_figures(agreed.alpha)}")
    for kind in agreed.types:
        print(f"{kind.type:<15} alpha {_figures(kind.alpha)}, named {kind.named} times")
    for pair in agreed.pairs:
        print(f"{' and '.join(pair.reviewers):<15} kappa {_figures(pair.kappa)}")
    for pace in agreed.pace:
        print(f"{pace.reviewer:<15} {pace.verdicts} verdicts, median {pace.seconds} s from claim to verdict")
    print(f"scorer: {checked.errors} of {checked.sentences} judged sentences have an error")
    for rate in checked.rates:
        print(
            f"  below {rate.threshold:.2f}: {rate.flagged}, precision {rate.precision}, recall {rate.recall}"
        )
    if checked.proposed:
        print(f"proposed: faithful {checked.proposed.faithful}, review {checked.proposed.review}")
    return 0


def thresholds(fields: Mapping[str, object], *, store: str | None, name: str, role: ReviewerRole) -> int:
    """Log what an admin makes of the proposed thresholds.

    Raises:
        InputError: They are not what is proposed, this is no admin, or the store cannot be opened.
    """
    actor = reviewer(name, role)
    with workbench(store) as work:
        event = settle(work, actor, given(Settlement, fields))
    print(f"event {event.sequence}")
    return 0


def export(what: exports.Form, trial_id: str | None, out: str | None, *, store: str | None) -> int:
    """Write an export.

    Args:
        what: Which.
        trial_id: Of one trial; None for all.
        out: File to write; None for standard output.
        store: URL; None takes that of the settings.

    Returns:
        The exit status.

    Raises:
        InputError: The store or the output cannot be used.
    """
    with workbench(store) as work, work.store.reading() as view, output(out) as write:
        try:
            for line in exports.EXPORTS[what](view, trial_id):
                write(line)
        except ReaderGoneError:
            return 0
    return 0


def report(trial_id: str, out: str | None, *, store: str | None) -> int:
    """Write the audit report.

    Raises:
        InputError: The trial has no items, or the store or the output cannot be used.
    """
    with workbench(store) as work, work.store.reading() as view:
        page = reports.report(view, trial_id, work.clock())
    with output(out) as write:
        write(page)
    return 0


def _head(text: str) -> Head:
    number, _, digits = text.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 16 and digits):
        raise InputError("--head", "is no head of a log", "Give what review head printed, NUMBER:HASH")
    return Head(sequence=int(number), hash=digits)


def _told(last: Head) -> str:
    return f"{last.sequence}:{last.hash}"


def _figures(estimate: Estimate) -> str:
    if estimate.value is None:
        return f"undefined on {estimate.units}"
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f}) on {estimate.units}"
