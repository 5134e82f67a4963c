"""Whatever reviewers do, in whatever order: the log holds, the state is what it says, nothing is lost."""

import tempfile

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
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
    escalate,
    pair,
    reject,
    take_in,
)

from api.review.errors import ReviewError
from api.review.records import CLOSED, Entry, Reviewer

PLAINS = ("You must be 18 or older.", "You must be an adult.", "doubtful", "wrong")
numbers = st.integers(1, 4)
reviewers = st.sampled_from([ADMIN, ANN, BOB, EVE])


class Reviewing(RuleBasedStateMachine):
    """A store on which several people work, half of it reviewed twice."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.work = bench(f"sqlite:///{self._folder.name}/store.db", double_share=0.5)
        self.clock = self.work.clock
        self.verdicts: list[str] = []
        self.log: list[str] = []

    def teardown(self) -> None:
        self.work.store.close()
        self._folder.cleanup()

    def picked(self, number: int) -> Entry:
        found = entries(self.work)
        return found[number % len(found)]

    @rule(number=numbers, plain=st.sampled_from(PLAINS), source=st.sampled_from(["Adult", "Age ≥ 18"]))
    def take_in(self, number: int, plain: str, source: str) -> None:
        take_in(self.work, pair(number, plain, source=source))

    @rule(kept=st.sets(numbers, min_size=1))
    def take_in_whole(self, kept: set[int]) -> None:
        take_in(self.work, *(pair(number, source="Adult") for number in kept), whole=True)

    @rule(minutes=st.sampled_from([1, 14, 16]))
    def wait(self, minutes: int) -> None:
        assert isinstance(self.clock, Clock)
        self.clock.wind(minutes=minutes)

    @precondition(lambda self: entries(self.work))
    @rule(number=numbers, reviewer=reviewers, claims=st.booleans())
    def claim_or_release(self, number: int, reviewer: Reviewer, claims: bool) -> None:
        shown = self.picked(number)
        try:
            if claims:
                assert self.work.claim(shown.item.id, reviewer).reviewer == reviewer.name
            else:
                self.work.release(shown.item.id, reviewer)
                assert self.picked(number).claim is None
        except ReviewError:
            assert self.picked(number) == shown

    @precondition(lambda self: entries(self.work))
    @rule(
        number=numbers,
        reviewer=reviewers,
        make=st.sampled_from([accept, reject, escalate, lambda shown: edit(shown, "You must be grown up.")]),
    )
    def decide(self, number: int, reviewer: Reviewer, make: object) -> None:
        shown = self.picked(number)
        try:
            self.work.claim(shown.item.id, reviewer)
            after = self.work.decide(shown.item.id, reviewer, make(shown))  # type: ignore[operator]
        except ReviewError:
            assert self.picked(number).state == shown.state
        else:
            assert after.claim is None
            assert shown.state not in CLOSED

    @precondition(lambda self: entries(self.work))
    @rule(number=numbers, reviewer=reviewers)
    def reopen(self, number: int, reviewer: Reviewer) -> None:
        shown = self.picked(number)
        try:
            assert self.work.reopen(shown.item.id, reviewer, "why not").round == shown.round + 1
        except ReviewError:
            assert shown.state == "open" or reviewer != ADMIN

    @invariant()
    def holds(self) -> None:
        with self.work.store.reading() as view:
            assert not view.verify().breaks
            assert view.differences() == []
            verdicts = [one.model_dump_json() for one in view.every_verdict()]
        assert verdicts[: len(self.verdicts)] == self.verdicts  # nothing given is ever lost or changed
        self.verdicts = verdicts
        for one in entries(self.work):
            approved = one.wording is not None
            assert approved or one.state not in {"accepted", "edited"}
            assert not approved or one.state in {"accepted", "edited", "withdrawn"}
            assert one.closed_at is not None or one.state not in CLOSED


TestReviewing = Reviewing.TestCase
TestReviewing.settings = settings(max_examples=12, stateful_step_count=12)
