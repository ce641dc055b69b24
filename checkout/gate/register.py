"""Puts the gate before an app: the middleware around it, the checks before its requests, the headers after them."""

from __future__ import annotations

from typing import Protocol

from flask import Flask, Response, current_app
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest

from checkout.gate import limited
from checkout.gate.asked import asked
from checkout.gate.client_address import TrustedProxies
from checkout.gate.hosts import AllowedHosts
from checkout.limits import Counters

# What no form and no upload of ours needs. Each route that reads more or less says so itself.
MOST_BYTES_OF_A_BODY = 4 * 1024 * 1024
MOST_FIELDS_OF_A_FORM = 500


class GateSettings(Protocol):
    """What the gate needs to know of the configuration."""

    @property
    def public_url(self) -> str: ...
    @property
    def allowed_hosts(self) -> tuple[str, ...]: ...
    @property
    def trusted_proxies(self) -> int: ...
    @property
    def redis_url(self) -> str: ...
    @property
    def is_production(self) -> bool: ...


def register(app: Flask, settings: GateSettings) -> None:
    """After the request's id is there, before anything of a blueprint's own."""
    hosts = AllowedHosts(
        public_url=settings.public_url, more=settings.allowed_hosts, development=not settings.is_production
    )
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES_OF_A_BODY
    app.config["MAX_FORM_PARTS"] = MOST_FIELDS_OF_A_FORM
    app.extensions[limited.EXTENSION] = Counters(settings.redis_url or None)
    app.wsgi_app = TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]

    @app.before_request
    def check_host() -> None:
        call = asked()
        hosts.refuse_others(call.environ.get("HTTP_HOST", ""), call.path)

    app.before_request(limited.limit_by_address)
    app.after_request(limited.show)
    app.register_error_handler(ParseException, _broken_body)


def _broken_body(error: ParseException) -> Response:
    """A form that was wrongly chunked: read by the framework, which lets the server's error through."""
    return current_app.make_response(current_app.handle_user_exception(BadRequest()))
