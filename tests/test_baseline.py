"""What ships is as good as the committed results say: the quick part of the evaluation, made again."""

import pytest

from evaluation.__main__ import PARTS, run
from evaluation.baseline import compare
from evaluation.docs import COMMITTED
from evaluation.results import Results

QUICK = ("segmentation", "terms", "translation", "readability", "fidelity")
COMMAND = "python -m evaluation --data quick --out FOLDER"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_nothing_is_worse_than_the_committed_results() -> None:
    committed = Results.read(COMMITTED)
    old = Results(measured=tuple(one for one in committed.of(data="quick") if one.part in QUICK))
    assert {one.part for one in old.measured} == set(QUICK) <= set(PARTS)
    complaints: list[str] = []
    new = Results(measured=tuple(run(QUICK, ["quick"], complaints)))
    assert not complaints
    worse = [str(change) for change in compare(old, new) if change.fails]
    assert not worse, f"if it has a good reason, commit what {COMMAND} finds (python -m evaluation docs)"
