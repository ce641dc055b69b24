"""From a use case's answer to a response, and the renderer that makes the bytes: for requests and tasks alike."""

from __future__ import annotations

from hashlib import blake2b

from flask import Response

from checkout.api.problem import PROBLEM_TYPE, headers_of, problem_of, status_of
from checkout.api.representations import as_bytes, payment_json
from checkout.core import ids
from checkout.core.errors import DomainError
from checkout.gate.asked import asked
from checkout.payments.answer import Answer
from checkout.payments.links import StatusLinks
from checkout.payments.views import PaymentView

JSON_TYPE = "application/json"
REPLAYED = "Idempotency-Replayed"


class JsonRenderer:
    """Implements payments.answer.Renderer. A task that finishes what nobody retried gives the problem a fresh id."""

    def __init__(self, public_url: str, links: StatusLinks, request_id: str | None = None) -> None:
        self._public_url = public_url
        self._links = links
        self._request_id = request_id

    def payment(self, view: PaymentView, *, status: int) -> Answer:
        headers = {"Content-Type": JSON_TYPE}
        if status == 201:
            headers["Location"] = f"/v1/payments/{view.public_id}"
        return Answer(status=status, body=as_bytes(payment_json(view, self._links)), headers=headers)

    def problem(self, error: DomainError) -> Answer:
        request_id = self._request_id or ids.new("req")
        body = as_bytes(problem_of(error, public_url=self._public_url, request_id=request_id))
        return Answer(
            status=status_of(error), body=body, headers={"Content-Type": PROBLEM_TYPE, **headers_of(error)}
        )


def respond(answer: Answer) -> Response:
    """The answer of a call that changes something: nobody keeps it."""
    headers = {**answer.headers, "Cache-Control": "no-store"}
    if answer.replayed:
        headers[REPLAYED] = "true"
    return Response(answer.body, answer.status, headers=headers)


def resource(body: bytes) -> Response:
    """The answer of a read: with an ETag, and 304 where the client has these bytes already."""
    headers = {
        "Content-Type": JSON_TYPE,
        "Cache-Control": "private, no-cache",
        "ETag": f'"{blake2b(body, digest_size=12).hexdigest()}"',
    }
    response = Response(body, headers=headers)
    environ = asked().environ
    if "HTTP_IF_NONE_MATCH" in environ:
        response.make_conditional(environ)
    return response


def listing(body: bytes) -> Response:
    return Response(body, headers={"Content-Type": JSON_TYPE, "Cache-Control": "no-store"})
