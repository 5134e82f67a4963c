"""Bodies that are no good: each is refused, with the place, and none is a fault of the service."""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from fakes import FakeTranslator
from fastapi.testclient import TestClient
from growth import assert_linear
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.types import Message
from studies import record

from api.app import create_app
from api.bodies import Bodies, check
from api.problems import Problem
from api.settings import Limits, Settings

# Ten thousand are many for each run of the tests: MALFORMED=10000 python -m pytest tests/test_bodies.py
COUNT = int(os.environ.get("MALFORMED", "500"))
_ITEM = f"/v1/reviews/{'0' * 32}"
_PAIR = {"id": "1", "section": "other", "source": "Age ≥ 18", "plain": "You are 18."}
_CRITERION = {"id": "1", "section": "inclusion", "text": "Age ≥ 18", "context": "Any of:"}
_DECISION = {
    "action": "edit",
    "digest": "0",
    "plain": "You are 18.",
    "errors": [],
    "reason": "It is plainer.",
}
# Every call that takes JSON; of the items of reviews there is none: a good body is answered 404, or 409.
GOOD = {
    "/v1/translate": [
        {"text": "Inclusion Criteria:\n\n* Age ≥ 18 years", "min_fidelity": 0.5},
        {"criteria": [_CRITERION], "glossary": [{"term": "Age", "plain": "years"}]},
    ],
    "/v1/audit": [{"pairs": [_PAIR]}],
    "/v1/jobs": [{"criteria": [_CRITERION], "min_fidelity": 0.5}, {"pairs": [_PAIR]}],
    "/v1/trials": [record("* Age ≥ 18")],
    "/v1/reviews": [{"items": [_PAIR], "batch": "first", "whole": False}],
    "/v1/reviews/thresholds": [
        {"thresholds": {"faithful": 0.7, "review": 0.2}, "accepted": False, "reason": "Too few."}
    ],
    f"{_ITEM}/score": [{"plain": "You are 18."}],
    f"{_ITEM}/decision": [_DECISION],
    f"{_ITEM}/reopen": [{"reason": "It was wrong."}],
}
_TAKEN = {200, 201, 202, 404, 409}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = create_app(Settings(max_body_bytes=20_000, max_jobs=10**6), FakeTranslator)  # type: ignore[arg-type]
    with TestClient(app) as client:
        while client.get("/readyz").status_code != 200:
            time.sleep(0.01)
        yield client


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        (b"{", 400, "at character 1 (line 1, column 2)"),
        (b'{"text":\n "a" "b"}', 400, "at character 14 (line 2, column 6)"),
        (b"\xff\xfe{}", 400, "byte 0 is not UTF-8"),
        (b'{"text": "\xed\xa0\x80"}', 400, "byte 10 is not UTF-8"),
        (b'{"text": "a\x00b"}', 400, "at character 11"),
        (b"[" * 33, 413, "Levels of JSON: 33; max_nesting allows 32"),
        (b'{"a":' * 1_000_000, 413, "Levels of JSON: 1,000,000"),
        (b'{"a": [1, {"b": 1, "b": 2}]}', 422, "#/a/1/b: is given twice"),
        (b'{"a": 1, "a": 2}', 422, "#/a: is given twice"),
        (b'{"a": [NaN]}', 422, "#/a/0: NaN is no number that JSON knows"),
        (b'{"a": -Infinity}', 422, "#/a: -Infinity is no number that JSON knows"),
        (b'{"a/~": ' + b"9" * 5000 + b"}", 422, "#/a~1~0: has 5,000 digits; 40 are the most"),
    ],
)
def test_the_place_is_told(body: bytes, status: int, place: str) -> None:
    with pytest.raises(Problem) as refusal:
        check(body, 32)
    problem = refusal.value.problem
    told = [f"{one.pointer}: {one.detail}" for one in problem.errors or ()]
    assert problem.status == status
    assert place in " ".join([str(problem.detail), *told])


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 32 + b"]" * 32,
        b'["' + b"[" * 100 + b'"]',
        rb'["\"' + b"[" * 100 + rb"\\" + b'"]',
        b'{"a": [{}, {}, []]}',
        b"\xef\xbb\xbf{}",
        b"[" + b"9" * 40 + b", 1e999]",
        rb'{"a": "\ud800"}',
    ],
)
def test_what_is_json_passes(body: bytes) -> None:
    check(body, 32)


@given(st.recursive(st.text('[]{}"\\a'), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_brackets_in_texts_do_not_nest(value: object) -> None:
    def depth(one: object) -> int:
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    body = json.dumps(value).encode()
    check(body, depth(value) or 1)
    if depth(value) > 1:
        with pytest.raises(Problem) as refusal:
            check(body, depth(value) - 1)
        assert refusal.value.problem.limit is not None
        assert refusal.value.problem.limit.given == depth(value)


@pytest.mark.parametrize("unit", [b'"', b'\\"', b'"\\', b"[]", b'{"', b'"",'])
def test_work_grows_no_faster_than_the_body(unit: bytes) -> None:
    def refused(times: int) -> None:
        with pytest.raises(Problem):
            check(unit * times, 32)

    assert_linear(refused, 20_000)


def test_a_body_that_dribbles_in_is_not_waited_for() -> None:
    sent: list[Message] = []

    async def app(*_: object) -> None:
        raise AssertionError("nobody may read it")

    async def receive() -> Message:
        await anyio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/audit",
        "headers": [(b"content-type", b"application/json")],
    }
    anyio.run(Bodies(app, Limits(), 0.05), scope, receive, send)
    assert sent[0]["status"] == 408


def test_what_is_no_json_is_passed_on_as_it_comes() -> None:
    seen: list[Message] = []
    parts = [{"type": "http.request", "body": b"[" * 50, "more_body": more} for more in (True, False)]

    async def app(_: object, receive: object, __: object) -> None:
        while not seen or seen[-1]["more_body"]:
            seen.append(await receive())  # type: ignore[operator]

    async def receive() -> Message:
        return parts[len(seen)]

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/jobs",
        "headers": [(b"content-type", b"application/x-ndjson")],
    }
    anyio.run(Bodies(app, Limits(), 1), scope, receive, receive)  # type: ignore[arg-type]
    assert seen == parts


def _changed(good: bytes, place: int, planted: bytes, cut: int) -> bytes:
    return good[:place] + planted + good[min(place + cut, len(good)) :]


_PLANTED = [
    b"", b"\\ud800", b"\\u0000", b"\xed\xa0\x80", b"\xf0\x9f", b"\xff", b"\x00",
    b"NaN", b"1" * 50, b"-1e99999", b"1e5",
    b"[" * 500, b'"', b"\\", b",", b"}", b"]", b'{"id":', b'"text": 1,', b"null", b"true",
]  # fmt: skip
MALFORMED = st.sampled_from(
    [
        (path, json.dumps(body, ensure_ascii=False).encode())
        for path, bodies in GOOD.items()
        for body in bodies
    ]
).flatmap(
    lambda one: st.tuples(
        st.just(one[0]),
        st.builds(
            _changed,
            st.just(one[1]),
            st.integers(0, len(one[1])),
            st.sampled_from(_PLANTED) | st.binary(max_size=12),
            st.integers(0, 60),
        ),
    )
)


@settings(
    max_examples=COUNT, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(MALFORMED)
@example(("/v1/audit", b"[" * 20_000))
@example(("/v1/audit", b'{"pairs": [' + b"9" * 19_000 + b"]}"))
def test_malformed_bodies_are_refused_with_the_place(client: TestClient, one: tuple[str, bytes]) -> None:
    path, body = one
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    if answer.status_code in _TAKEN:  # the change has made another good body
        return
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert answer.status_code == problem["status"]
    if problem["status"] == 400:
        assert re.search(r"(character|byte|line) \d", problem["detail"])
    elif problem["status"] == 413:
        assert problem["limit"]["given"] > problem["limit"]["allowed"]
    else:
        assert problem["status"] == 422
        told = problem.get("errors", ())
        assert all(error["pointer"].startswith("#") and error["detail"] for error in told)
        assert told or (problem["detail"] and path not in {"/v1/translate", "/v1/audit"})


def test_every_call_that_takes_json_is_tried() -> None:
    calls = json.loads((Path(__file__).parents[1] / "docs" / "openapi.json").read_text("utf-8"))["paths"]
    taking = {path for path, call in calls.items() if "requestBody" in call.get("post", {})}
    assert {path.replace("0" * 32, "{item_id}") for path in GOOD} == taking
