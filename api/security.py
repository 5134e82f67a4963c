"""The headers that browsers heed: what a page may load, who may frame it, whose scripts may call."""

from starlette.datastructures import MutableHeaders

from translator.page import style_digest

POLICY = "Content-Security-Policy"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

CLOSED = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_NOTHING = f"default-src 'none'; {CLOSED}"
REPORT = {POLICY: f"default-src 'none'; style-src 'unsafe-inline'; {CLOSED}"}
"""For a page that stands alone with its styles, and runs nothing."""

_OWN = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_LEAFLET = f"default-src 'none'; style-src 'sha256-{style_digest()}'; {CLOSED}"
_PAGES = {
    "/trials/": _LEAFLET,
    "/methodology": _LEAFLET,
    "/review": _OWN,
    "/static/": _OWN,
}


def protect(headers: MutableHeaders, path: str) -> None:
    """Adds to an answer what it does not say itself.

    What a page may load is told by how its path begins; all else that is shown may load nothing.
    """
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    policy = next((policy for start, policy in _PAGES.items() if path.startswith(start)), _NOTHING)
    headers.setdefault(POLICY, policy)
