"""Chromium and axe-core, for the tests of pages."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def axe_source() -> str:
    package = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    return (Path(package.__file__).parent / "axe.min.js").read_text("utf-8")


def check(browser: Any, address: str, *, axe: bool = True, schemes: Sequence[str] = ("light",)) -> None:
    """No console message, no request elsewhere, no sideways scroll at 320 px, and axe-core content."""
    context = browser.new_context(viewport={"width": 320, "height": 700})
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("dialog", lambda dialog: complaints.append(dialog.message))
    tab.on("request", lambda request: complaints.append(request.url) if "file:" not in request.url else None)
    tab.goto(address)
    tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320, address
    assert not complaints
    context.close()
    if axe:
        for scheme in schemes:
            # The policy of the page forbids the script of the test.
            context = browser.new_context(bypass_csp=True, color_scheme=scheme)
            tab = context.new_page()
            tab.goto(address)
            tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
            tab.evaluate(axe_source())
            options = {"runOnly": AXE_RULES}
            found = tab.evaluate("(options) => axe.run(document, options)", options)
            assert not [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]], address
            context.close()
