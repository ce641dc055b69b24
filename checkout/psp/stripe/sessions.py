"""Checkout sessions, intents and charges as Stripe shows them, read into our snapshot."""

from __future__ import annotations

from typing import Final

from checkout.psp.events import Charge, Decline
from checkout.psp.port import PaymentSnapshot, SnapshotStatus
from checkout.psp.stripe import declines
from checkout.psp.stripe.reading import (
    Object,
    Unreadable,
    boolean,
    from_wire,
    integer,
    moment,
    money,
    nested,
    optional_text,
    reference_id,
    text,
)

PAYMENT_KEY: Final = "payment"  # in the metadata of sessions and intents; charges inherit it


def snapshot_of(session: Object) -> PaymentSnapshot:
    """A session, with its intent and charge expanded, as it is now.

    Raises:
        Unreadable: a field is not what it should be, or the session contradicts itself.
    """
    intent = session.get("payment_intent")
    intent = intent if isinstance(intent, dict) else {}
    charge = charge_of_intent(intent) if intent else None
    status = _status(session, intent, charge)
    return PaymentSnapshot(
        reference=optional_text(session, "client_reference_id"),
        session_id=text(session, "id"),
        status=status,
        hosted_url=optional_text(session, "url"),
        expires_at=moment(session, "expires_at"),
        amount=from_wire(integer(session, "amount_total"), text(session, "currency")),
        charge=charge,
        decline=_decline(intent) if status in ("open", "failed", "canceled", "expired") else None,
        intent_id=reference_id(session, "payment_intent"),
        livemode=boolean(session, "livemode"),
        method=_method_of_intent(intent),
    )


def charge_of_intent(intent: Object) -> Charge | None:
    """The captured charge of an intent, whether its latest charge is expanded or only named."""
    if intent.get("status") != "succeeded":
        return None
    latest = intent.get("latest_charge")
    if isinstance(latest, dict):
        charge = captured_charge(latest)
        if charge is None:
            raise Unreadable("a succeeded intent whose charge is not captured")
        return charge
    return Charge(
        id=text(intent, "latest_charge"),
        amount=money(intent, "amount_received"),
        intent_id=text(intent, "id"),
        balance_transaction=None,
        created_at=moment(intent, "created"),
        method=None,
    )


def captured_charge(charge: Object) -> Charge | None:
    """A charge as captured money; None where it failed, waits, or was only authorised."""
    if text(charge, "status") != "succeeded" or not boolean(charge, "captured"):
        return None
    return Charge(
        id=text(charge, "id"),
        amount=money(charge, "amount_captured"),
        intent_id=reference_id(charge, "payment_intent") or "",
        balance_transaction=reference_id(charge, "balance_transaction"),
        created_at=moment(charge, "created"),
        method=method_of(charge),
    )


def method_of(charge: Object) -> str | None:
    return optional_text(nested(charge, "payment_method_details"), "type")


def _method_of_intent(intent: Object) -> str | None:
    latest = intent.get("latest_charge")
    return method_of(latest) if isinstance(latest, dict) else None


def _status(session: Object, intent: Object, charge: Charge | None) -> SnapshotStatus:
    """Captured money wins over what the session says of itself; else the session, and once it is complete its intent."""
    if charge is not None:
        return "succeeded"
    match text(session, "status"):
        case "open":
            return "open"
        case "expired":
            return "expired"
        case "complete":
            if text(session, "payment_status") != "unpaid":
                raise Unreadable("a paid session without a charge")
            return _unpaid(text(intent, "status"))
        case _:
            raise Unreadable("an unknown status of a session")


def _unpaid(intent_status: str) -> SnapshotStatus:
    """A complete session that is not paid: a bank debit under way, or one that came to nothing."""
    match intent_status:
        case "requires_payment_method":
            return "failed"
        case "canceled":
            return "canceled"
        case _:
            return "processing"


def _decline(intent: Object) -> Decline | None:
    return declines.of_error(nested(intent, "last_payment_error")) if intent else None
