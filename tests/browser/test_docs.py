"""The documentation in Chromium: it shows the calls under its own policy, and nothing is complained of."""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from fakes import FakeTranslator
from servers import serving, wait_until

from api.app import create_app
from api.settings import Settings

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

SERVED = "http://127.0.0.1:8000"
(SCRIPT,) = re.findall(
    r"```js\n(.*?)```", (Path(__file__).parents[2] / "docs" / "API.md").read_text("utf-8"), re.DOTALL
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")


def test_docs_show_the_calls_and_let_them_be_tried() -> None:
    app = create_app(Settings(), FakeTranslator)  # type: ignore[arg-type]
    with serving(app) as address, sync_api.sync_playwright() as playwright:
        wait_until(lambda: httpx.get(f"{address}/readyz").status_code == 200)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page()
        complaints: list[str] = []
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on(
            "request",
            lambda one: None if one.url.startswith((address, "data:")) else complaints.append(one.url),
        )
        tab.goto(f"{address}/docs")
        call = tab.locator("#operations-translate-translate_v1_translate_post")
        call.locator("button").first.click()
        call.get_by_role("button", name="Try it out").click()
        call.get_by_role("button", name="Execute").click()
        call.locator(".live-responses-table .response-col_status", has_text="200").wait_for()
        assert "Age ≥ 18 years" in call.locator(".live-responses-table").inner_text()
        assert complaints == []
        tab.evaluate(f"(async () => {{ {SCRIPT.replace(SERVED, address)} }})()")
        assert complaints == ["i1 Plain: Age ≥ 18 years"]
        browser.close()
