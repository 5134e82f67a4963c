"""The reviewers' pages in Chromium: whole reviews as people do them, and what goes wrong meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from chromium import AXE_RULES, axe_source
from reviewing import BOB
from servers import serving, wait_until
from workbenches import Service, service

from api.review.records import Reviewer

WRONG, RIGHT = "You must be 81 years or older.", "You must be at least 18 years old."
ENDED = "2020-01-01T00:00:00.000000Z"


class Site:
    """A running service and what browsers complained of."""

    def __init__(self, browser: Any, made: Service, address: str) -> None:
        self.browser = browser
        self.made = made
        self.address = address
        self.complaints: list[str] = []

    @contextmanager
    def person(self, name: str | None, **options: Any) -> Iterator[Any]:
        """A tab of a browser in which somebody is signed in."""
        context = self.browser.new_context(**options)
        tab = context.new_page()
        tab.on("console", self._heed)
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        if name:
            tab.goto(f"{self.address}/review")
            self.sign_in(tab, name)
        yield tab
        context.close()

    def sign_in(self, tab: Any, name: str) -> None:
        tab.fill("#key", self.made.keys[name])
        tab.click("text=Sign in >> nth=-1")
        tab.wait_for_selector("text=Sign out")
        tab.wait_for_load_state()

    def open(self, tab: Any, words: str) -> str:
        item_id = self.made.item(words)
        tab.goto(f"{self.address}/review/items/{item_id}")
        return item_id

    def claim(self, tab: Any, words: str) -> str:
        item_id = self.open(tab, words)
        tab.click("text=Claim it")
        tab.wait_for_selector("#decision")
        return item_id

    def _heed(self, message: Any) -> None:
        # Chromium tells every answer that refuses something, which our pages then say in words.
        refused = "Failed to load resource: the server responded with a status of 4"
        if message.type in ("error", "warning") and refused not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def site(browser: Any, tmp_path: Path) -> Iterator[Site]:
    with service(tmp_path) as made, serving(made.app) as address:
        made.take_in()
        wait_until(lambda: made.app.state.engine._translator is not None)
        found = Site(browser, made, address)
        yield found
        assert not found.complaints


def edit(tab: Any, sentence: str) -> None:
    """Types a sentence and waits for its score."""
    tab.check("input[value=edit]")
    tab.fill("#plain", sentence)
    tab.wait_for_selector(".scored:not([data-stale])")


def test_a_whole_review(site: Site) -> None:
    with site.person("ann") as tab:
        assert tab.locator(".queue > li").count() == 4 + 2  # four criteria under two headings
        tab.click(".queue a:has-text('Age ≥ 18 years')")
        tab.click("text=Claim it to decide")
        edit(tab, WRONG)
        assert "unfaithful" in tab.inner_text(".scored .headline")
        tab.click("text=Save the decision")
        assert "Not saved" in tab.inner_text("[data-notice] >> nth=0")
        assert tab.input_value("#plain") == WRONG
        edit(tab, RIGHT)
        assert "faithful" in tab.inner_text(".scored .headline").split()
        tab.click("text=Save the decision")
        assert "Saved" in tab.inner_text("[data-notice]")
        assert "ann: edit" in tab.inner_text(".verdict h3")
        tab.click("text=Trial page")
        shown = tab.locator("ul.rules > li", has_text="at least 18 years old")
        assert "Checked by a reviewer" in shown.inner_text()
    entry = site.made.state(site.made.item("Age"))
    assert (entry.state, entry.wording) == ("edited", RIGHT)


def test_an_unfaithful_sentence_is_saved_with_a_reason_and_without_scripts(site: Site) -> None:
    with site.person("ann", java_script_enabled=False) as tab:
        item_id = site.claim(tab, "Age")
        tab.check("input[value=edit]")
        tab.fill("#plain", WRONG)
        tab.click("text=Save the decision")
        assert "Nothing is saved yet" in tab.inner_text("[data-notice]")
        assert "unfaithful" in tab.inner_text(".scored .headline")
        tab.click("text=Save the decision")
        assert tab.locator("#wrong-overrule").is_visible()
        tab.select_option("#overrule", "scorer_misread")
        tab.fill("#reason", "The protocol was amended.")
        tab.click("text=One more error")
        assert tab.input_value("#reason") == "The protocol was amended."
        tab.select_option("#type-1", "number")
        tab.select_option("#severity-1", "critical")
        tab.click("text=Save the decision")
        assert "Saved" in tab.inner_text("[data-notice]")
    (verdict,) = site.made.work.show(item_id, BOB).verdicts
    assert verdict.decision.reason == "The protocol was amended."
    assert [(one.type, one.severity) for one in verdict.decision.errors] == [("number", "critical")]


def test_two_at_once_on_one_item(site: Site) -> None:
    with site.person("ann") as ann, site.person("bob") as bob:
        item_id = site.open(bob, "Age")
        site.claim(ann, "Age")
        bob.click("text=Claim it to decide")  # his page does not know of ann yet
        assert "is with ann" in bob.inner_text("main")
        site.open(bob, "Age")
        assert "ann has it" in bob.inner_text("#decide")
        assert bob.locator("text=Claim it to decide").is_disabled()
        edit(ann, RIGHT)
        site.made.work.release(item_id, Reviewer(name="ada", role="admin"))
        site.claim(bob, "Age")
        ann.click("text=Save the decision")
        assert "is with bob" in ann.inner_text("[data-notice]")
        assert ann.input_value("#plain") == RIGHT
        bob.check("input[value=accept]")
        bob.click("text=Save the decision")
        ann.click("text=Claim it again, with my text")
        assert "is accepted" in ann.inner_text("[data-notice]")
        assert ann.input_value("#plain") == RIGHT


def test_a_lost_lease_loses_no_text(site: Site) -> None:
    with site.person("ann") as tab:
        item_id = site.claim(tab, "Age")
        edit(tab, RIGHT)
        tab.fill("#reason", "Says the same in plain words.")
        site.made.run("UPDATE claims SET expires_at = :then", then=ENDED)
        tab.click("text=Save the decision")
        assert "was yours until" in tab.inner_text("[data-notice]")
        tab.click("text=Claim it again, with my text")
        assert tab.input_value("#plain") == RIGHT
        assert tab.input_value("#reason") == "Says the same in plain words."
        tab.click("text=Save the decision")
        assert "Saved" in tab.inner_text("[data-notice]")
    assert site.made.state(item_id).wording == RIGHT


def test_what_has_changed_meanwhile_is_shown_before_anything_is_saved(site: Site) -> None:
    with site.person("ann") as tab:
        item_id = site.claim(tab, "Age")
        edit(tab, RIGHT)
        site.made.run("UPDATE items SET digest = 'another' WHERE id = :item", item=item_id)
        tab.click("text=Save the decision")
        assert "no longer what was shown" in tab.inner_text("[data-notice]")
        assert tab.input_value("#plain") == RIGHT
        assert site.made.state(item_id).state == "open"
        tab.click("text=Save the decision")
        assert "Saved" in tab.inner_text("[data-notice]")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_session_that_ends_in_the_middle_loses_no_text(site: Site, scripts: bool) -> None:
    with site.person("ann", java_script_enabled=scripts) as tab:
        item_id = site.claim(tab, "Age")
        tab.check("input[value=edit]")
        tab.fill("#plain", RIGHT)
        tab.fill("#reason", "Plainer.")
        site.made.run("DELETE FROM sessions")
        tab.click("text=Save the decision")
        assert tab.inner_text("h1") == "Your session has ended"
        site.sign_in(tab, "ann")
        assert "You are signed in again" in tab.inner_text("[data-notice]")
        assert tab.input_value("#plain") == RIGHT
        assert tab.input_value("#reason") == "Plainer."
        if scripts:
            tab.wait_for_selector(".scored:not([data-stale])")
        else:  # the score is shown first
            tab.click("text=Save the decision")
        tab.click("text=Save the decision")
        tab.wait_for_selector("text=Your verdict is in the log")
    assert site.made.state(item_id).wording == RIGHT


def test_the_back_button_and_a_closed_tab_lose_no_text(site: Site) -> None:
    with site.person("ann") as tab:
        site.claim(tab, "Age")
        edit(tab, WRONG)
        tab.click("nav >> text=Queue >> nth=0")
        tab.go_back()
        tab.wait_for_selector("text=What you had written is back")
        assert tab.input_value("#plain") == WRONG
        again = tab.context.new_page()
        site.open(again, "Age")
        assert again.input_value("#plain") == WRONG
        edit(again, RIGHT)
        again.click("text=Save the decision")
        again.wait_for_selector("text=Your verdict is in the log")
        again.go_back()
        again.wait_for_selector(".verdict")  # what is done is not offered again
        assert again.locator("#decision").count() == 0
        assert again.evaluate("localStorage.length") == 0


def test_with_the_keyboard_alone(site: Site) -> None:
    with site.person("ann") as tab:
        press = tab.keyboard.press
        press("?")
        assert tab.locator("#keys dl").is_visible()
        press("/")
        assert tab.evaluate("document.activeElement.id") == "f-state"
        press("Escape")
        wanted = f"/review/items/{site.made.item('Age')}"
        here = "document.activeElement.getAttribute('href')"
        press("j")
        while tab.evaluate(here) != wanted:
            press("j")
        press("j")
        press("k")
        assert tab.evaluate(here) == wanted
        press("Enter")
        tab.wait_for_url(f"**{wanted}")
        tab.wait_for_load_state()
        press("j")
        assert tab.locator(".pair .mark.lit").all_inner_texts() == ["≥ 18 years", "≥ 18 years"]
        press("a")  # claims it first
        tab.wait_for_selector("#decision")
        press("a")
        press("Control+Enter")
        tab.wait_for_selector("text=Your verdict is in the log")
        press("t")
        tab.wait_for_selector("#decision")
        assert wanted not in tab.url
        press("r")
        press("Control+Enter")
        tab.wait_for_selector("[data-notice]")
        assert "without an error" in tab.inner_text("[data-notice] >> nth=0")


def test_a_finding_lights_both_sides(site: Site) -> None:
    with site.person("ann") as tab:
        site.claim(tab, "Age")
        edit(tab, "You must be older than 18 years.")
        told = tab.locator(".scored .told li", has_text="comparator").first
        label = told.get_attribute("data-marks")
        lit = tab.locator(f".scored .mark.lit[data-marks~='{label}']")
        assert lit.count() == 0
        told.hover()
        assert lit.all_inner_texts() == ["older than 18 years", "≥ 18 years"]
        tab.mouse.move(0, 0)
        assert lit.count() == 0
        told.focus()
        assert lit.count() == 2


def test_disagreement_is_settled_by_a_third(site: Site) -> None:
    site.made.run("UPDATE items SET needed = 2")
    for name, sentence in (("ann", RIGHT), ("bob", "You must be 18 or older.")):
        with site.person(name) as tab:
            item_id = site.claim(tab, "Age")
            assert tab.locator(".verdict").count() == 0  # blind
            edit(tab, sentence)
            tab.click("text=Save the decision")
            tab.wait_for_selector("text=Your verdict is in the log")
    assert site.made.state(item_id).state == "disputed"
    with site.person("ada") as tab:
        tab.click("text=disputed")
        tab.click(".queue a >> nth=0")
        assert tab.locator(".verdict").count() == 2
        tab.click("text=Claim it to decide")
        tab.click("text=Begin with this >> nth=1")
        tab.wait_for_selector(".scored")
        tab.click("text=Save the decision")
        tab.wait_for_selector("[data-notice]")
        assert site.made.state(item_id).wording == "You must be 18 or older."
        tab.goto(f"{site.address}/review/agreement")
        assert "ann, bob" in tab.inner_text("main")


def test_pages_are_accessible_and_fit_a_phone(site: Site) -> None:
    claimed, other = site.made.item("Age"), site.made.item("Platelet")
    options = {"bypass_csp": True, "viewport": {"width": 320, "height": 700}}
    with site.person("ann", **options) as tab:
        site.claim(tab, "Age")
        edit(tab, WRONG)
        pages = {
            "claimed and edited": None,
            "queue": "/review",
            "filtered": "/review?state=all&verdict=review&type=omission&mine=1",
            "unclaimed": f"/review/items/{other}",
            "claimed": f"/review/items/{claimed}",
            "agreement": "/review/agreement",
            "log": "/review/log?check=1",
            "trouble": f"/review/items/{'0' * 32}",
            "not found": "/review/nothing",
        }
        for name, path in pages.items():
            if path:
                tab.goto(site.address + path)
            assert not violations(tab, AXE_RULES), name
            tab.emulate_media(color_scheme="dark")
            assert not violations(tab, {"type": "rule", "values": ["color-contrast"]}), name
            tab.emulate_media(color_scheme="light")
            assert tab.evaluate("document.documentElement.scrollWidth") <= 320, name
    with site.person(None, **options) as tab:
        tab.goto(f"{site.address}/review/sign-in")
        assert not violations(tab, AXE_RULES)


def violations(tab: Any, rules: Any) -> list[tuple[str, str]]:
    tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    tab.evaluate(axe_source())
    found = tab.evaluate("(options) => axe.run(document, options)", {"runOnly": rules})
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
