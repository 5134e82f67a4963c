"""The reviewers' pages without a browser: who is let in, which forms are taken, what trials show."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeTranslator
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from reviewing import ANN, BOB, accept, edit, reject
from studies import record
from workbenches import TRIAL, Service, service

from api.review.approved import reviewed
from api.review.records import Day, Entry
from api.store import keys
from api.web.burndown import burndown
from api.web.forms import DecisionForm, FormError
from api.web.marks import Mark, agreements, difference, marked
from translator.study import read_study


@contextmanager
def visited(folder: Path, name: str | None = "ann", **more: object) -> Iterator[tuple[Service, TestClient]]:
    with service(folder, **more) as made, TestClient(made.app, base_url="http://localhost") as client:
        made.take_in()
        while client.get("/readyz").status_code != 200:
            pass
        if name:
            form = {"key": made.keys[name]} if more.get("keys") != "off" else {"name": name}
            assert client.post("/review/sign-in", data=form).status_code == 200
        yield made, client


def token_of(client: TestClient) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{32})"', client.get("/review").text)
    assert found
    return found[1]


# Who is let in


@pytest.mark.parametrize(
    ("key", "status", "told"),
    [
        ("ann", 200, "Take the next"), ("ada", 200, "(admin)"), ("tom", 403, "needs the role review"),
        ("nobody", 401, "not known"),
    ],
)  # fmt: skip
def test_a_key_signs_in(tmp_path: Path, key: str, status: int, told: str) -> None:
    with visited(tmp_path, None) as (made, client):
        answer = client.post("/review/sign-in", data={"key": made.keys.get(key, "pc_wrong")})
        assert answer.status_code == status
        assert told in answer.text
        assert client.get("/review/log").url.path == ("/review/log" if status == 200 else "/review/sign-in")


def test_where_keys_are_off_people_say_who_they_are(tmp_path: Path) -> None:
    with visited(tmp_path, "José", keys="off") as (made, client):
        assert "<bdi>José</bdi>" in client.get("/review").text
        item = made.item("Age")
        client.post(f"/review/items/{item}/claim", data={"token": token_of(client)})
        assert made.state(item).claim.reviewer == "José"
        for name in ("", "x" * 101, "a\x00b"):
            assert client.post("/review/sign-in", data={"name": name}).status_code == 422


def test_a_session_ends_with_its_key_and_by_signing_out(tmp_path: Path) -> None:
    with visited(tmp_path) as (made, client):
        assert client.get("/review").url.path == "/review"
        assert client.get(f"/trials/{TRIAL}").status_code == 200
        kept = dict(client.cookies)
        client.post("/review/sign-out", data={"token": token_of(client)})
        client.cookies.update(kept)
        assert client.get("/review").url.path == "/review/sign-in"
        client.post("/review/sign-in", data={"key": made.keys["ann"]})
        keys.revoke(made.store, "ann")
        assert client.get("/review").url.path == "/review/sign-in"
        assert client.get(f"/trials/{TRIAL}").status_code == 401


@pytest.mark.parametrize(
    ("base", "secure"),
    [
        ("http://localhost", False), ("http://127.0.0.1:8000", False),
        ("https://reviews.example", True), ("http://reviews.example", True),
    ],
)  # fmt: skip
def test_the_cookie_is_for_this_site_alone(tmp_path: Path, base: str, secure: bool) -> None:
    with service(tmp_path) as made, TestClient(made.app, base_url=base) as client:
        answer = client.post("/review/sign-in", data={"key": made.keys["ann"]}, follow_redirects=False)
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert ("; secure" in cookie) == secure


@pytest.mark.parametrize(
    "going", ["https://evil.example/", "//evil.example", "/trials/NCT99000002", "javascript:x"]
)
def test_signing_in_leads_to_our_own_pages(tmp_path: Path, going: str) -> None:
    with visited(tmp_path, None) as (made, client):
        answer = client.post(
            "/review/sign-in", data={"key": made.keys["ann"], "next": going}, follow_redirects=False
        )
        assert answer.headers["location"] == "/review"


# Forms


@pytest.mark.parametrize(
    ("headers", "token", "status"),
    [
        ({}, True, 303), ({}, False, 200), ({"Sec-Fetch-Site": "same-origin"}, True, 303),
        ({"Sec-Fetch-Site": "cross-site"}, True, 403), ({"Sec-Fetch-Site": "same-site"}, True, 403),
        ({"Origin": "https://evil.example"}, True, 403), ({"Origin": "http://localhost"}, True, 303),
        ({"Origin": "null"}, True, 303),
    ],
)  # fmt: skip
def test_a_form_of_another_site_does_nothing(
    tmp_path: Path, headers: dict[str, str], token: bool, status: int
) -> None:
    with visited(tmp_path) as (made, client):
        item = made.item("Age")
        made.work.claim(item, ANN)
        form = {"digest": made.state(item).digest, "action": "accept", "reason": "Kept.", "do": "save"}
        form["token"] = token_of(client) if token else "0" * 32
        answer = client.post(
            f"/review/items/{item}/decision", data=form, headers=headers, follow_redirects=False
        )
        assert answer.status_code == status
        assert made.state(item).state == ("accepted" if status == 303 else "open")
        if status == 200:  # of an earlier session: nothing is saved, and nothing is lost
            assert "Kept." in answer.text


def test_what_a_lost_session_sent_comes_back_as_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\"'"
    with visited(tmp_path) as (made, client):
        item = made.item("Age")
        form = {
            "token": token_of(client),
            "digest": "d",
            "action": "edit",
            "plain": hostile,
            "type-0": "unit",
        }
        made.run("DELETE FROM sessions")
        asked = client.post(f"/review/items/{item}/decision", data=form)
        assert asked.status_code == 401
        assert hostile not in asked.text
        carried = re.search(r'name="carried" value="(.*?)">', asked.text)
        assert carried
        back = {
            "key": made.keys["ann"],
            "next": f"/review/items/{item}",
            "carried": unescape(carried[1]),
        }
        answer = client.post("/review/sign-in", data=back)
        assert hostile in unescape(answer.text)
        assert hostile not in answer.text
        assert '<option value="unit" selected>' in answer.text
        for broken in ("[", "[]", json.dumps({"plain": 5}), "[" * 9999):
            assert client.post("/review/sign-in", data={**back, "carried": broken}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/review/items/x", 422), (f"/review/items/{'0' * 32}", 404), ("/review?state=odd", 422),
        ("/review?after=x", 422), ("/review/log?head=1:x", 422), ("/review/nothing", 404),
        ("/review/report?trial_id=none", 404), ("/review?state=all&type=unit&route=model&mine=1", 200),
        (f"/review/report?trial_id={TRIAL}", 200), ("/review/agreement?trial_id=none", 200),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_is_a_page(tmp_path: Path, path: str, status: int) -> None:
    with visited(tmp_path) as (_, client):
        answer = client.get(path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-security-policy"].startswith("default-src")
        assert "<h1>" in answer.text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("mine=1", ["Age"]), ("mine=1&verdict=review", []), ("route=template", ["Age", "Platelet", "Liver"]),
        ("route=model", []), ("section=exclusion&type=omission", ["Liver"]), ("state=accepted", ["Pregnant"]),
        ("trial_id=none", []),
    ],
)  # fmt: skip
def test_the_address_filters_the_queue(tmp_path: Path, asked: str, found: list[str]) -> None:
    with visited(tmp_path) as (made, client):
        made.work.claim(made.item("Age"), ANN)
        done = entry_of(made, "Pregnant")
        made.work.claim(done.item.id, ANN)
        made.work.decide(done.item.id, ANN, accept(done))
        listed = re.search(r'<ol class="queue">.*</ol>', client.get(f"/review?{asked}").text, re.DOTALL)
        text = listed[0] if listed else ""
        words = ("Age", "Platelet", "Liver", "Pregnant")
        assert [one for one in words if f"{one} " in text] == found


def test_static_files_are_kept_under_their_own_address(tmp_path: Path) -> None:
    with visited(tmp_path, None) as (_, client):
        page = client.get("/review/sign-in").text
        (style,) = re.findall(r'href="(/review/static/[0-9a-f]+/review.css)"', page)
        assert client.get(style).headers["cache-control"] == "public, max-age=31536000, immutable"
        old = client.get("/review/static/0/review.css")
        assert (old.status_code, old.headers["cache-control"]) == (200, "public, max-age=0, must-revalidate")
        assert client.get("/review/static/0/other.css").status_code == 422


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {"action"}), ({"action": "edit", "plain": " "}, {"plain"}),
        ({"action": "accept", "type-0": "unit"}, {"type-0"}),
        ({"action": "edit", "plain": "a\x07"}, {"plain"}),
        ({"action": "accept", "reason": "x" * 2001}, {"reason"}),
        ({"action": "odd"}, {"action"}), ({"action": "accept", "overrule": "odd"}, {"overrule"}),
    ],
)  # fmt: skip
def test_a_form_says_what_is_wrong_where(fields: dict[str, str], wrong: set[str]) -> None:
    with pytest.raises(FormError) as told:
        DecisionForm.of({"digest": "d", **fields}).decision()
    assert set(told.value.told) == wrong


# Marks


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(-2, 45), st.integers(-2, 45)), max_size=6))
def test_a_marked_text_keeps_every_character(text: str, spans: list[tuple[int, int]]) -> None:
    marks = [Mark(label=str(number), kind="major", span=span) for number, span in enumerate(spans)]
    html = marked(text, marks, "source")
    bare = re.sub(r'<a class="ref[^>]*>\d+</a>|<span class="mark[^>]*>|</span>', "", html)
    shown = "".join(mark if mark.isprintable() or mark in "\n\t" else "\ufffd" for mark in text)
    assert unescape(bare) == shown


@given(st.text(alphabet="ab <&\n", max_size=30), st.text(alphabet="ab <&\n", max_size=30))
def test_a_difference_holds_both_texts(old: str, new: str) -> None:
    html = re.sub(r'<span class="aside">.*?</span>', "", difference(old, new))
    was = re.sub(r"<ins>.*?</ins>|</?del>", "", html, flags=re.DOTALL)
    is_ = re.sub(r"<del>.*?</del>|</?ins>", "", html, flags=re.DOTALL)
    assert (unescape(was), unescape(is_)) == (old, new)


@pytest.mark.parametrize(
    ("source", "plain", "agreed"),
    [
        ("Age ≥ 18 years", "You must be at least 18 years old.", [("≥ 18 years", "at least 18 years")]),
        ("Age ≥ 18 years", "You must be older than 18 years.", []),
        ("Hemoglobin ≥ 9 g/dL within 14 days before entry", "At least 9 g/dL in the 2 weeks before you join",
         [("≥ 9 g/dL", "At least 9 g/dL"), ("14 days before entry", "2 weeks before you join")]),
        ("no numbers", "none", []),
    ],
)  # fmt: skip
def test_facts_that_agree(source: str, plain: str, agreed: list[tuple[str, str]]) -> None:
    assert [(one.source, one.plain) for one in agreements(source, plain)] == agreed


def test_the_burn_down_goes_from_the_first_day_to_the_last() -> None:
    days = [
        Day(day=f"2026-03-{day:02}", imported=9, closed=closed) for day, closed in ((1, 0), (2, 3), (11, 9))
    ]
    found = burndown(days)
    assert found is not None
    assert found.line == "0.0,0.0 60.0,0.0 60.0,40.0 600.0,40.0 600.0,120.0"
    assert found.days == (("2026-03-01", 9), ("2026-03-02", 6), ("2026-03-11", 0))
    assert burndown(days[:1]) is None


# The trial page


def shown(made: Service) -> dict[str, Any]:
    translated = FakeTranslator().translate_trial(read_study(record(), "test").trial)
    with made.work.store.reading() as view:
        done = reviewed(view, translated)
    return {one.normalised.criterion.text: one for one in done.translations}


def entry_of(made: Service, words: str) -> Entry:
    entry: Entry = made.state(made.item(words))
    return entry


def test_what_reviewers_approve_and_reject_reaches_the_trial(tmp_path: Path) -> None:
    with service(tmp_path) as made:
        made.take_in()
        assert not any(one.reviewed for one in shown(made).values())
        verdicts: dict[str, Any] = {
            "Age": lambda entry: edit(entry, "You must be at least 18 years old."),
            "Pregnant": accept,
            "Platelet": reject,
        }
        for words, decision in verdicts.items():
            entry = entry_of(made, words)
            made.work.claim(entry.item.id, BOB)
            made.work.decide(entry.item.id, BOB, decision(entry))
        found = shown(made)
        age, pregnant = found["Age ≥ 18 years"], found["Pregnant or breastfeeding"]
        assert (age.draft.text, age.draft.route, age.reviewed) == (
            "You must be at least 18 years old.", "memory", True,
        )  # fmt: skip
        assert (pregnant.draft.text, pregnant.reviewed) == ("Plain: Pregnant or breastfeeding", True)
        rejected = found["Platelet count ≥ 75 × 10⁹/L"]
        assert (rejected.draft.route, rejected.fidelity.verdict, rejected.reviewed) == (
            "source",
            "review",
            False,
        )
        assert rejected.draft.text == "Platelet count ≥ 75 × 10⁹/L"
        assert not found["Liver transplant, unclear when"].reviewed


def test_what_is_opened_again_goes_from_the_trial_page(tmp_path: Path) -> None:
    with visited(tmp_path, "ada") as (made, client):
        entry = entry_of(made, "Age")
        made.work.claim(entry.item.id, BOB)
        made.work.decide(entry.item.id, BOB, edit(entry, "You must be at least 18 years old."))
        page = client.get(f"/trials/{TRIAL}").text
        assert "at least 18 years old" in page
        assert "Checked by a reviewer" in page
        form = {"token": token_of(client), "reason": "The sponsor wrote."}
        client.post(f"/review/items/{entry.item.id}/reopen", data=form)
        assert "at least 18 years old" not in client.get(f"/trials/{TRIAL}").text


def test_a_store_that_is_gone_is_told_on_a_page(tmp_path: Path) -> None:
    with visited(tmp_path) as (made, client):
        made.run("DROP TABLE sessions")
        answer = client.get("/review")
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "Something broke" in answer.text
