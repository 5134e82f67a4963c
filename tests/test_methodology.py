"""docs/METHODOLOGY.md as a page: all of its words, nothing obeyed, no link that leads nowhere."""

import re
from html import unescape
from pathlib import Path

import pytest

from translator import methodology
from translator.page import Links


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "METHODOLOGY.md"
    monkeypatch.setattr(methodology, "_PLACES", (tmp_path / "no.md", path))
    methodology._html.cache_clear()
    yield path
    methodology._html.cache_clear()


def test_the_text_that_ships_has_all_its_headings() -> None:
    headings = re.findall(r"^#+ (.+)$", methodology.source().read_text("utf-8"), re.MULTILINE)
    page = methodology.render(Links(home="index.html"))
    shown = [unescape(re.sub("<[^>]+>", "", one)) for one in re.findall(r"<h[1-4]>(.*?)</h[1-4]>", page)]
    assert shown == [heading.replace("`", "") for heading in headings]
    assert 'href="index.html"' in page


def test_links_and_markup(given: Path) -> None:
    given.write_text(
        "# T\n\n<script>alert(1)</script> [here](API.md) [there](https://example.org) ![curve](c.svg)\n\n"
        "| | a |\n| --- | --- |\n| b | 1 |\n",
        "utf-8",
    )
    page = methodology.render()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert re.findall(r'<a href="([^#"]+)"', page) == ["https://example.org"]
    assert "here" in page
    assert "<img" not in page
    assert page.count("<th>") == 1


def test_the_marks_around_a_table_of_results_are_no_text(given: Path) -> None:
    given.write_text(
        "# T\n\n<!-- table: a/b/c -->\n| | a |\n| --- | --- |\n| b | 1 |\n<!-- end -->\n\nc\n", "utf-8"
    )
    page = methodology.render()
    assert "&lt;!--" not in page
    assert page.count("<tr>") == 2
    assert "<p>c</p>" in page


def test_a_missing_text_is_named(given: Path) -> None:
    with pytest.raises(FileNotFoundError, match=given.name):
        methodology.render()
