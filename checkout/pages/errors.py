"""Errors as pages, for people: what failed, what is still safe, what to do, and the request's id."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, make_response, render_template, request

from checkout.pages import security

EXTENSION = "checkout_error_pages"  # where the API's error handlers look for pages
MACHINE_PATHS = ("/v1/", "/webhooks/", "/openapi.json", "/healthz", "/readyz", "/metrics")


@dataclass(frozen=True, slots=True)
class Words:
    heading: str
    body: str


WORDS = {
    400: Words(
        "This address does not work", "The request could not be understood. Check the link, or start again."
    ),
    403: Words(
        "Not allowed",
        "This form was sent from another page than ours. Open the page again and repeat it there.",
    ),
    404: Words(
        "Page not found",
        "There is nothing at this address. If you came from an email, check that the whole link was copied.",
    ),
    405: Words("This address does not work", "The page cannot be used in this way. Go back and try again."),
    409: Words(
        "That is no longer possible",
        "Things have changed since this page was shown. Open it again to see how.",
    ),
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


def prefers_page() -> bool:
    """True where a person's browser asks, at an address that is not made for machines."""
    if request.path.startswith(MACHINE_PATHS):
        return False
    accepted = request.accept_mimetypes
    return accepted.accept_html and accepted.quality("text/html") > accepted.quality(
        "application/problem+json"
    )


def browser_page(status: int) -> Response | None:
    """The error as a page where a browser asks; None where a machine does, which gets it as a problem document."""
    return error_page(status) if prefers_page() else None


def error_page(status: int) -> Response:
    """The page for a status; an unknown one is worded as the general fault of its class."""
    words = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    response = make_response(render_template("error.html", words=words, status=status), status)
    return security.add_headers(response)
