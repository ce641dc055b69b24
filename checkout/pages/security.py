"""What protects a page in the browser: a content policy without inline code, further headers, and the origin of forms."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import BadRequest, Forbidden

from checkout.pages import card_data

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # "same-origin" and not "no-referrer": the latter makes browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def content_policy(*, form_targets: Iterable[str] = (), frames: bool = False) -> str:
    """The page's Content-Security-Policy: own files only, no inline script or style, no frame around it.

    `form_targets`: origins beside our own that a form may end at. The directive holds for redirects too, so the page
    whose form starts a checkout must name the PSP's origin. `frames`: the page shows a page of ours in a frame.
    """
    directives = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # the style sheet's own arrows and ticks
        "connect-src 'self'",
        " ".join(("form-action 'self'", *sorted(form_targets))),
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if frames:
        directives.append("frame-src 'self'")
    return "; ".join(directives)


def protect(blueprint: Blueprint) -> None:
    """Adds the headers to every answer of the blueprint and refuses forms that were sent from elsewhere, that no browser
    sends, or that hold a card number."""
    blueprint.before_request(_refuse_foreign_forms)
    blueprint.before_request(_refuse_null_characters)
    blueprint.before_request(card_data.refuse_card_numbers)
    blueprint.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """What the view has set stays; everything else gets the strict default. Pages are never kept by a cache."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", content_policy())
    response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    return response


def _refuse_foreign_forms() -> None:
    """A form of ours is sent by a page of ours. Browsers say where a POST comes from and scripts cannot change it;
    a client that says nothing is no browser, and carries nobody's cookies by accident."""
    if request.method in SAFE_METHODS:
        return
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if origin is not None and origin not in _own_origins():
        raise Forbidden("This form was sent from another site.")
    if site is not None and site not in {"same-origin", "none"}:
        raise Forbidden("This form was sent from another site.")


def _refuse_null_characters() -> None:
    """No browser sends one and PostgreSQL stores none: it would be an error wherever a form's text is kept."""
    if request.method in SAFE_METHODS:
        return
    if any("\0" in text for name, texts in request.form.lists() for text in (name, *texts)):
        raise BadRequest("The form holds a null character.")


def _own_origins() -> set[str]:
    return {origin_of(request.host_url), origin_of(str(current_app.config.get("PUBLIC_URL", "")))}


def origin_of(url: str) -> str:
    """ "https://shop.example:8443/a/b" is of the origin "https://shop.example:8443"."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
