"""The description of the calls: as committed, complete, and what Schemathesis finds of it in the service."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from fakes import FakeTranslator
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from servers import serving, wait_until
from studies import record

from api.app import create_app
from api.openapi import description
from api.settings import Settings
from translator.client import Fetched, RegistryError
from translator.registry import has_words

# More, where there is time: EXAMPLES=1000 python -m pytest tests/test_openapi.py
COUNT = int(os.environ.get("EXAMPLES", "25"))
DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.json"
CALLS = [
    (path, method)
    for path, calls in json.loads(DOCUMENT.read_text("utf-8"))["paths"].items()
    for method in calls
]


class Registry:
    """Has every other study."""

    def study(self, nct_id: str) -> Fetched:
        if int(nct_id[3:]) % 2:
            raise RegistryError("url", "no such study", "", "not_found")
        return Fetched(record=record(), etag=None, last_modified=None)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def described() -> Iterator[Any]:
    """The description as a running service gives it."""
    app = create_app(Settings(), FakeTranslator, Registry())  # type: ignore[arg-type]
    with serving(app) as address:
        wait_until(lambda: httpx.get(f"{address}/readyz").status_code == 200)
        yield schemathesis.openapi.from_url(f"{address}/openapi.json")


def test_the_committed_description_is_that_of_the_code() -> None:
    assert DOCUMENT.read_text("utf-8") == description(), "python -m api.openapi > docs/openapi.json"


def test_every_call_tells_each_problem_and_shows_an_example() -> None:
    for path, calls in json.loads(DOCUMENT.read_text("utf-8"))["paths"].items():
        for method, call in calls.items():
            assert call["description"], path
            for status, answer in call["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (path, status)
            if method == "post":
                assert {"413", "415", "422", "500"} <= set(call["responses"]), path
                assert call["requestBody"]["content"]["application/json"]["examples"], path


def _sayable(case: schemathesis.Case) -> bool:
    """A text without words is refused, which the terms of a description cannot say."""
    text = case.body.get("text") if isinstance(case.body, dict) else None
    return not isinstance(text, str) or has_words(text)


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("path", "method"), CALLS)
def test_no_answer_is_a_fault_or_undocumented(
    described: Any, path: str, method: str, mode: GenerationMode
) -> None:
    """Good requests (positive) and bad ones (negative), made of the description."""

    @settings(max_examples=COUNT, suppress_health_check=[*HealthCheck], derandomize=True)
    @given(described[path][method].as_strategy(generation_mode=mode).filter(_sayable))
    def answered(case: schemathesis.Case) -> None:
        case.call_and_validate()

    try:
        answered()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing of it can be made wrong
