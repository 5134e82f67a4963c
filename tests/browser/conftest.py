"""One Chromium for the tests of a module; they skip where there is none.

While it is open, the thread has an event loop, and nobody else may run one: it does not outlast its module.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from chromium import CHROMIUM


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()
