"""The headers of the pages that people see, and which origins a form of theirs may lead to."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Response


def form_action(addresses: Iterable[str | None]) -> str:
    """The shop's origins: a browser applies form-action to the redirect that follows a form, too."""
    found = []
    for address in addresses:
        parts = urlsplit(address or "")
        if parts.scheme in ("http", "https") and parts.netloc and not set(parts.netloc) & set(" ;,'\""):
            found.append(f"{parts.scheme}://{parts.netloc}")
    return " ".join(dict.fromkeys(found))


def protect(response: Response, allowed: str) -> Response:
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {allowed}".rstrip()
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
