"""The service as its operators meet it: the log, the metrics, the headers, and processes that come and go."""

import json
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from fakes import FakeTranslator
from fastapi import FastAPI
from fastapi.testclient import TestClient
from servers import process, serving, wait_until

from api.app import create_app
from api.cli import cli
from api.logs import JsonLines
from api.security import HEADERS
from api.settings import PREFIX, Settings
from translator.page import style_digest

ITEM = {"id": "1", "section": "inclusion", "text": "Age over 17, secretly"}
# Serves with a translator that prints when it begins, and waits for a file to be there.
SCRIPT = """
import pathlib, sys, time
import api.app
from api.commands.service import serve
from fakes import FakeTranslator

create_app, gate = api.app.create_app, pathlib.Path(sys.argv[1])

class Slow(FakeTranslator):
    def write(self, *given):
        print("begun", flush=True)
        while not gate.exists():
            time.sleep(0.01)
        return super().write(*given)

api.app.create_app = lambda settings: create_app(settings, Slow)
sys.exit(serve(None, 0, None))
"""


def app_of(translator: FakeTranslator | None = None, **given: Any) -> FastAPI:
    fake = translator or FakeTranslator()
    return create_app(Settings(**given), lambda: fake)  # type: ignore[arg-type, return-value]


@contextmanager
def client_of(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        yield client


# The log


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in caplog.text.splitlines()]


def test_a_line_for_each_request_and_no_text_in_it(caplog: pytest.LogCaptureFixture) -> None:
    with client_of(app_of()) as client:
        caplog.handler.setFormatter(JsonLines())
        caplog.set_level(logging.INFO, "api")
        caplog.clear()
        answer = client.post("/v1/translate?key=hidden", json={"criteria": [ITEM]})
        client.get("/trials/secretly/print")
        client.get("/secretly")
    ours = [line for line in logged(caplog) if line["logger"].startswith("api")]
    assert [(line["method"], line["route"], line["status"]) for line in ours] == [
        ("POST", "/v1/translate", 200),
        ("GET", "/trials/{nct_id}/print", 422),
        ("GET", "none", 404),
    ]
    assert ours[0]["request_id"] == answer.headers["x-request-id"]
    assert ours[0]["bytes_out"] == len(answer.content)
    assert ours[0]["bytes_in"] == int(answer.request.headers["content-length"])
    assert ours[0]["milliseconds"] >= 0
    assert not re.search("secretly|hidden", json.dumps(ours))


def test_an_exception_is_logged_by_its_places_alone() -> None:
    try:
        int("secret")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "it %s", ("failed",), sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert (line["message"], line["level"], line["error"]) == ("it failed", "error", "ValueError")
    assert Path(__file__).name in line["places"][0]
    assert "secret" not in json.dumps(line)


# The metrics


def metrics(client: TestClient | httpx.Client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if line[0] != "#"]
    return {name: float(value) for name, _, value in lines}


def test_metrics_count_what_was_done() -> None:
    criteria = [ITEM, ITEM | {"text": "unclear"}, ITEM | {"text": "boom"}]
    pair = {"id": "1", "section": "other", "source": "Age ≥ 18 years", "plain": "You are 18 or older."}
    with client_of(app_of()) as client:
        client.post("/v1/translate", json={"criteria": criteria})
        client.post("/v1/audit", json={"pairs": [pair]})
        client.get("/nowhere")
        client.request("BREW", "/nowhere")
        told = metrics(client)
    expected = {
        'plaincriteria_translations_total{route="template",verdict="faithful"}': 1,
        'plaincriteria_translations_total{route="template",verdict="review"}': 1,
        'plaincriteria_failures_total{kind="translate"}': 1,
        'plaincriteria_requests_total{method="POST",route="/v1/translate",status="200"}': 1,
        'plaincriteria_requests_total{method="GET",route="none",status="404"}': 1,
        'plaincriteria_requests_total{method="other",route="none",status="404"}': 1,
        'plaincriteria_request_seconds_count{route="/v1/translate"}': 1,
        'plaincriteria_batch_items_sum{kind="translate"}': 3,
        'plaincriteria_batch_items_sum{kind="audit"}': 1,
        'plaincriteria_waiting_requests{kind="translate"}': 0,
    }
    assert {name: told[name] for name in expected} == expected
    assert sum(value for name, value in told.items() if name.startswith("plaincriteria_audits_total")) == 1


# The headers


@pytest.mark.parametrize(
    ("path", "status", "policy"),
    [
        ("/healthz", 200, "default-src 'none';"),
        ("/nowhere", 404, "default-src 'none';"),
        ("/v1/translate", 405, "default-src 'none';"),
        ("/trials/<script>", 422, "default-src 'none'; style-src 'sha256-"),
        ("/methodology", 200, f"default-src 'none'; style-src 'sha256-{style_digest()}'"),
        ("/docs", 200, "script-src 'self' 'sha256-"),
        ("/openapi.json", 200, "default-src 'none';"),
        ("/static-offline-docs/swagger-ui.css", 200, "default-src 'none';"),
        ("/review", 200, "default-src 'self';"),
    ],
)
def test_every_answer_has_the_headers_that_browsers_heed(path: str, status: int, policy: str) -> None:
    with TestClient(app_of()) as client:
        answer = client.get(path)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert policy in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


def test_a_fault_has_them_too() -> None:
    app = app_of()
    app.add_api_route("/broken", lambda: 1 / 0)
    answer = TestClient(app).get("/broken")
    assert answer.status_code == 500
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_pages_of_others_may_call_only_where_a_setting_names_them() -> None:
    asked = {"origin": "https://a.example", "access-control-request-method": "POST"}
    other = asked | {"origin": "https://c.example"}
    client = TestClient(app_of(cors_origins="https://a.example, https://b.example"))
    allowed = client.options("/v1/translate", headers=asked)
    assert allowed.headers["access-control-allow-origin"] == "https://a.example"
    assert "x-request-id" in allowed.headers
    assert "access-control-allow-origin" not in client.options("/v1/translate", headers=other).headers
    assert (
        "access-control-allow-origin" not in TestClient(app_of()).options("/healthz", headers=asked).headers
    )


# What comes and goes


def test_for_a_client_that_left_nothing_is_begun(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.setFormatter(JsonLines())
    caplog.set_level(logging.INFO, "api")
    gate = threading.Event()
    translator = FakeTranslator(gate)
    app = app_of(translator, max_running=1)
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        try:
            first = threading.Thread(
                target=client.post, args=("/v1/translate",), kwargs={"json": {"text": "stays"}}
            )
            first.start()
            assert translator.running.acquire(timeout=30)
            with httpx.Client(base_url=address) as other, pytest.raises(httpx.ReadTimeout):
                other.post("/v1/translate", json={"text": "leaves"}, timeout=0.5)
            wait_until(lambda: app.state.engine.waiting == 0)
            wait_until(lambda: any(line.get("status") == 499 for line in logged(caplog)))
        finally:
            gate.set()
        first.join(30)
    assert translator.batches == [["stays"]]


def test_when_it_is_ended_what_was_begun_is_finished(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with process("-c", SCRIPT, str(gate)) as (server, address):
        answers: list[httpx.Response] = []
        with httpx.Client(base_url=address, timeout=60) as client:
            wait_until(lambda: client.get("/readyz").status_code == 200)
        call = threading.Thread(
            target=lambda: answers.append(
                httpx.post(f"{address}/v1/translate", json={"text": "a b"}, timeout=60)
            )
        )
        call.start()
        assert server.stdout is not None
        assert server.stdout.readline() == "begun\n"
        server.send_signal(signal.SIGTERM)

        def closed() -> bool:
            try:
                return httpx.get(f"{address}/healthz").status_code != 200
            except httpx.TransportError:
                return True

        wait_until(closed)
        gate.touch()
        call.join(30)
        assert answers[0].status_code == 200
        assert server.wait(120) == 0


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "model.bin").touch()  # weights that are refused at once: it lives, and is never ready
    command = ("from api.cli import main; main()", "serve", "--port", "0", "--workers", "2")
    with process("-c", *command, PLAINCRITERIA_MODEL=str(tmp_path)) as (server, address):
        workers: list[int] = []

        def read() -> None:
            assert server.stderr is not None
            for line in server.stderr:
                workers.extend(map(int, re.findall(r"Started server process \[(\d+)\]", line)))

        threading.Thread(target=read, daemon=True).start()
        wait_until(lambda: len(workers) == 2)
        for _ in range(20):
            httpx.get(f"{address}/healthz", timeout=60)
        os.kill(workers[0], signal.SIGKILL)
        wait_until(lambda: len(workers) == 3)
        with httpx.Client(base_url=address, timeout=60) as client:
            assert client.get("/readyz").status_code == 503
            told = metrics(client)
        assert told['plaincriteria_requests_total{method="GET",route="/healthz",status="200"}'] == 20
        server.send_signal(signal.SIGTERM)
        assert server.wait(120) == 0


def test_workers_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "model.bin").touch()
    command = ("from api.cli import main; main()", "serve", "--port", "0", "--workers", "2")
    with process("-c", *command, PLAINCRITERIA_MODEL=str(tmp_path)) as (server, address):
        assert httpx.get(f"{address}/healthz", timeout=60).status_code == 200
        server.kill()
        server.wait(30)

        def gone() -> bool:
            try:
                httpx.get(f"{address}/healthz", timeout=60)
            except httpx.TransportError:
                return True
            return False

        wait_until(gone)  # nobody listens any more


def test_help_tells_every_setting() -> None:
    told = CliRunner().invoke(cli, ["serve", "--help"]).output
    assert {PREFIX + name.upper() for name in Settings.model_fields} == set(re.findall(rf"{PREFIX}\w+", told))
    assert all(about.description for about in Settings.model_fields.values())
