"""Errors as pages, for people: what failed, what is still safe, what to do, and the request's id."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from checkout.core.errors import DomainError
from checkout.pages import security

MACHINE_PATHS = ("/v1/", "/webhooks/", "/openapi.json", "/healthz", "/readyz", "/metrics")


@dataclass(frozen=True, slots=True)
class Words:
    heading: str
    body: str


WORDS = {
    400: Words("This address does not work", "The request could not be understood. Check the link, or start again."),
    403: Words("Not allowed", "This form was sent from another page than ours. Open the page again and repeat it there."),
    404: Words(
        "Page not found",
        "There is nothing at this address. If you came from an email, check that the whole link was copied.",
    ),
    405: Words("This address does not work", "The page cannot be used in this way. Go back and try again."),
    409: Words("That is no longer possible", "Things have changed since this page was shown. Open it again to see how."),
    413: Words("Too much at once", "What was sent is larger than this page takes."),
    429: Words("Too many requests", "Please wait a minute, then try again."),
    500: Words(
        "Something went wrong here",
        "The fault is on our side and has been recorded. A payment that had started is safe: its page shows how it ended.",
    ),
    503: Words(
        "Not available right now",
        "A part of the system does not answer. Nothing was lost. Please try again in a minute.",
    ),
}
DOMAIN_STATUS = {
    "not_found": 404,
    "database_unavailable": 503,
    "psp_unavailable": 503,
    "invalid_payment_state": 409,
    "rate_limited": 429,
}


def prefers_page() -> bool:
    """True where a person's browser asks, at an address that is not made for machines."""
    if request.path.startswith(MACHINE_PATHS):
        return False
    accepted = request.accept_mimetypes
    return accepted.accept_html and accepted.quality("text/html") > accepted.quality("application/problem+json")


def error_page(status: int) -> Response:
    """The page for a status; an unknown one is worded as the general fault of its class."""
    words = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    response = make_response(render_template("error.html", words=words, status=status), status)
    return security.add_headers(response)


def handle(blueprint: Blueprint) -> None:
    """Every refusal inside the blueprint's views becomes a page."""
    blueprint.register_error_handler(HTTPException, _http_error)
    blueprint.register_error_handler(DomainError, _domain_error)


def _http_error(error: HTTPException) -> Response:
    return error_page(error.code or 500)


def _domain_error(error: DomainError) -> Response:
    if error.code not in DOMAIN_STATUS:
        raise error  # a refusal that no page expects is a fault: logged and worded where faults are
    response = error_page(DOMAIN_STATUS[error.code])
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response
