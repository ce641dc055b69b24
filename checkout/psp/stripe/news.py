"""What an event says of a payment. A good fact is taken from the event's object; a bad end is only a hint.

By the object's own state rather than by the event's name: a late event about a captured charge still tells of the
capture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from checkout.psp.errors import UnreadableEvent
from checkout.psp.events import NewsKind, PaymentNews
from checkout.psp.stripe import declines
from checkout.psp.stripe.reading import Object, Unreadable, boolean, nested, optional_text, reference_id, text
from checkout.psp.stripe.sessions import PAYMENT_KEY, captured_charge, charge_of_intent, method_of

# Methods whose outcome comes at once: the hosted page lets the shopper try again after a refusal. A refusal of any
# other method comes days later and ends the payment.
IMMEDIATE_METHODS: Final = frozenset(
    "card link amazon_pay cashapp kr_card paypal revolut_pay samsung_pay".split()
)


def payment_news(payload: Mapping[str, Any]) -> PaymentNews:
    """Reads a stored event.

    Raises:
        UnreadableEvent: its object does not look as agreed.
    """
    try:
        event_type = text(payload, "type")
        if payload.get("account"):
            return PaymentNews(kind="none", reason="an event of a connected account")
        reader = _READERS.get(event_type)
        if reader is None:
            return PaymentNews(kind="none", reason="a type that changes no payment")
        return reader(nested(nested(payload, "data"), "object"))
    except Unreadable as error:
        raise UnreadableEvent(str(error)) from None


def _of_session(session: Object) -> PaymentNews:
    known: dict[str, Any] = {
        "reference": optional_text(session, "client_reference_id"),
        "session_id": text(session, "id"),
        "intent_id": reference_id(session, "payment_intent"),
        "livemode": boolean(session, "livemode"),
    }
    match text(session, "status"), text(session, "payment_status"):
        case "complete", "paid":
            return PaymentNews(kind="completed", **known)
        case "complete", "unpaid":
            return PaymentNews(kind="processing", **known)
        case "expired", _:
            return PaymentNews(kind="ended", **known)
        case _:
            return PaymentNews(kind="none", reason="a session that is open", **known)


def _of_failed_session(session: Object) -> PaymentNews:
    """The debit came to nothing: the session itself looks as it did while it was under way."""
    return PaymentNews(
        kind="ended",
        reference=optional_text(session, "client_reference_id"),
        session_id=text(session, "id"),
        intent_id=reference_id(session, "payment_intent"),
        livemode=boolean(session, "livemode"),
    )


def _of_intent(intent: Object) -> PaymentNews:
    error = nested(intent, "last_payment_error")
    known: dict[str, Any] = {
        "reference": optional_text(nested(intent, "metadata"), PAYMENT_KEY),
        "intent_id": text(intent, "id"),
        "livemode": boolean(intent, "livemode"),
    }
    match text(intent, "status"):
        case "succeeded":
            return PaymentNews(kind="captured", charge=charge_of_intent(intent), **known)
        case "processing":
            return PaymentNews(kind="processing", **known)
        case "canceled":
            return PaymentNews(kind="ended", decline=declines.of_error(error), **known)
        case "requires_payment_method" if error:
            method = optional_text(nested(error, "payment_method"), "type")
            return PaymentNews(kind=_after_refusal(method), decline=declines.of_error(error), **known)
        case _:
            return PaymentNews(kind="none", reason="an intent that waits for the shopper", **known)


def _of_charge(charge: Object) -> PaymentNews:
    known: dict[str, Any] = {
        "reference": optional_text(nested(charge, "metadata"), PAYMENT_KEY),
        "intent_id": reference_id(charge, "payment_intent"),
        "livemode": boolean(charge, "livemode"),
    }
    captured = captured_charge(charge)
    if captured is not None:
        return PaymentNews(kind="captured", charge=captured, **known)
    match text(charge, "status"):
        case "pending":
            return PaymentNews(kind="processing", **known)
        case "failed":
            return PaymentNews(
                kind=_after_refusal(method_of(charge)), decline=declines.of_charge(charge), **known
            )
        case _:
            return PaymentNews(kind="none", reason="a charge that is not captured", **known)


def _after_refusal(method: str | None) -> NewsKind:
    return "attempt_declined" if method is None or method in IMMEDIATE_METHODS else "ended"


_READERS: Final[dict[str, Callable[[Object], PaymentNews]]] = {
    "checkout.session.completed": _of_session,
    "checkout.session.async_payment_succeeded": _of_session,
    "checkout.session.async_payment_failed": _of_failed_session,
    "checkout.session.expired": _of_session,
    "payment_intent.succeeded": _of_intent,
    "payment_intent.processing": _of_intent,
    "payment_intent.payment_failed": _of_intent,
    "payment_intent.canceled": _of_intent,
    "charge.succeeded": _of_charge,
    "charge.captured": _of_charge,
    "charge.updated": _of_charge,
    "charge.pending": _of_charge,
    "charge.failed": _of_charge,
    "charge.refunded": _of_charge,
}
