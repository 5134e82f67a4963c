"""The report of an audit in Chromium: axe-core, filters, marks that light, print."""

from typing import Any

import pytest
from chromium import check
from studies import MARKUP
from test_audit import finding, judged, made

from translator.records import Unreadable


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    found = finding((4, 6), (9, 11)), finding((0, 3), None, type="unit", severity="critical")
    audited = [
        judged("faithful one", 0.97, "faithful"),
        judged("wrong one", 0.1, "unfaithful", *found),
        judged("hostile one", 0.5, "review", finding(None, (0, 9), message=MARKUP), plain=MARKUP),
        judged("long one", 0.5, "review", source="x" * 900, plain="asthma " * 2000, section="other"),
        Unreadable(where="list, line 5", what="is not JSON", remedy="Check it", id=None),
    ]
    path.write_text(made(audited), "utf-8")
    return path.as_uri()


def test_report(browser: Any, address: str) -> None:
    check(browser, address, schemes=("light", "dark"))


def test_filters(browser: Any, address: str) -> None:
    tab = browser.new_page()
    tab.goto(address)
    for choose, shown in (
        (lambda: tab.uncheck("input[value=review]"), ["wrong one", "faithful one"]),
        (lambda: tab.select_option("select[name=type]", "unit"), ["wrong one"]),
        (lambda: tab.select_option("select[name=section]", "other"), []),
    ):
        choose()
        heads = tab.locator("article:visible h3").all_inner_texts()
        assert [head.rsplit(" ", 1)[0] for head in heads] == shown
        assert tab.inner_text("#shown") == f"{len(shown)} of 4 pairs shown"
    tab.close()


def test_a_finding_in_focus_lights_both_sides(browser: Any, address: str) -> None:
    tab = browser.new_page()
    tab.goto(address)
    marks = tab.locator("article").first.locator(".m1")
    assert marks.count() == 2
    before = marks.evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundColor)")
    tab.locator(".f1 a").first.focus()
    after = marks.evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundColor)")
    assert all(old != new for old, new in zip(before, after, strict=True))
    tab.close()


def test_all_pairs_read_without_scripts_and_in_print(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address)
    assert tab.locator("article:visible").count() == 4
    assert not tab.locator("#filters").is_visible()
    tab.emulate_media(media="print")
    long = tab.locator(".long").first
    assert long.evaluate("(one) => one.scrollHeight <= one.clientHeight")
    context.close()
