"""Figures of scores whose truth is known, and word equivalences of pairs whose words are."""

import numpy as np
import pytest

from evaluation import equivalents, metrics


def test_auroc_counts_ties_half() -> None:
    assert metrics.auroc([1, 1], [0, 0]) == 1
    assert metrics.auroc([1, 0], [1, 0]) == 0.5
    assert metrics.auroc([0.5], [0.5]) == 0.5
    with pytest.raises(ValueError, match="at least one"):
        metrics.auroc([], [1])


def test_recall_spends_no_more_false_alarms_than_allowed() -> None:
    good = np.linspace(0.5, 1, 100)
    assert metrics.recall_at(good, [0.1, 0.2, 0.9, 0.95]) == 0.5
    assert metrics.recall_at([0.1, *good], [0.05, 0.2, 0.9], false_alarms=0.0) == pytest.approx(1 / 3)


def test_calibration_error_of_honest_and_of_boastful_scores() -> None:
    assert metrics.calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)
    assert metrics.calibration_error([1.0] * 4, [False] * 4) == 1


def test_the_roc_curve_rises_from_none_to_all() -> None:
    points = metrics.roc([0.5, 0.7, 0.9], [0.1, 0.6, 0.8], points=5)
    assert [x for x, _ in points] == [0, 0.25, 0.5, 0.75, 1]
    caught = [y for _, y in points]
    assert caught == sorted(caught)
    assert (caught[0], caught[-1]) == (pytest.approx(1 / 3), 1)


def test_reliability_tells_what_a_score_was_worth() -> None:
    scores, truths = [0.1, 0.15, 0.9, 1.0], [False, True, True, True]
    assert metrics.reliability(scores, truths) == [(pytest.approx(0.125), 0.5), (pytest.approx(0.95), 1.0)]


def test_model_1_learns_which_words_go_together() -> None:
    pairs = [(["renal", "failure"], ["kidney", "failure"]), (["renal", "stone"], ["kidney", "stone"])] * 5
    rows = {(source, plain): strength for source, plain, strength in equivalents.learn(pairs)}
    assert rows["renal", "kidney"] > rows.get(("renal", "stone"), 0)
