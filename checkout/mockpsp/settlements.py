"""Payments that end later than the shopper's click: pending charges, and the one whose answer was lost."""

from __future__ import annotations

from typing import Any

from checkout.mockpsp import aftermath, cards, shapes
from checkout.mockpsp.captures import capture, email_of, intent_of, session_of
from checkout.mockpsp.card_table import Means
from checkout.mockpsp.work import Work

Json = dict[str, Any]


def settle_charge(work: Work, charge_id: str) -> None:
    """A pending charge comes to its end: the money arrives, or the bank refuses it."""
    charge = work.tx.get("charge", charge_id)
    if charge is None or charge["status"] != "pending":
        return
    private = work.tx.private("charge", charge_id)
    checkout = session_of(work, private["session"])
    intent = intent_of(work, checkout)
    row = cards.by_slug(private["slug"])
    assert row is not None, "only cards of the table settle late"
    if row.behaviour.late_decline is not None:
        _fail_late(work, checkout, intent, charge, row)
    else:
        charge.update(status="succeeded", paid=True, captured=True, amount_captured=charge["amount"])
        capture(work, checkout, intent, charge, then="checkout.session.async_payment_succeeded")
        aftermath.follow(work, checkout, charge, row.behaviour)


def finish_timed_out(work: Work, session_id: str) -> None:
    """The payment whose answer was lost turns out to have gone through."""
    checkout = session_of(work, session_id)
    intent = intent_of(work, checkout)
    row = cards.by_slug(work.tx.private("checkout.session", session_id).get("timed_out", ""))
    if row is None or checkout["payment_status"] == "paid":
        return
    instrument = cards.instrument_of(row)
    charge = shapes.charge(
        intent=intent,
        method_id=intent["payment_method"],
        instrument=instrument,
        email=email_of(checkout),
        now=work.now,
    )
    work.tx.insert(charge, private={"session": session_id, "slug": row.slug})
    capture(work, checkout, intent, charge, then="checkout.session.completed")
    aftermath.follow(work, checkout, charge, row.behaviour)


def _fail_late(work: Work, checkout: Json, intent: Json, charge: Json, row: Means) -> None:
    decline = row.behaviour.late_decline
    assert decline is not None
    shapes.fail_charge(charge, decline)
    work.tx.update(charge)
    method = shapes.payment_method(cards.instrument_of(row), email=email_of(checkout), now=work.now)
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": shapes.payment_error(decline, method, charge["id"]),
    }
    work.tx.update(intent)
    work.emit("charge.failed", charge, lane=checkout["id"])
    work.emit("payment_intent.payment_failed", intent, lane=checkout["id"])
    work.emit("checkout.session.async_payment_failed", checkout, lane=checkout["id"])
