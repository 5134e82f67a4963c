import sqlite3
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from fakes import ScriptedModel, criterion
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from translator.errors import InputError
from translator.generate import BEAMS, GREEDY, ModelWriter
from translator.memory import Memory, key_of
from translator.pipeline import Translator
from translator.records import (
    Answer,
    ApprovedWording,
    Draft,
    FidelityReport,
    NormalisedCriterion,
    Readability,
    Span,
    Trial,
)
from translator.templates import TemplateWriter

SCRIPT = {
    "walk 200 meters": ["You must be able to walk 200 meters without rest."],
    "nursing home": ["You cannot join if you live in a nursing home with more than 14 beds."],
    "aspirin": ["You cannot join if you cannot take aspirin.", "You can join."],
}
MODEL = ScriptedModel(SCRIPT, ["You must be well."])
TEXTS = [
    "Able to walk 200 meters without rest", "Residence in a nursing home with more than 40 beds",
    "Allergy to aspirin", "Age ≥ 18 years", "Pregnant women", "MI within 6 months", "…",
]  # fmt: skip
UNITS = st.builds(
    criterion,
    st.sampled_from(TEXTS),
    st.sampled_from(["inclusion", "exclusion", "other"]),
    st.sampled_from(["criterion", "note", "heading"]),
    st.sampled_from("123"),
    st.sampled_from([None, "1"]),
)
CALLS = st.lists(st.tuples(st.lists(UNITS, max_size=4), st.sampled_from([None, 0.9, 1.0])), max_size=4)
WRITERS = (ModelWriter(MODEL, GREEDY), ModelWriter(MODEL, BEAMS), TemplateWriter())
PLAIN = Translator(WRITERS, MODEL.version)


def remembering(memory: Memory | None, approved=()) -> Translator:
    return Translator(WRITERS, MODEL.version, memory=memory, approved=approved)


def answer(text: str = "You must be well.") -> Answer:
    return Answer(
        draft=Draft(text=text, route="model", log_probability=-0.1),
        fidelity=FidelityReport(score=0.9, verdict="faithful", signature="test"),
        readability=Readability(grade=2.0, words=4),
    )


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def translated(translator: Translator, text: str, section="inclusion", context=None, least=None):
    unit = criterion(text, section).model_copy(update={"context": context})
    return translator.translate_criteria([unit], min_fidelity=least)[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.sqlite"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CALLS, st.lists(st.sampled_from([0, 40_000, 10**9]), min_size=2, max_size=2), st.data())
def test_a_memory_changes_no_byte_of_an_answer(tmp_path_factory, calls, sizes, data):
    path = tmp_path_factory.mktemp("memory") / "memory.sqlite"
    # Two translators on one file, as two processes have them; the smaller sizes make them forget.
    others = [remembering(Memory(path, most_bytes=size)) for size in sizes]
    for units, least in data.draw(st.permutations([*calls, *calls])):
        one = data.draw(st.sampled_from(others))
        with_memory = one.translate_criteria(units, min_fidelity=least)
        without = PLAIN.translate_criteria(units, min_fidelity=least)
        assert [a.model_dump_json() for a in with_memory] == [a.model_dump_json() for a in without]


def test_what_was_answered_is_not_asked_again(path):
    first, second = remembering(Memory(path)), remembering(Memory(path))
    before = translated(first, TEXTS[0])
    MODEL.asked.clear()
    assert translated(second, TEXTS[0]) == before
    assert before.draft.route == "model"
    assert MODEL.asked == []
    translated(second, TEXTS[0], least=1.0)
    translated(second, TEXTS[0], context="For cohort A:")
    assert len(MODEL.asked) > 1
    assert second.memory.statistics.asked == 3
    assert second.memory.statistics.found == 1
    assert second.memory.statistics.answers == 3


def test_equal_criteria_of_a_call_are_asked_for_once():
    MODEL.asked.clear()
    PLAIN.translate_criteria([criterion(TEXTS[0], unit_id=unit_id) for unit_id in "123"])
    assert len(MODEL.asked) == 1


def test_another_version_reads_nothing_of_the_first(path):
    translated(remembering(Memory(path)), TEXTS[0])
    other = Translator(WRITERS, "scripted@1", memory=Memory(path))
    translated(other, TEXTS[0])
    assert other.memory.statistics.found == 0


FIELDS = [
    {"section": "exclusion"},
    {"role": "note"},
    {"text": "Able to walk 300 meters"},
    {"context": "For cohort A:"},
]


@pytest.mark.parametrize("change", FIELDS, ids=lambda change: next(iter(change)))
def test_a_key_tells_all_apart_that_an_answer_depends_on(change):
    one = NormalisedCriterion(criterion=criterion(TEXTS[0]), text=TEXTS[0])
    other = one.model_copy(update={"criterion": one.criterion.model_copy(update=change)})
    assert key_of(one, 0.0, None, "1") != key_of(other, 0.0, None, "1")


def test_a_key_depends_on_the_lines_above_and_not_on_the_place():
    one = NormalisedCriterion(criterion=criterion(TEXTS[0]), text=TEXTS[0])
    place = {"id": "7", "parent_id": "6", "span": Span(start=9, end=12)}
    moved = one.model_copy(update={"criterion": one.criterion.model_copy(update=place)})
    assert key_of(one, 0.0, None, "1") == key_of(moved, 0.0, None, "1")
    keys = {
        key_of(one, 0.0, None, "1"),
        key_of(one.model_copy(update={"above": ("Arm X:",)}), 0.0, None, "1"),
        key_of(one, 0.5, None, "1"),
        key_of(one, 0.0, "You must be able to walk.", "1"),
        key_of(one, 0.0, None, "2"),
    }
    assert len(keys) == 5


def test_trials_together_come_out_as_each_alone():
    trials = [
        Trial(id="NCT99000001", eligibility="Exclusion Criteria:\n\n* History of:\n\n  * gout\n  * Aspirin"),
        Trial(id="NCT99000002"),
        Trial(id="NCT99000003", eligibility="Arm X:\n\n* gout\n* Age ≥ 18 years\n* Allergy to aspirin"),
        Trial(id="NCT99000004", eligibility=""),
    ]  # fmt: skip
    assert PLAIN.translate_trials(trials) == [PLAIN.translate_trial(trial) for trial in trials]


def test_the_size_is_bounded_and_other_versions_go_first(path):
    memory = Memory(path, most_bytes=200_000)
    memory.keep("old", {key(n): answer("x" * 500) for n in range(100)})
    memory.keep("new", {key(1000 + n): answer("x" * 500) for n in range(100)})
    assert memory.statistics.answers == 200
    for n in count(2000, 10):
        memory.keep("new", {key(n + i): answer("x" * 500) for i in range(10)})
        assert memory.recall([key(n)]) == {key(n): answer("x" * 500)}
        assert memory.statistics.bytes <= 200_000
        if not memory.recall([key(99)]):  # the newest of the old
            break
        assert len(memory.recall([key(1000 + i) for i in range(100)])) == 100


WRITER = """
import sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from test_memory import answer, key
from translator.memory import Memory
memory = Memory(Path(sys.argv[1]))
for n in range(int(sys.argv[2]), int(sys.argv[2]) + 300, 3):
    memory.keep("1", {key(n + i): answer(str(n + i)) for i in range(3)})
"""


def test_two_processes_write_at_once(path):
    here = str(Path(__file__).parent)
    running = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", WRITER, str(path), str(start), here], stderr=subprocess.PIPE, text=True
        )
        for start in (0, 150)
    ]
    assert [process.communicate()[1] for process in running] == ["", ""]
    found = Memory(path).recall([key(n) for n in range(450)])
    assert {kept: one.draft.text for kept, one in found.items()} == {key(n): str(n) for n in range(450)}


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE results (id)")
    connection.close()


UNFIT = {
    "another database": foreign,
    "text": lambda path: path.write_text("NCT99000001\n" * 500),
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("make", UNFIT.values(), ids=UNFIT)
def test_what_is_no_memory_is_refused_and_left_as_it_was(path, make):
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(InputError, match="Name another file") as refusal:
        Memory(path)
    assert refusal.value.where == str(path)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_file_that_is_damaged_while_in_use_is_told_and_done_without(path, caplog):
    memory = Memory(path)
    memory.keep("1", {key(n): answer("x" * 500) for n in range(200)})
    memory.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\x55" * (len(whole) - 4096))
    damaged = remembering(Memory(path))
    assert translated(damaged, TEXTS[0]) == translated(PLAIN, TEXTS[0])
    assert translated(damaged, TEXTS[4]) == translated(PLAIN, TEXTS[4])
    assert [record.message.split(":")[0] for record in caplog.records] == [
        f"{path} is not used as a memory of translations any more"
    ]


APPROVED = "You must be able to walk 200 meters without a rest."


def test_an_approved_wording_goes_first_and_is_told_in_the_versions(path):
    memory = Memory(path)
    memory.approve([ApprovedWording(section="inclusion", source=TEXTS[0], plain=APPROVED)])
    one = remembering(memory, memory.wordings())
    first, again = translated(one, TEXTS[0]), translated(one, TEXTS[0])
    assert first == again
    assert (first.draft.text, first.draft.route) == (APPROVED, "memory")
    assert first.fidelity == translated(PLAIN, TEXTS[0]).fidelity.model_copy(
        update={"score": first.fidelity.score}
    )
    assert one.versions.model.startswith(f"{MODEL.version}+approved@")
    assert translated(one, TEXTS[0], "exclusion").draft.route != "memory"
    assert translated(one, TEXTS[0], context="For cohort A:").draft.route != "memory"


def test_other_answers_are_remembered_when_wordings_are_approved(path):
    translated(remembering(Memory(path)), TEXTS[1])
    wording = ApprovedWording(section="inclusion", source=TEXTS[0], plain=APPROVED)
    one = remembering(Memory(path), [wording])
    translated(one, TEXTS[1])
    assert one.memory.statistics.found == 1


def test_an_approved_wording_that_is_unfaithful_is_not_used():
    wrong = ApprovedWording(
        section="inclusion", source=TEXTS[0], plain="You must be able to walk 100 meters without rest."
    )
    answered = translated(remembering(None, [wrong]), TEXTS[0])
    assert (answered.draft.route, answered.draft.text) == ("model", SCRIPT["walk 200 meters"][0])


def test_wordings_are_replaced_as_a_whole_and_change_the_version(path):
    wordings = [
        ApprovedWording(section="inclusion", source=text, context=context, plain=APPROVED)
        for text, context in (("a", None), ("a", "b"), ("c", ""))
    ]
    Memory(path).approve(wordings)
    assert Memory(path).wordings() == wordings
    Memory(path).approve(wordings[1:])
    assert Memory(path).wordings() == wordings[1:]
    versions = {remembering(None, some).versions.model for some in (wordings, wordings[1:], [])}
    assert len(versions) == 3
    assert MODEL.version in versions
    assert remembering(None, wordings[::-1]).versions == remembering(None, wordings).versions
