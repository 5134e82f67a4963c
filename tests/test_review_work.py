"""The work on reviews: who may do what, what a verdict needs, what an import touches, and the queue."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes import VERSIONS
from reviewing import (
    ADMIN,
    ANN,
    BOB,
    EVE,
    Clock,
    accept,
    bench,
    edit,
    entries,
    entry,
    escalate,
    judge,
    pair,
    reject,
    take_in,
)
from stores import postgres, postgres_url, store_url  # noqa: F401  fixtures

from api.review.errors import ReviewError
from api.review.identity import drawn, item_id
from api.review.records import Decision, Entry, Filters, Reviewer
from api.review.risk import ROUTES, WEIGHTS, risk
from api.review.work import Workbench
from api.store import queues
from translator.published import PublishedFidelity, PublishedTranslation
from translator.records import Readability

MENDED = "You must be at least 18 years old."


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workbench]:
    work = bench(f"sqlite:///{tmp_path / 'store.db'}")
    yield work
    work.store.close()


@pytest.fixture
def twice(tmp_path: Path) -> Iterator[Workbench]:
    """Where two judge each item."""
    work = bench(f"sqlite:///{tmp_path / 'twice.db'}", double_share=1.0)
    yield work
    work.store.close()


def clock_of(work: Workbench) -> Clock:
    assert isinstance(work.clock, Clock)
    return work.clock


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(ReviewError) as told:
        work()
    return told.value.code


def test_one_verdict_closes_an_item(store_url: str) -> None:  # noqa: F811
    work = bench(store_url)
    take_in(work, pair(1), pair(2), pair(3, "doubtful"))
    assert judge(work, ANN, 1, accept(entry(work, 1))).wording == entry(work, 1).item.plain
    assert judge(work, ANN, 2, edit(entry(work, 2), MENDED)).wording == MENDED
    assert judge(work, BOB, 3, reject(entry(work, 3))).wording is None
    assert [entry(work, number).state for number in (1, 2, 3)] == ["accepted", "edited", "rejected"]
    (verdict,) = work.show(entry(work, 2).item.id, ANN).verdicts
    assert (verdict.reviewer, verdict.stage, verdict.outcome) == ("ann", "first", "edited")
    assert verdict.decision.digest == entry(work, 2).digest
    assert verdict.edited is not None
    assert verdict.edited.verdict == "faithful"
    assert work.progress().states == {"accepted": 1, "edited": 1, "rejected": 1}
    work.store.close()


def test_a_claim_keeps_others_away_until_it_expires(work: Workbench) -> None:
    take_in(work, pair())
    shown = entry(work)
    claim = work.claim(shown.item.id, ANN)
    assert (claim.expires_at - claim.claimed_at).total_seconds() == 900
    assert refused(lambda: work.claim(shown.item.id, BOB)) == "claimed"
    assert refused(lambda: work.decide(shown.item.id, BOB, accept(shown))) == "claimed"
    assert refused(lambda: work.release(shown.item.id, BOB)) == "claimed"
    clock_of(work).wind(minutes=10)
    renewed = work.claim(shown.item.id, ANN)
    assert renewed.claimed_at == claim.claimed_at
    assert renewed.expires_at > claim.expires_at
    clock_of(work).wind(minutes=15)
    assert work.claim(shown.item.id, BOB).reviewer == "bob"
    assert refused(lambda: work.decide(shown.item.id, ANN, accept(shown))) == "claimed"


def test_of_two_who_claim_at_once_one_has_it(store_url: str) -> None:  # noqa: F811
    work = bench(store_url)
    take_in(work, *(pair(number) for number in range(8)))
    start = threading.Barrier(2)

    def claims(reviewer: Reviewer) -> list[bool]:
        start.wait(30)
        return [_claimed(work, one, reviewer) for one in entries(work)]

    with ThreadPoolExecutor(2) as both:
        had = list(zip(*both.map(claims, [ANN, BOB]), strict=True))
    assert all(ann != bob for ann, bob in had)
    with work.store.reading() as view:
        assert (view.verify().events, view.differences()) == (16, [])
    work.store.close()


def _claimed(work: Workbench, one: Entry, reviewer: Reviewer) -> bool:
    try:
        return work.claim(one.item.id, reviewer).reviewer == reviewer.name
    except ReviewError:
        return False


def test_a_lost_lease_is_told_and_can_be_taken_again(work: Workbench) -> None:
    take_in(work, pair())
    shown = entry(work)
    assert refused(lambda: work.decide(shown.item.id, ANN, accept(shown))) == "unclaimed"
    work.claim(shown.item.id, ANN)
    clock_of(work).wind(minutes=15)
    assert refused(lambda: work.decide(shown.item.id, ANN, accept(shown))) == "lease_lost"
    assert work.claim(shown.item.id, ANN).claimed_at == clock_of(work)()
    assert work.decide(shown.item.id, ANN, accept(shown)).state == "accepted"


def test_what_is_given_back_is_free(work: Workbench) -> None:
    take_in(work, pair())
    shown = entry(work)
    work.release(shown.item.id, ANN)
    work.claim(shown.item.id, ANN)
    work.release(shown.item.id, ANN)
    work.claim(shown.item.id, BOB)
    work.release(shown.item.id, ADMIN)
    assert entry(work).claim is None
    kinds = [event.kind for event in work.history(shown.item.id, ANN)]
    assert kinds == ["imported", "claimed", "released", "claimed", "released"]


Make = Callable[[Entry], Decision]
REFUSALS: dict[str, tuple[str, Make, str]] = {
    "accept what the scorer calls unfaithful": ("wrong", accept, "unfaithful"),
    "edit to what the scorer calls unfaithful": ("fine", lambda e: edit(e, "wrong it is"), "unfaithful"),
    "overrule without a reason": ("wrong", lambda e: accept(e, overrule="other"), "incomplete"),
    "reject without an error": ("fine", lambda e: Decision(action="reject", digest=e.digest), "incomplete"),
    "escalate without a reason": (
        "fine", lambda e: Decision(action="escalate", digest=e.digest), "incomplete"
    ),
    "edit without a sentence": ("fine", lambda e: Decision(action="edit", digest=e.digest), "incomplete"),
    "edit without a change": ("it is fine", lambda e: edit(e, " it is  fine "), "incomplete"),
    "accept with a sentence": ("fine", lambda e: accept(e, plain="other"), "incomplete"),
    "accept with a grave error": (
        "fine", lambda e: accept(e, errors=({"type": "number", "severity": "major"},)), "incomplete"
    ),
    "accept what was not shown": ("fine", lambda e: Decision(action="accept", digest="0" * 64), "stale"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_a_decision_that_lacks_something_is_refused_and_leaves_no_trace(work: Workbench, name: str) -> None:
    plain, make, code = REFUSALS[name]
    take_in(work, pair(plain=plain))
    shown = entry(work)
    work.claim(shown.item.id, ANN)
    assert refused(lambda: work.decide(shown.item.id, ANN, make(shown))) == code
    assert entry(work).state == "open"
    assert entry(work).claim is not None
    with work.store.reading() as view:
        assert view.head().sequence == 2


def test_a_reason_overrules_the_scorer(work: Workbench) -> None:
    take_in(work, pair(1, "wrong"), pair(2))
    because = {"overrule": "scorer_misread", "reason": "The limit stands in the heading."}
    assert judge(work, ANN, 1, accept(entry(work, 1), **because)).state == "accepted"
    assert judge(work, ANN, 2, edit(entry(work, 2), "wrong as well", **because)).wording == "wrong as well"


def test_an_edit_is_scored_before_it_is_decided(work: Workbench) -> None:
    take_in(work, pair())
    shown = entry(work)
    assert work.score(shown.item.id, "wrong").verdict == "unfaithful"
    assert work.score(shown.item.id, MENDED).verdict == "faithful"
    assert entry(work) == shown


def test_two_who_agree_close_what_is_reviewed_twice(twice: Workbench) -> None:
    take_in(twice, pair(1), pair(2), pair(3))
    assert judge(twice, ANN, 1, accept(entry(twice, 1))).state == "open"
    assert judge(twice, BOB, 1, accept(entry(twice, 1))).state == "accepted"
    judge(twice, ANN, 2, edit(entry(twice, 2), MENDED))
    assert judge(twice, BOB, 2, edit(entry(twice, 2), f" {MENDED}")).wording == MENDED
    judge(twice, ANN, 3, edit(entry(twice, 3), MENDED))
    assert judge(twice, BOB, 3, edit(entry(twice, 3), "You must be an adult.")).state == "disputed"


def test_the_second_reviewer_does_not_see_the_first_verdict(twice: Workbench) -> None:
    take_in(twice, pair())
    shown = judge(twice, ANN, 1, reject(entry(twice)))
    seen = twice.show(shown.item.id, BOB)
    assert seen.verdicts == ()
    assert (seen.entry.state, seen.entry.wording) == ("open", None)
    assert "decided" not in [event.kind for event in twice.history(shown.item.id, BOB)]
    assert len(twice.show(shown.item.id, ANN).verdicts) == 1
    assert "decided" in [event.kind for event in twice.history(shown.item.id, ANN)]
    assert refused(lambda: twice.claim(shown.item.id, ANN)) == "blind"
    judge(twice, BOB, 1, accept(entry(twice)))
    assert len(twice.show(shown.item.id, EVE).verdicts) == 2


@pytest.mark.parametrize(("adjudicator", "code"), [(EVE, None), (ADMIN, None), (ANN, "forbidden")])
def test_a_third_person_settles_a_dispute(twice: Workbench, adjudicator: Reviewer, code: str | None) -> None:
    take_in(twice, pair())
    judge(twice, ANN, 1, reject(entry(twice)))
    assert judge(twice, BOB, 1, accept(entry(twice))).state == "disputed"
    if code:
        assert refused(lambda: twice.claim(entry(twice).item.id, adjudicator)) == code
    else:
        assert judge(twice, adjudicator, 1, edit(entry(twice), MENDED)).state == "edited"
        assert twice.show(entry(twice).item.id, ANN).verdicts[-1].stage == "adjudication"


def test_an_escalation_waits_for_somebody_else(twice: Workbench) -> None:
    take_in(twice, pair())
    assert judge(twice, ANN, 1, escalate(entry(twice))).state == "escalated"
    assert refused(lambda: twice.claim(entry(twice).item.id, ANN)) == "forbidden"
    assert judge(twice, BOB, 1, accept(entry(twice))).state == "accepted"


def test_what_is_closed_stays_so_until_an_admin_opens_it(work: Workbench) -> None:
    take_in(work, pair())
    shown = judge(work, ANN, 1, accept(entry(work)))
    assert refused(lambda: work.claim(shown.item.id, BOB)) == "closed"
    assert refused(lambda: work.decide(shown.item.id, ANN, reject(shown))) == "closed"
    assert refused(lambda: work.reopen(shown.item.id, ANN, "I was wrong.")) == "forbidden"
    opened = work.reopen(shown.item.id, ADMIN, "The protocol was amended.")
    assert (opened.state, opened.round, opened.wording) == ("open", 2, None)
    assert judge(work, ANN, 1, reject(entry(work))).state == "rejected"
    assert [one.outcome for one in work.show(shown.item.id, BOB).verdicts] == ["accepted", "rejected"]


@pytest.mark.parametrize("call", ["claim", "show", "history", "release"])
def test_what_is_not_there_is_told(work: Workbench, call: str) -> None:
    assert refused(lambda: getattr(work, call)("0" * 32, ANN)) == "not_found"


# What is given anew, and what becomes of an item that was accepted (1), one that was mended (2), one that is
# open (3): unchanged, changed, reopened, carried; and their states.
AGAIN = {
    "the same": ([pair(1), pair(2), pair(3)], (3, 0, 0, 0), ["accepted", "edited", "open"]),
    "another sentence": (
        [pair(1, "You must be an adult."), pair(2), pair(3)], (2, 1, 1, 0), ["open", "edited", "open"]
    ),
    "another source": (
        [pair(1, source="Age ≥ 21 years"), pair(2), pair(3)], (2, 1, 1, 0), ["open", "edited", "open"]
    ),
    "another lead-in": (
        [pair(1, context="One of:"), pair(2), pair(3)], (2, 1, 1, 0), ["open", "edited", "open"]
    ),
    "another model, same words": (
        [pair(1, model="next"), pair(2, model="next"), pair(3, model="next")],
        (0, 3, 0, 0),
        ["accepted", "edited", "open"],
    ),
    "the sentence that was approved": (
        [pair(1), pair(2, MENDED), pair(3)], (2, 1, 0, 0), ["accepted", "edited", "open"]
    ),
    "all moved by one": (
        [pair(2, source="Age ≥ 18 years (1)"), pair(3, source="Age ≥ 18 years (2)")],
        (0, 2, 0, 2),
        ["accepted", "accepted", "edited"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", AGAIN)
def test_only_what_is_touched_is_opened_again(work: Workbench, name: str) -> None:
    given, counts, states = AGAIN[name]
    take_in(work, pair(1), pair(2), pair(3))
    judge(work, ANN, 1, accept(entry(work, 1)))
    judge(work, ANN, 2, edit(entry(work, 2), MENDED))
    done = take_in(work, *given)
    assert (done.unchanged, done.changed, done.reopened, done.carried) == counts
    assert [entry(work, number).state for number in (1, 2, 3)] == states
    with work.store.reading() as view:
        assert view.differences() == []


def test_why_an_item_was_opened_again_is_logged(work: Workbench) -> None:
    take_in(work, pair())
    shown = judge(work, ANN, 1, accept(entry(work)))
    take_in(work, pair(plain="doubtful", source="Age ≥ 21 years"))
    changed, reopened = work.history(shown.item.id, ANN)[-2:]
    assert (changed.kind, reopened.kind) == ("changed", "reopened")
    assert reopened.payload["why"] == "the source has changed; the translation has changed"
    assert [one.round for one in work.show(shown.item.id, ANN).verdicts] == [1]


def translated(verdict: str = "faithful", scorer: str = "a", number: int = 1) -> PublishedTranslation:
    return PublishedTranslation(
        trial_id="NCT01234567", id=str(number), section="inclusion", role="criterion", parent_id=None,
        span=(0, 5), source="Adult", plain="You must be 18 or older.", route="model",
        fidelity=PublishedFidelity.model_validate({"score": 0.9, "verdict": verdict, "findings": ()}),
        readability=Readability(grade=3, words=6), terms=(),
        versions=VERSIONS.model_copy(update={"scorer": scorer}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "state"), [("faithful", "accepted"), ("review", "open"), ("unfaithful", "open")]
)
def test_a_new_scorer_touches_what_it_thinks_worse_of(work: Workbench, verdict: str, state: str) -> None:
    take_in(work, translated())  # type: ignore[arg-type]
    judge(work, ANN, 1, accept(entry(work)))
    take_in(work, translated(verdict, "b"))  # type: ignore[arg-type]
    assert entry(work).state == state
    assert entry(work).item.versions.scorer == "b"


def test_a_first_verdict_counts_no_more_when_the_item_changes(twice: Workbench) -> None:
    take_in(twice, pair())
    judge(twice, ANN, 1, accept(entry(twice)))
    take_in(twice, pair(plain="You must be an adult."))
    assert entry(twice).round == 2
    assert judge(twice, ANN, 1, accept(entry(twice))).state == "open"
    assert judge(twice, BOB, 1, accept(entry(twice))).state == "accepted"


def test_a_decision_on_what_has_changed_meanwhile_is_a_conflict(work: Workbench) -> None:
    take_in(work, pair())
    shown = entry(work)
    work.claim(shown.item.id, ANN)
    take_in(work, pair(plain="You must be an adult."))
    assert refused(lambda: work.decide(shown.item.id, ANN, accept(shown))) == "stale"
    assert work.decide(shown.item.id, ANN, accept(entry(work))).state == "accepted"


def test_what_a_whole_trial_no_longer_has_is_withdrawn(work: Workbench) -> None:
    take_in(work, pair(1), pair(2))
    assert take_in(work, pair(1)).withdrawn == 0
    assert take_in(work, pair(1), whole=True).withdrawn == 1
    assert entry(work, 2).state == "withdrawn"
    assert refused(lambda: work.claim(entry(work, 2).item.id, ANN)) == "closed"
    assert take_in(work, pair(1), pair(2), whole=True).reopened == 1
    assert entry(work, 2).state == "open"


def test_the_queue_begins_with_the_highest_risk_and_goes_on_where_it_stood(store_url: str) -> None:  # noqa: F811
    work = bench(store_url)
    plains = ("fine", "doubtful", "wrong")
    take_in(work, *(pair(number, f"{plains[number % 3]} {number}") for number in range(25)))
    seen: list[Entry] = []
    after = None
    while True:
        page = work.queue(Filters(), after=after, limit=4)
        seen += page.entries
        after = page.next
        if after is None:
            break
    assert len({one.item.id for one in seen}) == len(seen) == 25
    assert seen == sorted(seen, key=lambda one: (-one.risk, one.item.id))
    assert seen[0].item.fidelity.verdict == "unfaithful"
    assert refused(lambda: work.queue(Filters(), after="x")) == "incomplete"
    work.store.close()


def test_filters_choose(work: Workbench) -> None:
    take_in(work, pair(1, "wrong"), pair(2, section="exclusion"), pair(3, trial_id="NCT01234567"))
    judge(work, ANN, 2, accept(entry(work, 2)))

    def ids(**filters: object) -> list[str]:
        return [one.item.criterion_id for one in entries(work, **filters)]

    assert ids(state="open") == ["1", "3"]
    assert ids(section="exclusion") == ["2"]
    assert ids(verdict="unfaithful") == ids(type="number") == ["1"]
    assert ids(trial_id="NCT01234567") == ["3"]
    assert ids(type="unit") == []
    work.claim(entry(work, 1).item.id, ANN)
    assert ids(state="open", available_to="bob") == ["3"]
    assert ids(state="open", available_to="ann") == ["1", "3"]
    clock_of(work).wind(hours=1)
    assert ids(state="open", available_to="bob") == ["1", "3"]


def test_an_own_verdict_takes_an_item_out_of_the_own_queue(twice: Workbench) -> None:
    take_in(twice, pair())
    judge(twice, ANN, 1, accept(entry(twice)))
    assert entries(twice, state="open", available_to="ann") == []
    assert len(entries(twice, state="open", available_to="bob")) == 1


QUESTIONS = [
    Filters(),
    Filters(available_to="ann"),
    Filters(type="number", section="inclusion", verdict="review"),
    Filters(trial_id="NCT01234567"),
    Filters(state="disputed", available_to="ann"),
    Filters(state=None),
    Filters(state=None, verdict="review"),
]


@pytest.mark.parametrize("after", [None, "500.abc"])
@pytest.mark.parametrize("filters", QUESTIONS, ids=lambda one: one.model_dump_json(exclude_defaults=True))
def test_a_page_is_found_by_an_index(work: Workbench, filters: Filters, after: str | None) -> None:
    query = queues.query(filters, work.clock(), after=after, limit=50)
    with work.store.reading() as view:
        compiled = query.compile(view.connection, compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in view.connection.execute(sa.text(f"EXPLAIN QUERY PLAN {compiled}"))]
    assert any(f"USING{kind} INDEX items_" in step for step in plan for kind in ("", " COVERING"))
    # To begin at the highest risk of all is to walk an index; no other table or order is walked.
    walks = [step for step in plan if step.startswith("SCAN")]
    assert walks == (["SCAN items USING INDEX items_by_risk"] if filters.state is None and not after else [])
    if filters.trial_id is None:  # a trial is sorted as a whole; it is small
        assert not [step for step in plan if "TEMP B-TREE" in step]


def test_neighbours_are_shown(work: Workbench) -> None:
    take_in(work, *(pair(number) for number in (1, 2, 3)))
    shown = work.show(entry(work, 2).item.id, ANN)
    assert shown.before is not None
    assert shown.after is not None
    assert (shown.before.item.criterion_id, shown.after.item.criterion_id) == ("1", "3")


def test_progress_is_counted_by_day(work: Workbench) -> None:
    take_in(work, pair(1), pair(2))
    clock_of(work).wind(days=2)
    judge(work, ANN, 1, accept(entry(work, 1)))
    days = [(one.day, one.imported, one.closed) for one in work.progress("pairs").days]
    assert days == [("2026-03-01", 2, 0), ("2026-03-03", 2, 1)]
    assert work.progress("elsewhere").states == {}


def test_the_sample_is_what_it_is() -> None:
    ids = [item_id("NCT01234567", str(number)) for number in range(2000)]
    share = sum(drawn(one, 0.1) for one in ids) / len(ids)
    assert 0.07 < share < 0.13
    assert all(drawn(one, 0.5) for one in ids if drawn(one, 0.1))
    assert not any(drawn(one, 0.0) for one in ids)
    assert all(drawn(one, 1.0) for one in ids)


def test_each_part_of_the_risk_counts_and_all_make_a_thousand(work: Workbench) -> None:
    take_in(work, pair(1, "wrong"))
    worst = entry(work).item
    worst = worst.model_copy(update={"fidelity": worst.fidelity.model_copy(update={"score": 0.0})})
    assert risk(worst, approved_before=False, reach=64) == sum(WEIGHTS.values()) == 1000
    milder = [
        risk(worst, approved_before=True, reach=64),
        risk(worst, approved_before=False, reach=1),
        risk(worst.model_copy(update={"route": "memory"}), approved_before=False, reach=64),
        risk(entry(work).item, approved_before=False, reach=64),
    ]
    assert max(milder) < 1000
    assert set(ROUTES) == {"given", "model", "source", "template", "memory"}


def test_words_that_were_approved_before_are_less_urgent(work: Workbench) -> None:
    take_in(work, pair(1, source="Adult"))
    first = judge(work, ANN, 1, accept(entry(work, 1)))
    take_in(work, pair(9, source="Adult"), batch="others")
    assert entry(work, 9).state == "open"
    assert entry(work, 9).risk < first.risk
