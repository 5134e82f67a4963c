"""The page at ``/docs``, which loads nothing from elsewhere and runs no script but its own."""

import hashlib
import re
from base64 import b64encode

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from api.security import CLOSED, POLICY

_SCRIPTS = (
    "static-offline-docs"  # where fastapi-offline puts them; beside the page, whatever stands before it
)
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def install(app: FastAPI) -> None:
    """Give the app its page."""
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=f"{app.title}: the calls of the service",
        swagger_js_url=f"{_SCRIPTS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_SCRIPTS}/swagger-ui.css",
        swagger_favicon_url=f"{_SCRIPTS}/favicon.png",
    ).body
    scripts = " ".join(
        f"'sha256-{b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in _INLINE.findall(bytes(page))
    )
    # Its icons are data, and it writes styles into elements.
    policy = (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:; connect-src 'self'; {CLOSED}"
    )

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(bytes(page), headers={POLICY: policy})
