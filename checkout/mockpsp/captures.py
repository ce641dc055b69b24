"""The money is taken: what attempts and late settlements share."""

from __future__ import annotations

from typing import Any

from checkout.mockpsp import fees, funds, journal, shapes
from checkout.mockpsp.work import Work

Json = dict[str, Any]


def capture(work: Work, checkout: Json, intent: Json, charge: Json, *, then: str) -> None:
    """The money is ours: books it, marks charge, intent and session, and tells so in this order."""
    amount, currency = charge["amount"], charge["currency"]
    fee = fees.fee_minor(amount, currency)
    booked = shapes.balance_transaction(
        charged=charge,
        fee=fee,
        now=work.now,
        available_on=work.now + funds.available_after_seconds(work.tx),
    )
    work.tx.insert(booked, private={"account": ""})
    charge["balance_transaction"] = booked["id"]
    work.tx.update(charge)
    intent |= {
        "status": "succeeded",
        "amount_received": amount,
        "latest_charge": charge["id"],
        "next_action": None,
        "last_payment_error": None,
    }
    work.tx.update(intent)
    complete(checkout, payment_status="paid")
    work.tx.update(checkout)
    _write_journal(work, checkout, charge, booked)
    work.emit("charge.succeeded", charge, lane=checkout["id"])
    work.emit("payment_intent.succeeded", intent, lane=checkout["id"])
    work.emit(then, checkout, lane=checkout["id"])


def session_of(work: Work, session_id: str) -> Json:
    checkout = work.tx.get("checkout.session", session_id)
    assert checkout is not None, "the caller has found the session"
    return checkout


def existing_intent(work: Work, checkout: Json) -> Json | None:
    intent_id = checkout["payment_intent"]
    return None if intent_id is None else work.tx.get("payment_intent", intent_id)


def intent_of(work: Work, checkout: Json) -> Json:
    """The session's intent; like Stripe, the mock makes it when the shopper first tries to pay."""
    return existing_intent(work, checkout) or make_intent(work, checkout)


def make_intent(work: Work, checkout: Json) -> Json:
    data = work.tx.private("checkout.session", checkout["id"]).get("payment_intent_data", {})
    intent = shapes.payment_intent(checkout=checkout, data=data, now=work.now)
    work.tx.insert(intent)
    checkout["payment_intent"] = intent["id"]
    work.tx.update(checkout)
    return intent


def complete(checkout: Json, *, payment_status: str) -> None:
    checkout |= {"status": "complete", "payment_status": payment_status, "url": None}


def email_of(checkout: Json) -> str | None:
    email = checkout["customer_email"]
    return None if email is None else str(email)


def reference_of(checkout: Json) -> str | None:
    """The payment's id, as the session names it."""
    reference = checkout["client_reference_id"] or checkout["metadata"].get("payment")
    return None if reference is None else str(reference)


def _write_journal(work: Work, checkout: Json, charge: Json, booked: Json) -> None:
    private = work.tx.private("checkout.session", checkout["id"])
    for kind, amount in (("charge", charge["amount"]), ("fee", booked["fee"])):
        journal.write(
            work.tx,
            kind=kind,
            at=work.now,
            object_id=charge["id"],
            amount=amount,
            currency=charge["currency"],
            balance_transaction=booked["id"],
            reference=reference_of(checkout),
            idempotency_key=private.get("idempotency_key"),
        )
