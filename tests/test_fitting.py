"""What the scorer and the trust in drafts are fitted on, and how a threshold is chosen."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation import calibrate, stacking, trust

WALKING = "Able to walk 200 meters without rest"


def test_folders_of_pairs_are_found_from_where_one_stands_and_a_missing_one_is_told(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "errors").mkdir(parents=True)
    pair = {
        "id": "1",
        "kind": "inclusion",
        "source": WALKING,
        "plain": "You must be able to walk 200 meters.",
    }
    errors = [{"type": "number", "text": "You must be able to walk 20 meters."}]
    (tmp_path / "runs" / "a.jsonl").write_text(json.dumps(pair))
    (tmp_path / "runs" / "errors" / "a.jsonl").write_text(json.dumps({**pair, "errors": errors}))
    pairs, given = calibrate.written([Path("runs")])
    assert [example.origin for example in pairs] == ["reference"]
    assert [example.planted for example in given] == [None, "number"]
    with pytest.raises(FileNotFoundError):
        calibrate.written([Path("elsewhere")])


def test_the_threshold_is_where_errors_that_pass_and_texts_held_back_cost_least() -> None:
    scores = np.array([0.1, 0.2, 0.6, 0.5, 0.7, 0.9])
    truths = np.array([False, False, False, True, True, True])
    # One faithful text held back costs a third, one error that passes twice a third.
    weights = np.ones(len(scores))
    assert stacking._cheapest(scores, truths, weights) == 0.7
    # An error that stands for many cannot pass for a text or two.
    weights[2] = 10
    assert stacking._cheapest(scores, truths, weights) == 0.7
    weights[:] = (10, 10, 0.1, 1, 1, 1)
    assert stacking._cheapest(scores, truths, weights) == 0.5


def test_types_of_error_weigh_alike_and_faithful_texts_as_much_as_all_errors() -> None:
    weights = stacking._weights([None, None, "number", "number", "number", "scope"])
    assert weights.sum() == pytest.approx(6)
    assert weights[:2].sum() == pytest.approx(3)
    assert weights[2:5].sum() == pytest.approx(weights[5])


def test_drafts_are_judged_as_the_translator_would(tmp_path) -> None:
    def line(name: str, plain: str, **more: Any) -> str:
        row = {"id": name, "kind": "inclusion", "context": "", "source": WALKING, "plain": plain}
        return json.dumps(row | more) + "\n"

    good, bad = "You must be able to walk 200 meters without rest.", "You must be able to walk 20 meters."
    (tmp_path / "errors").mkdir()
    (tmp_path / "errors" / "edits.jsonl").write_text(
        line("1", good, paraphrase=good, sure=-0.05)
        + line("2", good, errors=[{"type": "number", "text": bad}], sure=-0.4)
        + line("3", good, paraphrase="no draft")
    )
    first, second = trust.judged(tmp_path)
    assert (first.right, first.free) == (True, True)
    assert (second.right, second.free) == (False, False)
    assert first.noticed["sure"] == -0.05
