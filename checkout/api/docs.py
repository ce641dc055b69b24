"""The document and the pages that explain it: /openapi.json, /docs, /docs/errors/<code>, /docs/events/<type>,
/docs/alerts/<code>.

Everything is served from here: the reference works without a network, the list of calls without JavaScript.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request

from checkout.api.document import endpoints_of
from checkout.api.error_table import ERRORS
from checkout.api.examples import problem_example
from checkout.events.catalogue import CATALOGUE
from checkout.wording.alert_codes import ALERT_CODES

STATIC = Path(__file__).resolve().parent / "static"
ASSET_SECONDS = 86_400
ASSETS = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "reference.js": "text/javascript; charset=utf-8",
    "reference.css": "text/css; charset=utf-8",
}
# What is no part of the document: other programs' contracts, and this machine's own.
PLAIN_CALLS = [
    ("POST", "/webhooks/stripe", "Take the payment service provider's events"),
    ("GET", "/healthz", "Is the process alive? Depends on nothing"),
    ("GET", "/readyz", "Can it work? Says which dependency is missing"),
    ("GET", "/metrics", "Prometheus's text format"),
    ("GET", "/openapi.json", "This API, as OpenAPI 3.1"),
]
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The reference's own: its script sets style attributes, and shows pictures that it carries with it.
REFERENCE_POLICY = PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def make_blueprint(make_document: Callable[[], dict[str, Any]]) -> Blueprint:
    """The routes. The document is made at the first request and kept: it is the same until the process ends."""
    blueprint = Blueprint("docs", __name__)

    @lru_cache(maxsize=1)
    def document() -> tuple[dict[str, Any], bytes, str]:
        made = make_document()
        raw = json.dumps(made, ensure_ascii=False, indent=1).encode("utf-8")
        return made, raw, sha256(raw).hexdigest()[:24]

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        _, raw, digest = document()
        response = Response(raw, content_type="application/json")
        response.headers["ETag"] = f'"{digest}"'
        response.headers["Cache-Control"] = "no-cache"
        response.make_conditional(request.environ)
        return response

    @blueprint.get("/docs")
    def reference() -> Response:
        calls = [*endpoints_of(document()[0]), *PLAIN_CALLS]
        return _page("docs/reference.html", REFERENCE_POLICY, calls=calls)

    blueprint.add_url_rule("/docs/errors", "errors", errors)
    blueprint.add_url_rule("/docs/errors/<code>", "error", error)
    blueprint.add_url_rule("/docs/events", "events", events)
    blueprint.add_url_rule("/docs/events/<type>", "event", event)
    blueprint.add_url_rule("/docs/alerts", "alerts", alerts)
    blueprint.add_url_rule("/docs/alerts/<code>", "alert", alert)
    blueprint.add_url_rule("/docs/assets/<name>", "asset", asset)
    return blueprint


def errors() -> Response:
    return _page("docs/errors.html", kinds=ERRORS)


def error(code: str) -> Response:
    if code not in ERRORS:
        abort(404)
    example = json.dumps(problem_example(code), indent=2, ensure_ascii=False)
    return _page("docs/error.html", code=code, kind=ERRORS[code], example=example)


def events() -> Response:
    return _page("docs/events.html", catalogue=CATALOGUE)


def event(type: str) -> Response:
    if type not in CATALOGUE:
        abort(404)
    return _page("docs/event.html", type=type, meaning=CATALOGUE[type])


def alerts() -> Response:
    return _page("docs/alerts.html", codes=ALERT_CODES)


def alert(code: str) -> Response:
    if code not in ALERT_CODES:
        abort(404)
    return _page("docs/alert.html", code=code, kind=ALERT_CODES[code])


def asset(name: str) -> Response:
    """A static file from memory, compressed where the browser takes that."""
    if name not in ASSETS:
        abort(404)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    body, digest = _asset(name, packed)
    response = Response(body, content_type=ASSETS[name])
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = f"public, max-age={ASSET_SECONDS}"
    response.headers["ETag"] = f'"{digest}"'
    response.make_conditional(request.environ)
    return response


@lru_cache(maxsize=16)
def _asset(name: str, packed: bool) -> tuple[bytes, str]:
    raw = (STATIC / name).read_bytes()
    body = gzip.compress(raw, mtime=0) if packed else raw
    return body, sha256(body).hexdigest()[:24]


def _page(template: str, policy: str = PAGE_POLICY, **data: Any) -> Response:
    response = make_response(render_template(template, brand="Checkout API", **data))
    response.headers.update(HEADERS)
    response.headers["Content-Security-Policy"] = policy
    return response
