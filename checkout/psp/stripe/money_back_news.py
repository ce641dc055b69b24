"""What an event says of a refund or a dispute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from checkout.psp.errors import UnreadableEvent
from checkout.psp.port import DisputeNews, DisputeNewsKind, MoneyBackNews, RefundNews
from checkout.psp.stripe.dispute_reading import dispute_of
from checkout.psp.stripe.reading import Object, Unreadable, moment, nested, reference_id, text
from checkout.psp.stripe.refund_reading import refund_of


def money_back_news(payload: Mapping[str, Any]) -> MoneyBackNews | None:
    """Reads a stored event; None where it is of another kind, or of a connected account: we take payments ourselves.

    Raises:
        UnreadableEvent: its object does not look as agreed.
    """
    try:
        event_type = text(payload, "type")
        reader = _READERS.get(event_type)
        if payload.get("account") or (reader is None and event_type not in _DISPUTES):
            return None
        thing, at = nested(nested(payload, "data"), "object"), moment(payload, "created")
        return reader(thing, at) if reader else DisputeNews(dispute_of(thing), _DISPUTES[event_type], at)
    except Unreadable as error:
        raise UnreadableEvent(str(error)) from None


def _of_refund(thing: Object, at: datetime) -> RefundNews:
    refund = refund_of(thing)
    return RefundNews(refund, refund.charge_id, refund.intent_id, at)


def _of_refunded_charge(thing: Object, at: datetime) -> RefundNews:
    return RefundNews(None, text(thing, "id"), reference_id(thing, "payment_intent"), at)


_READERS: Final[dict[str, Callable[[Object, datetime], RefundNews]]] = {
    "refund.created": _of_refund,
    "refund.updated": _of_refund,
    "refund.failed": _of_refund,
    "charge.refund.updated": _of_refund,
    "charge.refunded": _of_refunded_charge,
}
_DISPUTES: Final[dict[str, DisputeNewsKind]] = {
    "charge.dispute.created": "created",
    "charge.dispute.updated": "updated",
    "charge.dispute.closed": "closed",
    "charge.dispute.funds_withdrawn": "funds_withdrawn",
    "charge.dispute.funds_reinstated": "funds_reinstated",
}
