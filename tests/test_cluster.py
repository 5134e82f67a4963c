"""The Ray engine, with one actor: a processor is left for reading. One cluster serves all tests but one."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from overnight import Dying, batch, cannot_load, lines, registry, result, text

from translator.bulk.records import Options
from translator.errors import InputError

pytest.importorskip("ray", reason="the extra cluster is not installed")

SMALL = Options(part_records=2)


@pytest.fixture(autouse=True)
def translators(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets actors find the translators of the tests."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where a cluster of one node is."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    yield cluster.address
    cluster.shutdown()


@pytest.fixture
def cluster(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", address)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "registry.jsonl"
    path.write_text(lines(registry(5)) + lines({8: text("boom")}), "utf-8")
    return path


def test_the_same_bytes_though_an_actor_was_killed(source: Path, tmp_path: Path) -> None:
    batch(source, tmp_path / "local", SMALL)
    mark = tmp_path / "mark"
    batch(source, tmp_path / "ray", SMALL, engine="ray", load=partial(Dying, mark))
    assert mark.exists()
    assert result(tmp_path / "ray") == result(tmp_path / "local")


@pytest.mark.usefixtures("cluster")
def test_an_actor_that_is_killed_each_time_is_told(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(InputError, match=r"was ended 4 times.*goes on where it stood"):
        batch(source, out, SMALL, engine="ray", load=Dying)
    assert (out / "journal" / "part-000001.json").exists()
    batch(source, out, SMALL)
    batch(source, tmp_path / "whole", SMALL)
    assert result(out) == result(tmp_path / "whole")


@pytest.mark.usefixtures("cluster")
def test_what_cannot_be_is_told(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"asks for 4,?000 actors where there are"):
        batch(source, tmp_path / "out", SMALL, engine="ray", workers=4000)
    with pytest.raises(InputError, match="model: is gone"):
        batch(source, tmp_path / "out", SMALL, engine="ray", load=cannot_load)
