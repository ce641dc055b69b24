"""Where carriers, or whoever follows parcels for us, report arrivals: verify, apply once, 200."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response

from checkout.api.body import read_bounded
from checkout.api.context import api_context
from checkout.api.schemas.fulfilment import NAME_MOST
from checkout.api.schemas.queries import Moment
from checkout.api.schemas.strict import StrictSchema, Text
from checkout.audit import context as audit_context
from checkout.core import strict_json
from checkout.core.clock import wallclock
from checkout.core.errors import DomainError, FieldError
from checkout.db.session import atomic, retrying
from checkout.gate.asked import values_of
from checkout.observability import metrics
from checkout.orders.carrier import Applied, CarrierEvent
from checkout.orders.carrier_news import apply_carrier_event
from checkout.orders.carrier_signature import verify

LIMIT_BYTES = 16 * 1024
SIGNATURE_HEADER = "Carrier-Signature"
EVENT_ID = re.compile(r"[\x21-\x7e]{1,200}")

blueprint = Blueprint("carrier_webhook", __name__)


class WebhookPayloadInvalid(DomainError):
    """Genuine, but no event that could be understood."""

    code = "webhook_payload_invalid"


class CarrierEventSchema(StrictSchema):
    """One fact about one parcel."""

    id = Text(200, required=True, shape=EVENT_ID, what="must be visible ASCII")
    type = Text(NAME_MOST, required=True)
    carrier = Text(NAME_MOST, required=True)
    tracking_number = Text(NAME_MOST, required=True)
    happened_at = Moment(required=True)


@blueprint.post("/webhooks/carrier")
def carrier() -> Response:
    """Applies a signed event once. No key: the signature says who speaks. Only `delivered` changes anything."""
    body = read_bounded(LIMIT_BYTES)
    try:
        verify(
            body,
            values_of(SIGNATURE_HEADER),
            api_context().carrier_webhook_secrets,
            now=wallclock(),
        )
        event = _event(body)
    except DomainError as refused:
        metrics.count("carrier_event", refused.code)
        raise
    audit_context.known_as(f"event:carrier {event.id}", "carrier")
    outcome = retrying(lambda: _apply(event))
    metrics.count("carrier_event", outcome.value)
    return Response(b'{"received":true}', content_type="application/json")


def _apply(event: CarrierEvent) -> Applied:
    with atomic() as session:
        return apply_carrier_event(session, event)


def _event(body: bytes) -> CarrierEvent:
    """What the signed body says; everything that is wrong with it is one error."""
    try:
        sent: Any = strict_json.loads(body)
    except DomainError as error:
        raise WebhookPayloadInvalid(error.detail) from error
    mistakes: list[FieldError] = []
    found = _SCHEMA.read(sent, "", mistakes)
    if mistakes:
        raise WebhookPayloadInvalid(
            f"{mistakes[0].pointer or 'the body'} {mistakes[0].detail}", pointers=mistakes
        )
    return CarrierEvent(
        id=found["id"],
        type=found["type"],
        carrier=found["carrier"],
        tracking_number=found["tracking_number"],
        happened_at=found["happened_at"],
    )


_SCHEMA = CarrierEventSchema()
