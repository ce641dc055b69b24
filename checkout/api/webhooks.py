"""Where the payment service provider delivers its events: verify, store, 200. They are applied later, by a task."""

from __future__ import annotations

from flask import Blueprint, Response

from checkout.api.body import read_bounded
from checkout.gate.asked import values_of
from checkout.inbox import receive
from checkout.observability import metrics
from checkout.psp import registry
from checkout.psp.errors import WebhookRefused

LIMIT_BYTES = 256 * 1024
SIGNATURE_HEADER = "Stripe-Signature"

blueprint = Blueprint("webhooks", __name__)


@blueprint.post("/webhooks/stripe")
def stripe() -> Response:
    """Stores a signed event once. No key: the signature says who speaks."""
    body = read_bounded(LIMIT_BYTES)
    try:
        receive(body, values_of(SIGNATURE_HEADER), registry.get(registry.STRIPE))
    except WebhookRefused as refused:
        metrics.count("webhook", refused.code)
        raise
    metrics.count("webhook")
    return Response(b'{"received":true}', content_type="application/json")
