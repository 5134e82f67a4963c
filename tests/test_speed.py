"""The measures of speed: what they count is right; how fast this machine is, no test asks."""

import ast
import json
import sys
from pathlib import Path

import pytest
from fakes import ScriptedModel, criterion

from evaluation import pace, repetition, rungs, speed, stages, texts
from models import limit
from translator.generate import BEAMS, GREEDY, MOST_WORDS, ModelWriter, PartsWriter
from translator.ladder import LONGEST_CRITERION
from translator.normalise import Normaliser
from translator.records import Pair, Trial

ROOT = Path(__file__).parents[1]
WALKING = "Able to walk 200 meters without rest"
WALKED = "You must be able to walk 200 meters without rest."


@pytest.mark.parametrize(("file", "name"), stages.STAGES)
def test_each_stage_is_a_function_that_there_is(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    assert any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(tree))


def test_time_goes_to_the_innermost_stage() -> None:
    def within(file: str, name: str, body: str, **more: object) -> object:
        names = dict(more)
        exec(compile(f"def {name}(decoding=None):\n return {body}", f"/x/{file}", "exec"), names)  # noqa: S102
        return names[name]

    look = lambda: stages._stage(sys._getframe())  # noqa: E731
    generate = within("models/inference.py", "generate", "look()", look=look)
    write = within("translator/templates.py", "write", "inner(beams)", inner=generate, beams=BEAMS)
    assert look() == stages.OTHER
    assert within("translator/segment.py", "segment", "look()", look=look)() == "segment"
    assert generate(GREEDY) == "generate"
    assert write() == "generate, 4 beams"


def test_the_multiply_adds_are_those_of_the_network_on_the_card() -> None:
    width, inner, wide, layers, pieces = 512, 384, 1024, 8, 10_679
    attention, feed = 4 * width * inner, 3 * width * wide
    found = limit.weights()
    assert found.source == layers * (attention + feed) + layers * 2 * width * inner
    assert found.target == layers * (attention + attention // 2 + feed) + width * pieces
    assert found.multiply_adds(10, 2) == 10 * found.source + 2 * found.target


def test_a_text_is_understood_without_its_headings_and_documents() -> None:
    text = f"Inclusion Criteria:\n\n* {WALKING}\n* {'long ' * LONGEST_CRITERION}\n* Age over 18"
    read = list(texts.understood(text, Normaliser()))
    assert [one.text for one in read] == [WALKING, "Age over 18"]


def test_hit_rates_by_scope() -> None:
    trials = [["a", "b"], ["a", "c"], ["a", "a"], ["d", "b"]]
    assert repetition.hit_rate(trials, 1) == 1 / 8
    assert repetition.hit_rate(trials, 2) == 2 / 8
    assert repetition.hit_rate(trials, 100) == 4 / 8


def test_a_rate_that_does_not_grow_is_the_same_at_any_size() -> None:
    trials = [[f"{n}", f"{n}"] for n in range(16)]
    assert repetition.extrapolated(trials, 10**6) == pytest.approx(0.5)


def test_what_is_masked() -> None:
    texts = ["ANC ≥ 1.5 after 2 cycles", "ANC ≥ 0.75 after 6 cycles", "CD19 positive", "CD20 positive"]
    read = Normaliser().normalise([criterion(text) for text in texts])
    distinct = {name: len({way(one) for one in read}) for name, way in repetition.WAYS.items()}
    assert distinct == {"exact": 4, "numbers masked": 3, "numbers and names masked": 2}


def test_what_each_rung_adds() -> None:
    long = "Willing to keep a diary " * MOST_WORDS
    model = ScriptedModel({WALKING: ["You must be well.", WALKED]})
    writers = {
        "greedy": ModelWriter(model, GREEDY, most_words=10**6),
        "beams": ModelWriter(model, BEAMS, most_words=10**6),
        "again": ModelWriter(model, BEAMS, most_words=10**6),
    }
    criteria = Normaliser().normalise([criterion(WALKING), criterion("Willing to stay"), criterion(long)])
    found = rungs.measured(writers, criteria)
    assert [(len(rung.asked), len(rung.answered)) for rung in found.values()] == [(3, 0), (3, 1), (3, 1)]
    lines = rungs.table(found, criteria).splitlines()
    assert [line.split()[:4] for line in lines[1:4]] == [
        ["greedy", "3", "0", "0"],
        ["beams", "3", "1", "1"],
        ["again", "3", "1", "0"],
    ]
    assert lines[-5].split() == ["1", "to", "8", "2", "1"]
    assert lines[-1].split()[-2:] == ["1", "0"]


def test_the_model_is_not_asked_for_long_texts_but_for_their_parts() -> None:
    part = "Able to walk " + "far and " * 12 + "wide."
    long = " ".join([part] * 3)
    model = ScriptedModel(always=["You must be well."])
    writer = ModelWriter(model, GREEDY)
    (one,) = Normaliser().normalise([criterion(long)])
    assert writer.write([one]) == [[]]
    assert model.asked == []
    ((draft,),) = PartsWriter(writer).write([one])
    assert draft.text.count("You must be well.") == len(model.asked) == 3


def test_ours_is_measured_end_to_end() -> None:
    text = f"Inclusion Criteria:\n\n* {WALKING}\n* Age ≥ 18 years"
    done = speed.ours([Trial(id="NCT99000001", eligibility=text)])
    assert len(done.drafts) == len(done.faithful) == 2
    assert done.seconds > 0
    assert sum(done.stages.values()) == pytest.approx(1)


def figures(rate: float) -> dict[str, object]:
    return {
        "criteria": 64,
        "criteria_per_second": rate,
        "published_pieces_per_second": 9.0,
        "peak_megabytes": 500.0,
        "faithful": 0.5,
        "stages": {"generate": 0.75, "score": 0.25},
        "mean_pieces": 20.0,
    }


def test_the_table_says_what_was_not_measured(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setattr(speed, "_alone", lambda system, *_: figures(10.0 if system is speed.ours else 0.5))
    monkeypatch.setattr(speed, "at_best", lambda *_: (1e9, 1e11))
    texts = [{"nct_id": f"NCT9900000{n}", "eligibility": f"* {WALKING}"} for n in range(3)]
    monkeypatch.setattr(speed, "shuffled", lambda *_: texts)
    out = tmp_path / "speed.json"
    assert speed.main(["--criteria", "2", "--checkpoint", str(tmp_path), "--out", str(out)]) == 0
    result = json.loads(out.read_text("utf-8"))
    assert result["ours_over"] == {"ours": 1.0, "transformers": 20.0}
    assert result["limit"]["criteria_per_second"] == 100
    assert result["limit"]["share_reached"] == 0.1
    printed = capsys.readouterr().out
    assert "not measured: needs --gguf" in printed
    assert "needs --checkpoint" not in printed
    assert "generate 75.0%, score 25.0%" in printed


def test_each_part_is_measured_on_texts_that_it_has_not_seen() -> None:
    given = [
        Pair(id=str(i), section="inclusion", source=f"Weight over {40 + i} kg", plain=f"Over {40 + i} kg.")
        for i in range(30)
    ]
    seen: list[str] = []
    assert pace._rate(lambda some: seen.extend(pair.source for pair in some), given) > 0
    assert len(seen) == len(set(seen)) == 30
    assert {pair.source for pair in pace._reworded(given)}.isdisjoint(seen)
    assert [(rate.part, rate.unit) for rate in pace.rates(given)] == [
        ("normalise", "criteria"),
        ("scorer", "pairs"),
        ("clues", "pairs"),
    ]
