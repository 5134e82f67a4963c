"""The pages in Chromium: no complaint of browser or axe-core, no sideways scroll on a phone, and print."""

import json
from pathlib import Path
from typing import Any

import pytest
from chromium import check
from fakes import VERSIONS, FakeTranslator
from studies import AWKWARD, record

from translator.page import Links, render
from translator.site import build
from translator.study import read_study

LARGEST = 100_000  # bytes of a page
REAL = Path(__file__).parents[3] / "shared" / "data" / "ctgov_v2.dev.jsonl.gz"


def saved(given: Any, path: Path, form: Any) -> str:
    study = read_study(given, "test")
    page = render(
        study, FakeTranslator().translate_trial(study.trial), form=form, links=Links(print="b", page="a")
    )
    path.write_text(page, "utf-8")
    return path.as_uri()


@pytest.mark.parametrize("form", ["page", "print"])
@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_pages(browser: Any, tmp_path: Path, name: str, form: Any) -> None:
    schemes = ("light", "dark") if name == "usual" else ("light",)
    check(
        browser, saved(AWKWARD[name], tmp_path / "a.html", form), axe=name != "300 criteria", schemes=schemes
    )


@pytest.mark.skipif(not REAL.exists(), reason="the data do not stand beside the repository")
def test_real_pages(browser: Any, tmp_path: Path) -> None:
    import gzip

    with gzip.open(REAL, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            check(browser, saved(json.loads(line), tmp_path / "a.html", "page"), axe=number % 6 == 0)
            assert (tmp_path / "a.html").stat().st_size < LARGEST


def test_a_site_can_be_searched(browser: Any, tmp_path: Path) -> None:
    list(build([read_study(record(), "test")], tmp_path, FakeTranslator().translate_trial, VERSIONS))
    check(browser, (tmp_path / "index.html").as_uri())
    check(browser, (tmp_path / "methodology.html").as_uri(), schemes=("light", "dark"))
    tab = browser.new_page()
    tab.goto((tmp_path / "index.html").as_uri())
    tab.fill("#words", "fever veridane")
    assert tab.inner_text("#told") == "1 found"
    assert tab.inner_text("#found") == "An invented study of Veridane (NCT99000002, recruiting)"
    tab.click("#found a")
    assert tab.inner_text("h1") == "An invented study of Veridane"


def test_large_print_needs_no_script(browser: Any, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(saved(record(), tmp_path / "a.html", "print"))
    box = tab.locator("ul.boxes label").first
    before = box.bounding_box()["height"]
    tab.check("#large")
    assert box.bounding_box()["height"] > before
    context.close()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_checklist_prints_on_two_pages(browser: Any, tmp_path: Path, paper: str) -> None:
    tab = browser.new_page()
    tab.goto(saved(record(), tmp_path / "a.html", "print"))
    assert tab.pdf(format=paper).count(b"/Type /Page\n") <= 2
    tab.close()
