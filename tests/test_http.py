"""The HTTP calls: what they answer, how they refuse, and that nothing sent to them breaks or leaks."""

import json
import logging
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes import VERSIONS, FakeTranslator
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers import serving, wait_until

from api.app import create_app
from api.examples import AUDIT_ANSWER, AUDIT_REQUESTS, TRANSLATE_ANSWER, TRANSLATE_REQUESTS
from api.logs import JsonLines
from api.routes.audit import Reports
from api.routes.translate import Translations
from api.settings import Limits, Settings
from translator.pipeline import Translator

TEXT = "Inclusion Criteria:\n\n* Age ≥ 18 years\n\nExclusion Criteria:\n\n* Liver transplant\n"
SMALL = Settings(max_body_bytes=4000, max_text_characters=600, max_item_characters=100, max_items=5)
SERVED = "http://127.0.0.1:8000"
PAIR = {"id": "b", "section": "inclusion", "source": "Age ≥ 18 years", "plain": "You must be 18 or older."}
HOSTILE = "Age\x00 \u202e over 17 \x1b[31m \U0001f600"


def app_of(translator: FakeTranslator | None = None, limits: Settings = SMALL) -> FastAPI:
    fake = translator or FakeTranslator()
    return create_app(limits, lambda: fake)


def wait_until_ready(client: httpx.Client | TestClient) -> None:
    wait_until(lambda: client.get("/readyz").status_code == 200)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app_of()) as client:
        wait_until_ready(client)
        yield client


def item(number: int = 1, text: str = "Age over 17", **more: object) -> dict[str, object]:
    return {"id": str(number), "section": "inclusion", "text": text, **more}


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem of an answer that must be one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    problem = answer.json()
    assert isinstance(problem, dict)
    assert problem["status"] == status
    assert {"type", "title", "detail"} <= set(problem)
    return problem


# What is answered


def test_text_is_cut_and_translated_in_order(client: TestClient) -> None:
    answer = client.post("/v1/translate", json={"text": TEXT})
    assert answer.status_code == 200
    body = answer.json()
    assert [(one["section"], one["role"]) for one in body["translations"]] == [
        ("inclusion", "heading"),
        ("inclusion", "criterion"),
        ("exclusion", "heading"),
        ("exclusion", "criterion"),
    ]
    assert [TEXT[slice(*one["span"])] for one in body["translations"]][1] == "Age ≥ 18 years"
    assert body["versions"] == VERSIONS.model_dump()
    Translations.model_validate_json(answer.content)


def test_criteria_keep_ids_and_order_with_errors_in_place(client: TestClient) -> None:
    given_items = [item(3), item(1, " \n"), item(2, "x" * 101), item(9, "a  b", context="Any of:")]
    body = client.post("/v1/translate", json={"criteria": given_items}).json()
    assert [one["id"] for one in body["translations"]] == ["3", "1", "2", "9"]
    errors = [one.get("error", {}).get("status") for one in body["translations"]]
    assert errors == [None, 422, 413, None]
    assert body["translations"][2]["error"]["limit"] == {
        "name": "max_item_characters",
        "allowed": 100,
        "given": 101,
    }
    assert body["translations"][3]["source"] == "a b"


@pytest.mark.parametrize("faulty", [{0}, {3}, {1, 2}, {0, 4}])
def test_a_fault_at_an_item_stands_in_its_place(faulty: set[int], client: TestClient) -> None:
    texts = ["boom" if number in faulty else f"Age over {number}" for number in range(5)]
    criteria = [item(number, text) for number, text in enumerate(texts)]
    answer = client.post("/v1/translate", json={"criteria": criteria}, headers={"x-request-id": "r-2"})
    assert answer.status_code == 200
    done = answer.json()["translations"]
    assert [one["id"] for one in done] == ["0", "1", "2", "3", "4"]
    errors = {number: one["error"] for number, one in enumerate(done) if "error" in one}
    assert errors.keys() == faulty
    assert all(error["status"] == 500 and "r-2" in error["detail"] for error in errors.values())
    assert all(done[number]["source"] == texts[number] for number in set(range(5)) - faulty)


def test_a_fault_at_a_unit_of_a_text_stands_in_its_place(client: TestClient) -> None:
    done = client.post("/v1/translate", json={"text": f"{TEXT}* boom\n"}).json()["translations"]
    assert [one.get("error", {}).get("status") for one in done] == [None, None, None, None, 500]


def test_min_fidelity_reaches_the_translator() -> None:
    translator = FakeTranslator()
    with TestClient(app_of(translator)) as client:
        wait_until_ready(client)
        client.post("/v1/translate", json={"criteria": [item()], "min_fidelity": 0.75})
        client.post("/v1/translate", json={"text": TEXT})
    assert translator.asked == [0.75, None, None, None, None]


def test_audit_answers_in_order_with_errors_in_place(client: TestClient) -> None:
    pairs = [PAIR, PAIR | {"id": "a", "plain": "…"}, PAIR | {"id": "c", "plain": "You must be 81 or older."}]
    answer = client.post("/v1/audit", json={"pairs": pairs})
    assert answer.status_code == 200
    reports = answer.json()["reports"]
    assert [one["id"] for one in reports] == ["b", "a", "c"]
    assert reports[1]["error"]["detail"] == "plain has no words."
    assert reports[2]["verdict"] == "unfaithful"


def test_limits_are_told(client: TestClient) -> None:
    answer = client.get("/v1/limits").json()
    assert set(answer) == set(Limits.model_fields)
    assert answer["max_items"] == 5
    for path in ("/healthz", "/v1/nothing"):
        headers = client.get(path).headers
        told = {name: headers[f"x-{name.replace('_', '-')}"] for name in answer}
        assert told == {name: str(allowed) for name, allowed in answer.items()}


def test_documented_examples_work_and_are_shaped_as_answers() -> None:
    with TestClient(app_of(limits=Settings())) as client:
        wait_until_ready(client)
        for path, examples in (("/v1/translate", TRANSLATE_REQUESTS), ("/v1/audit", AUDIT_REQUESTS)):
            for example in examples.values():
                assert client.post(path, json=example["value"]).status_code == 200
        operations = client.get("/openapi.json").json()["paths"]
        page = client.get("/docs")
        assert page.status_code == 200
        needed = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(needed) >= 2
        assert all(client.get(f"/{one}").status_code == 200 for one in needed)
    assert {path for path in operations if not path.startswith("/v1/reviews")} == {
        "/v1/translate", "/v1/audit", "/v1/limits", "/healthz", "/readyz", "/metrics",
        "/v1/jobs", "/v1/jobs/{job_id}", "/v1/jobs/{job_id}/result",
        "/v1/trials", "/v1/trials/{nct_id}", "/trials/{nct_id}", "/trials/{nct_id}/print",
    }  # fmt: skip
    assert "application/problem+json" in operations["/v1/audit"]["post"]["responses"]["422"]["content"]
    Translations.model_validate_json(json.dumps(TRANSLATE_ANSWER))
    Reports.model_validate_json(json.dumps(AUDIT_ANSWER))


# How it refuses


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#"),
        ({"text": TEXT, "criteria": [item()]}, "#"),
        ({"text": " \n* ... \u200b"}, "#/text"),
        ({"text": 7}, "#/text"),
        ({"criteria": []}, "#/criteria"),
        ({"criteria": [item(), {"id": "2", "text": "x"}]}, "#/criteria/1/section"),
        ({"criteria": [item(section="maybe")]}, "#/criteria/0/section"),
        ({"criteria": [item(text="\ud800")]}, "#/criteria/0/text"),
        ({"text": TEXT, "min_fidelity": 2}, "#/min_fidelity"),
        ({"text": TEXT, "a/b~": 2}, "#/a~1b~0"),
        ({"text": TEXT, "\ud800": 2}, "#"),
        ([], "#"),
        (None, "#"),
    ],
)
def test_fields_at_fault_are_named(body: object, pointer: str, client: TestClient) -> None:
    answer = client.post(
        "/v1/translate", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    problem = refused(answer, 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_many_faults_are_counted_and_the_first_told() -> None:
    with TestClient(app_of(limits=Settings())) as client:
        problem = refused(client.post("/v1/translate", json={"criteria": [{}] * 300}), 422)
    assert len(problem["errors"]) == 20
    assert "900" in str(problem["detail"])


def test_other_media_types_addresses_and_methods_are_refused(client: TestClient) -> None:
    plain = client.post("/v1/translate", content=TEXT.encode(), headers={"content-type": "text/plain"})
    assert "application/json" in str(refused(plain, 415)["detail"])
    refused(client.get("/v1/nothing"), 404)
    wrong = client.get("/v1/translate")
    refused(wrong, 405)
    assert wrong.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("path", "body", "limit"),
    [
        ("/v1/translate", {"text": "x" * 601}, ("max_text_characters", 600, 601)),
        ("/v1/translate", {"criteria": [item(n) for n in range(6)]}, ("max_items", 5, 6)),
        ("/v1/audit", {"pairs": [PAIR] * 6}, ("max_items", 5, 6)),
        (
            "/v1/translate",
            {"criteria": [item(n, "x" * 121) for n in range(5)]},
            ("max_text_characters", 600, 605),
        ),
        ("/v1/audit", {"pairs": [PAIR | {"plain": "x" * 587}]}, ("max_text_characters", 600, 601)),
        ("/v1/translate", {"text": "* a b\n" * 6}, ("max_items", 5, 6)),
        ("/v1/translate", {"text": "x" * 4000}, ("max_body_bytes", 4000, 4011)),
    ],
)
def test_too_large_says_which_limit_and_how_much(
    path: str, body: object, limit: tuple[str, int, int], client: TestClient
) -> None:
    content = json.dumps(body, separators=(",", ":"))
    answer = client.post(path, content=content, headers={"content-type": "application/json"})
    told = refused(answer, 413)["limit"]
    assert (told["name"], told["allowed"], told["given"]) == limit


def test_a_body_of_unknown_length_is_cut_off(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(100):
            yield b"x" * 1000

    answer = client.post("/v1/translate", content=endless(), headers={"content-type": "application/json"})
    assert refused(answer, 413)["limit"]["name"] == "max_body_bytes"


# Ready, busy, broken


def test_ready_only_when_loaded() -> None:
    gate = threading.Event()
    fake = FakeTranslator()

    def load() -> Translator:
        assert gate.wait(30)
        return fake

    with TestClient(create_app(SMALL, load)) as client:
        try:
            assert client.get("/healthz").json() == {"status": "alive"}
            answer = client.get("/readyz")
            refused(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
            refused(client.post("/v1/translate", json={"text": TEXT}), 503)
        finally:
            gate.set()
        wait_until_ready(client)
        assert client.get("/readyz").json() == {"status": "ready", "versions": VERSIONS.model_dump()}


def test_a_translator_that_cannot_be_loaded_is_told(caplog: pytest.LogCaptureFixture) -> None:
    def load() -> Translator:
        raise FileNotFoundError("no such model")

    with TestClient(create_app(SMALL, load)) as client:
        deadline = time.monotonic() + 30
        while not caplog.records and time.monotonic() < deadline:
            time.sleep(0.01)
        assert "FileNotFoundError" in str(refused(client.get("/readyz"), 503)["detail"])
        assert client.get("/healthz").status_code == 200


def test_runs_are_bounded_and_too_many_waiting_are_sent_away() -> None:
    gate = threading.Event()
    translator = FakeTranslator(gate)
    # A batch holds one criterion.
    limits = Settings(max_running=2, max_waiting=1, batch_characters=1)
    statuses: list[int] = []
    with TestClient(app_of(translator, limits)) as client:
        wait_until_ready(client)

        def call() -> None:
            statuses.append(client.post("/v1/translate", json={"criteria": [item()]}).status_code)

        calls = [threading.Thread(target=call) for _ in range(3)]
        try:
            for thread in calls[:2]:
                thread.start()
                assert translator.running.acquire(timeout=30)
            calls[2].start()
            wait_until(lambda: client.app.state.engine.waiting == 1)
            assert client.post("/v1/audit", json={"pairs": []}).status_code == 422  # by shape, whoever waits
            answer = client.post("/v1/translate", json={"criteria": [item()]})
            refused(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
            assert client.get("/healthz").status_code == 200
        finally:
            gate.set()
            for thread in calls:
                thread.join(30)
    assert statuses == [200, 200, 200]
    assert translator.most == 2


def test_who_is_not_begun_in_good_time_is_sent_away_unless_they_are_the_first() -> None:
    gate = threading.Event()
    translator = FakeTranslator(gate)
    answers: list[httpx.Response] = []
    with TestClient(app_of(translator, Settings(max_running=1, max_wait=0.05))) as client:
        wait_until_ready(client)

        def call() -> None:
            answers.append(client.post("/v1/translate", json={"criteria": [item()]}))

        calls = [threading.Thread(target=call) for _ in range(3)]
        try:
            calls[0].start()
            assert translator.running.acquire(timeout=30)
            for thread in calls[1:]:
                thread.start()
            wait_until(lambda: bool(answers))
            refused(answers[0], 503)
            assert int(answers[0].headers["retry-after"]) > 0
            assert client.app.state.engine.waiting == 1
        finally:
            gate.set()
            for thread in calls:
                thread.join(30)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503]


def test_requests_share_batches_and_each_keeps_its_own_threshold() -> None:
    gate = threading.Event()
    translator = FakeTranslator(gate)
    answers: dict[int, httpx.Response] = {}
    with TestClient(app_of(translator, Settings(max_running=1, max_wait=600))) as client:
        wait_until_ready(client)

        def call(number: int) -> None:
            body = {"criteria": [item(number), item(0, "boom")], "min_fidelity": number / 10}
            answers[number] = client.post("/v1/translate", json=body)

        calls = [threading.Thread(target=call, args=(number,)) for number in range(4)]
        try:
            calls[0].start()
            assert translator.running.acquire(timeout=30)
            for thread in calls[1:]:
                thread.start()
            wait_until(lambda: client.app.state.engine.waiting == 3)
        finally:
            gate.set()
            for thread in calls:
                thread.join(30)
    assert max(map(len, translator.batches)) == 6
    assert set(translator.asked) == {0.0, 0.1, 0.2, 0.3}
    for number, answer in answers.items():
        good, bad = answer.json()["translations"]
        assert good["id"] == str(number)
        assert bad["error"]["status"] == 500


def test_what_takes_too_long_is_a_problem() -> None:
    gate = threading.Event()
    with TestClient(app_of(FakeTranslator(gate), Settings(request_timeout=0.05))) as client:
        wait_until_ready(client)
        try:
            answer = client.post("/v1/translate", json={"criteria": [item()]})
            assert "0.05 seconds" in refused(answer, 503)["detail"]
            assert int(answer.headers["retry-after"]) > 0
        finally:
            gate.set()


def test_a_fault_is_a_problem_and_leaks_no_text(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(JsonLines())
    answer = client.post(
        "/v1/translate", json={"criteria": [item(text="boom secret")]}, headers={"x-request-id": "r-1"}
    )
    assert "r-1" in str(refused(answer, 500)["detail"])
    assert "r-1" in caplog.text
    assert "RuntimeError" in caplog.text
    client.post("/v1/translate", json={"text": "secret", "criteria": []})
    client.post("/v1/translate", content=b'{"text": "secret', headers={"content-type": "application/json"})
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("given_id", "echoed"),
    [("a.B_c-9", True), ("x" * 64, True), ("x" * 65, False), ("a b", False), ("é", False), ("", False)],
)
def test_request_id_is_echoed_if_it_is_one(given_id: str, echoed: bool, client: TestClient) -> None:
    for path in ("/healthz", "/nothing"):
        answer = client.get(path, headers=[(b"x-request-id", given_id.encode("latin-1"))])
        assert (answer.headers["x-request-id"] == given_id) is echoed


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=60)
ITEMS = st.fixed_dictionaries(
    {"id": TEXTS, "section": st.sampled_from(["inclusion", "exclusion", "other"]), "text": TEXTS},
    optional={"context": TEXTS, "extra": JSON_VALUES},
)
BODIES = (
    JSON_VALUES
    | st.fixed_dictionaries({}, optional={"text": TEXTS, "criteria": st.lists(ITEMS, max_size=3)})
    | st.fixed_dictionaries(
        {"criteria": st.lists(ITEMS | JSON_VALUES, max_size=3), "min_fidelity": JSON_VALUES}
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(BODIES)
def test_no_body_is_a_fault(client: TestClient, body: object) -> None:
    answer = client.post(
        "/v1/translate", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    if answer.status_code == 200:
        Translations.model_validate_json(answer.content)
    else:
        assert answer.status_code in {400, 413, 422}
        refused(answer, answer.status_code)


# A server that really runs


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(app_of()) as address:
        yield address


def test_over_a_socket(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        wait_until_ready(client)
        answer = client.post("/v1/translate", json={"text": HOSTILE}, headers={"X-Request-ID": "mine"})
        assert answer.status_code == 200
        assert answer.headers["x-request-id"] == "mine"
        assert answer.json()["translations"]
        refused(client.post("/v1/translate", content=b"x" * 5000), 413)
        refused(client.post("/v1/translate", content=iter([b"x" * 3000] * 3)), 413)
        refused(client.get("/v2"), 404)


def documented(language: str) -> list[str]:
    """The blocks of docs/API.md that call the service."""
    text = (Path(__file__).parents[1] / "docs" / "API.md").read_text("utf-8")
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return [block for block in blocks if SERVED in block]


@pytest.mark.parametrize("block", documented("python"))
def test_documented_python_works(block: str, address: str) -> None:
    command = [sys.executable, "-c", block.replace(SERVED, address)]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", timeout=60)  # noqa: S603
    assert " faithful Plain: Age ≥ 18 years" in done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    "block", [one for one in documented("sh") if re.search("/v1/(?:translate|audit) ", one)]
)
def test_documented_curl_works(block: str, address: str) -> None:
    done = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", block.replace(SERVED, address)], check=True, capture_output=True, timeout=60
    )
    assert set(json.loads(done.stdout)) & {"translations", "reports"}
