"""``GET /trials/{nct_id}`` and its print version: from the registry's record, or a problem that says why."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from fakes import FakeTranslator
from fastapi.testclient import TestClient
from studies import record

from api.app import create_app
from api.settings import Settings
from translator.client import Fetched, RegistryError
from translator.registry import is_nct_id


class FakeRegistry:
    """Gives what a test wants to have answered for an id."""

    answers: ClassVar[dict[str, Any]] = {
        "NCT99000002": record(),
        "NCT99000004": RegistryError("url", "no such study", "", "not_found"),
        "NCT99000005": RegistryError("url", "gave up", "", "unreachable"),
        "NCT99000006": RegistryError("url", "answers 403", "", "refused"),
        "NCT99000007": {"unknown": 1},
        "NCT99000008": record("x" * 900),
    }

    def study(self, nct_id: str) -> Fetched:
        assert is_nct_id(nct_id)
        answer = self.answers[nct_id]
        if isinstance(answer, Exception):
            raise answer
        return Fetched(record=answer, etag=None, last_modified=None)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = create_app(Settings(max_text_characters=600), FakeTranslator, FakeRegistry())  # type: ignore[arg-type]
    with TestClient(app) as client:
        while client.get("/readyz").status_code != 200:
            pass
        yield client


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/trials/NCT99000002", "Show the rules in the protocol’s own order"),
        ("/trials/nct99000002", "Who may join"),
        ("/trials/NCT99000002?order=protocol", "The rules stand in the protocol’s own order."),
        ("/trials/NCT99000002/print", "To ask the doctor"),
    ],
)
def test_pages(client: TestClient, path: str, shown: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert shown in answer.text
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize("end", ["", "/print"])
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("NCT99000004", 404), ("NCT99000005", 504), ("NCT99000006", 502), ("NCT99000007", 502),
        ("NCT99000008", 413), ("NCT1", 422), ("<script>", 422),
    ],
)  # fmt: skip
def test_problems(client: TestClient, name: str, status: int, end: str) -> None:
    answer = client.get(f"/trials/{name}{end}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert ("Retry-After" in answer.headers) == (status == 504)
