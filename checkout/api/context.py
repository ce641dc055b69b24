"""What the views of one app share: made once when the API is registered."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import current_app

from checkout.api.answers import JsonRenderer
from checkout.api.request_log import request_id
from checkout.payments.links import StatusLinks

EXTENSION = "checkout_api"


@dataclass(frozen=True, slots=True)
class ApiContext:
    public_url: str
    links: StatusLinks
    lease_seconds: int
    secret_key: str = field(repr=False)
    livemode: bool
    timezone: str  # of business dates
    carrier_webhook_secrets: tuple[str, ...] = field(repr=False)


def api_context() -> ApiContext:
    found: ApiContext = current_app.extensions[EXTENSION]
    return found


def renderer() -> JsonRenderer:
    """Makes this request's stored answers."""
    context = api_context()
    return JsonRenderer(context.public_url, context.links, request_id())
