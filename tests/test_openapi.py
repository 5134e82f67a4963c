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
from hypothesis import HealthCheck, assume, given, settings
from hypothesis.errors import Unsatisfiable
from pydantic import TypeAdapter, ValidationError
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth
from servers import serving, wait_until
from studies import record

from api.app import create_app
from api.openapi import description
from api.settings import Settings
from api.store import keys
from api.store.database import open_store
from translator.client import Fetched, RegistryError
from translator.errors import InputError
from translator.glossary import Glossary, GlossaryRow
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

    def study(self, nct_id: str, **_: str) -> Fetched:
        if int(nct_id[3:]) % 2:
            raise RegistryError("url", "no such study", "", "not_found")
        return Fetched(record=record(), etag=None, last_modified=None)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What opens the service; the store is in the same folder."""
    store = open_store(_url(tmp_path_factory))
    made = keys.add(store, "tester", "admin")
    store.dispose()
    return made


@pytest.fixture(scope="module")
def described(key: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The description as a running service gives it."""
    given_settings = {"store": _url(tmp_path_factory), "keys": "required", "key_rate": 0, "max_jobs": 10**6}
    app = create_app(Settings.model_validate(given_settings), FakeTranslator, Registry())  # type: ignore[arg-type]
    with serving(app) as address:
        wait_until(lambda: httpx.get(f"{address}/readyz").status_code == 200)
        yield schemathesis.openapi.from_url(f"{address}/openapi.json")


def _url(folders: pytest.TempPathFactory) -> str:
    return f"sqlite:///{folders.getbasetemp()}/described.db"


def test_the_committed_description_is_that_of_the_code() -> None:
    assert DOCUMENT.read_text("utf-8") == description(), "python -m api.openapi > docs/openapi.json"


def test_every_call_tells_each_problem_and_shows_an_example() -> None:
    for path, calls in json.loads(DOCUMENT.read_text("utf-8"))["paths"].items():
        for call in calls.values():
            assert call["description"], path
            for status, answer in call["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (path, status)
            if "requestBody" in call:
                assert {"413", "415", "422", "500"} <= set(call["responses"]), path
                assert call["requestBody"]["content"]["application/json"]["examples"], path


def _sayable(case: schemathesis.Case) -> bool:
    """What a description has no terms for: texts without words, an id given twice, bytes of no known file."""
    if case.operation.path == "/v1/jobs" and case.method == "POST" and case.media_type != "application/json":
        return False
    if not isinstance(case.body, dict):
        return True
    if case.operation.path.startswith("/v1/reviews"):
        return all(_is_said(value) for value in case.body.values())
    text = case.body.get("text")
    if isinstance(text, str) and not has_words(text):
        return False
    if case.operation.path != "/v1/jobs":
        return _is_glossary(case.body.get("glossary", []))
    items = [one for name in ("criteria", "pairs") for one in case.body.get(name) or ()]
    texts = [one.get(name) for one in items for name in ("text", "source", "plain", "context")]
    ids = [str(one.get("id")) for one in items]
    return len(set(ids)) == len(ids) and all(has_words(text) for text in texts if isinstance(text, str))


def _is_glossary(rows: object) -> bool:
    """Whether the rows, where they are of the right shape, are words for terms."""
    try:
        Glossary(TypeAdapter(tuple[GlossaryRow, ...]).validate_python(rows))
    except ValidationError:
        return True
    except InputError:
        return False
    return True


def _is_said(value: object) -> bool:
    """Whether all texts of a value are words that can be shown."""
    if isinstance(value, str):
        return value.isprintable() and value == value.strip() and has_words(value)
    if isinstance(value, dict | list):
        return all(map(_is_said, value.values() if isinstance(value, dict) else value))
    return True


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_a_call_that_wants_a_key_refuses_whoever_has_none(described: Any, path: str, method: str) -> None:
    wants = "security" in json.loads(DOCUMENT.read_text("utf-8"))["paths"][path][method]
    assert wants == (path not in {"/healthz", "/readyz", "/metrics", "/v1/limits"})
    url = str(described.config.base_url or described.location).removesuffix("/openapi.json")
    body = {"json": {}} if method == "post" else {}
    answer = httpx.request(method, url + path.format(nct_id="NCT99000002", job_id="1", item_id="1"), **body)
    assert (answer.status_code == 401) == wants


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("path", "method"), CALLS)
def test_no_answer_is_a_fault_or_undocumented(
    described: Any, key: str, path: str, method: str, mode: GenerationMode
) -> None:
    """Good requests (positive) and bad ones (negative), made of the description."""

    @settings(max_examples=COUNT, suppress_health_check=[*HealthCheck], derandomize=True)
    @given(
        described[path][method]
        .as_strategy(generation_mode=mode)
        .filter(lambda case: mode is GenerationMode.NEGATIVE or _sayable(case))
    )
    def answered(case: schemathesis.Case) -> None:
        assume(mode is GenerationMode.NEGATIVE or _sayable(case))
        # A case may bring a bad key; the good one beside it opens the service all the same.
        case.call_and_validate(headers={"X-API-Key": key}, excluded_checks=[ignored_auth], timeout=60)

    try:
        answered()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing of it can be made wrong
