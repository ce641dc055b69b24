"""The OpenAPI 3.1 document: flask-smorest collects it from the views, this adds what holds for all of them."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_smorest import Api

from checkout.api.schemas import strict
from checkout.api.schemas.tokens import Secret

API_VERSION = "1"
DESCRIPTION = """\
One checkout over several sellers' goods. Register a payment, send the shopper to `next_action.url`, and learn the
outcome from the payment. After it come shipments, refunds, disputes, store credit, the sellers' payouts and statements,
and for the platform the PSP's settlement files with what differs.

* **Authentication**: `Authorization: Bearer …` with an API key, which belongs to a storefront (or a seller) and sees
  that one alone, or with a person's access token. Each call names the permission it needs (`x-required-permission`),
  which is also the scope of a key. What lies outside the caller's reach is 404.
* **Money**: integers in the currency's minor unit, with an upper-case ISO 4217 code and its `currency_exponent`.
* **Idempotency**: send `Idempotency-Key` with every POST that names it. The same request under the same key gets the
  same answer, byte for byte, with `Idempotency-Replayed: true`.
* **Errors**: RFC 9457 problems with a stable `code`. A card's decline is none: it is the payment's `last_error`.
* **Request-Id** stands on every answer: quote it to support.
"""


class DocumentedApi(Api):  # type: ignore[misc]
    """flask-smorest without its error handlers and its default error response: ours are declared view by view."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """One error handler answers for the whole application: errors.py."""


def make_api(app: Flask, *, public_url: str) -> DocumentedApi:
    app.config.update(
        API_TITLE="Checkout", API_VERSION=API_VERSION, OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX=None
    )
    api = DocumentedApi(
        app,
        spec_kwargs={
            "info": {"description": DESCRIPTION},
            "servers": [{"url": public_url, "description": "This installation"}],
            "security": [{"apiKey": []}, {"accessToken": []}],
        },
    )
    api.register_field(strict.Integer, "integer", None)
    for field in (strict.Text, strict.Choice, strict.Currency, strict.Email, strict.Uuid, strict.Day, Secret):
        api.register_field(field, "string", None)
    api.spec.components.security_scheme(
        "apiKey",
        {"type": "http", "scheme": "bearer", "description": "A key of a storefront or a seller: sk_test_…"},
    )
    api.spec.components.security_scheme(
        "accessToken",
        {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A person's access token, from POST /v1/auth/token.",
        },
    )
    return api


def document_of(api: DocumentedApi) -> dict[str, Any]:
    """The finished document, as plain data."""
    document: dict[str, Any] = api.spec.to_dict()
    for path in document["paths"].values():
        for method, operation in path.items():
            if method in ("get", "post", "put", "patch", "delete"):
                _complete(operation)
    return document


def _complete(operation: dict[str, Any]) -> None:
    """Statuses as strings in ascending order, and an operation's id: the view's name is unique."""
    permission = operation.get("x-required-permission")
    if permission is not None:
        operation["description"] = f"{operation['description']}\n\nNeeds `{permission}`."
    responses = {str(status): response for status, response in operation.get("responses", {}).items()}
    operation["responses"] = dict(sorted(responses.items()))


def endpoints_of(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Method, path and summary of each call, in the order of the document."""
    return [
        (method.upper(), path, operation.get("summary", ""))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]
