"""The cases of the tests: invented ones in tables beside them, real ones beside the repository."""

from pathlib import Path
from typing import Any

import pytest

from evaluation.benchmark import DATA, read_jsonl

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not beside the repository")


def golden(name: str) -> list[dict[str, Any]]:
    """Reads a table of cases from ``tests/golden``."""
    return list(read_jsonl(Path(__file__).parent / "golden" / f"{name}.jsonl"))
