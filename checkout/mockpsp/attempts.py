"""A shopper's attempt to pay a session: declined, challenged, late or paid. The money's whole story is told here.

One function per thing that can happen; each joins the caller's unit of work, writes the objects, then the news in
the order in which Stripe tells it: the charge, the intent, the session.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from checkout.mockpsp import cards, fees, journal, shapes, timers
from checkout.mockpsp.cards import Behaviour, Decline, Instrument
from checkout.mockpsp.timers import TimerKind
from checkout.mockpsp.work import Work

Json = dict[str, Any]

CHALLENGE_SECONDS: Final = 600  # an unanswered challenge counts as failed then
FUNDS_AVAILABLE_AFTER_SECONDS: Final = 2 * 86_400


class Result(StrEnum):
    SUCCEEDED = "succeeded"
    PROCESSING = "processing"
    DECLINED = "declined"
    REQUIRES_ACTION = "requires_action"
    TIMEOUT = "timeout"
    EXPIRED = "expired"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`returns` False: the shopper's browser is not sent back to the shop."""

    result: Result
    decline: Decline | None = None
    returns: bool = True


def attempt(work: Work, session_id: str, instrument: Instrument) -> Outcome:
    """The shopper presses "Pay" with a card, a bank account or a wallet."""
    checkout = _session(work, session_id)
    ended = standing(work, checkout)
    if ended is not None:
        return ended
    intent = _intent(work, checkout)
    method = shapes.payment_method(instrument, email=_email(checkout), now=work.now)
    behaviour = instrument.behaviour
    if behaviour.challenge:
        return _challenge(work, checkout, intent, method, instrument)
    if behaviour.decline is not None:
        return _decline(work, checkout, intent, method, instrument, behaviour.decline)
    return _take(work, checkout, intent, method, instrument)


def standing(work: Work, checkout: Json) -> Outcome | None:
    """What a session that can no longer be paid has come to; None while it can."""
    if checkout["status"] == "expired" or (
        checkout["status"] == "open" and checkout["expires_at"] <= work.now
    ):
        return Outcome(Result.EXPIRED)
    if checkout["payment_status"] == "paid":
        return Outcome(Result.SUCCEEDED)
    intent = _existing_intent(work, checkout)
    if intent is not None and intent["status"] == "processing":
        return Outcome(Result.PROCESSING)
    if checkout["status"] == "complete":
        return Outcome(Result.DECLINED)
    return None


def answer_challenge(work: Work, session_id: str, *, approved: bool) -> Outcome:
    """The shopper's bank says yes, or no, or nothing in time."""
    checkout = _session(work, session_id)
    ended = standing(work, checkout)
    if ended is not None:
        return ended
    private = work.tx.private("checkout.session", session_id)
    slug, method = private.pop("challenge", None), private.pop("method", None)
    row = cards.by_slug(slug) if slug else None
    if row is None:
        return Outcome(Result.DECLINED, cards.NOT_AUTHENTICATED)
    work.tx.set_private("checkout.session", session_id, private)
    instrument = cards.instrument_of(row)
    intent = _intent(work, checkout)
    intent["next_action"] = None
    if not approved:
        return _decline(work, checkout, intent, method, instrument, cards.NOT_AUTHENTICATED)
    if row.behaviour.decline is not None:
        return _decline(work, checkout, intent, method, instrument, row.behaviour.decline)
    return _take(work, checkout, intent, method, instrument)


def lapse_challenge(work: Work, session_id: str) -> None:
    """Nobody answered the challenge."""
    if "challenge" in work.tx.private("checkout.session", session_id):
        answer_challenge(work, session_id, approved=False)


def settle_charge(work: Work, charge_id: str) -> None:
    """A pending charge comes to its end: the money arrives, or the bank refuses it."""
    charge = work.tx.get("charge", charge_id)
    if charge is None or charge["status"] != "pending":
        return
    private = work.tx.private("charge", charge_id)
    checkout = _session(work, private["session"])
    intent = _intent(work, checkout)
    row = cards.by_slug(private["slug"])
    assert row is not None, "only cards of the table settle late"
    if row.behaviour.late_decline is not None:
        _fail_late(work, checkout, intent, charge, row)
    else:
        charge.update(status="succeeded", paid=True, captured=True, amount_captured=charge["amount"])
        _capture(work, checkout, intent, charge, then="checkout.session.async_payment_succeeded")


def finish_timed_out(work: Work, session_id: str) -> None:
    """The payment whose answer was lost turns out to have gone through."""
    checkout = _session(work, session_id)
    intent = _intent(work, checkout)
    row = cards.by_slug(work.tx.private("checkout.session", session_id).get("timed_out", ""))
    if row is None or checkout["payment_status"] == "paid":
        return
    instrument = cards.instrument_of(row)
    charge = shapes.charge(
        intent=intent,
        method_id=intent["payment_method"],
        instrument=instrument,
        email=_email(checkout),
        now=work.now,
    )
    work.tx.insert(charge, private={"session": session_id})
    _capture(work, checkout, intent, charge, then="checkout.session.completed")


# -- what can happen


def _challenge(work: Work, checkout: Json, intent: Json, method: Json, instrument: Instrument) -> Outcome:
    private = work.tx.private("checkout.session", checkout["id"])
    private |= {"challenge": instrument.slug, "method": method}
    work.tx.set_private("checkout.session", checkout["id"], private)
    timers.set_timer(work.tx, TimerKind.LAPSE_CHALLENGE, checkout["id"], due=work.now + CHALLENGE_SECONDS)
    intent |= {
        "status": "requires_action",
        "payment_method": method["id"],
        "next_action": {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": f"{checkout['url']}/challenge", "return_url": checkout["url"]},
        },
    }
    work.tx.update(intent)
    work.emit("payment_intent.requires_action", intent, lane=checkout["id"])
    return Outcome(Result.REQUIRES_ACTION)


def _decline(
    work: Work, checkout: Json, intent: Json, method: Json, instrument: Instrument, decline: Decline
) -> Outcome:
    charge_id = None
    if decline.reaches_issuer:
        charge = shapes.charge(
            intent=intent, method_id=method["id"], instrument=instrument, email=_email(checkout), now=work.now
        )
        shapes.fail_charge(charge, decline)
        work.tx.insert(charge, private={"session": checkout["id"]})
        work.emit("charge.failed", charge, lane=checkout["id"])
        charge_id = intent["latest_charge"] = charge["id"]
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": shapes.payment_error(decline, method, charge_id),
    }
    work.tx.update(intent)
    work.emit("payment_intent.payment_failed", intent, lane=checkout["id"])
    return Outcome(Result.DECLINED, decline)


def _take(work: Work, checkout: Json, intent: Json, method: Json, instrument: Instrument) -> Outcome:
    behaviour = instrument.behaviour
    intent |= {"payment_method": method["id"], "last_payment_error": None}
    if behaviour.page_hangs:
        return _time_out(work, checkout, intent, instrument)
    charge = shapes.charge(
        intent=intent, method_id=method["id"], instrument=instrument, email=_email(checkout), now=work.now
    )
    if behaviour.never_settles or behaviour.settles_after_seconds is not None:
        return _process(work, checkout, intent, charge, instrument)
    work.tx.insert(charge, private={"session": checkout["id"]})
    work.notify = behaviour.notify
    _capture(work, checkout, intent, charge, then="checkout.session.completed")
    return Outcome(Result.SUCCEEDED, returns=behaviour.returns)


def _time_out(work: Work, checkout: Json, intent: Json, instrument: Instrument) -> Outcome:
    private = work.tx.private("checkout.session", checkout["id"]) | {"timed_out": instrument.slug}
    work.tx.set_private("checkout.session", checkout["id"], private)
    intent["status"] = "processing"
    work.tx.update(intent)
    due = work.now + (instrument.behaviour.settles_after_seconds or 0)
    timers.set_timer(work.tx, TimerKind.FINISH_TIMED_OUT, checkout["id"], due=due)
    return Outcome(Result.TIMEOUT, returns=False)


def _process(work: Work, checkout: Json, intent: Json, charge: Json, instrument: Instrument) -> Outcome:
    charge |= {"status": "pending", "paid": False, "captured": True, "amount_captured": 0}
    charge["outcome"] |= {"seller_message": "Payment pending."}
    work.tx.insert(charge, private={"session": checkout["id"], "slug": instrument.slug})
    behaviour: Behaviour = instrument.behaviour
    if behaviour.settles_after_seconds is not None:
        due = work.now + behaviour.settles_after_seconds
        timers.set_timer(work.tx, TimerKind.SETTLE_CHARGE, charge["id"], due=due)
    intent |= {"status": "processing", "latest_charge": charge["id"]}
    work.tx.update(intent)
    _complete(checkout, payment_status="unpaid")
    work.tx.update(checkout)
    work.emit("charge.pending", charge, lane=checkout["id"])
    work.emit("payment_intent.processing", intent, lane=checkout["id"])
    work.emit("checkout.session.completed", checkout, lane=checkout["id"])
    return Outcome(Result.PROCESSING, returns=behaviour.returns)


def _capture(work: Work, checkout: Json, intent: Json, charge: Json, *, then: str) -> None:
    """The money is ours: books it, marks charge, intent and session, and tells so in this order."""
    amount, currency = charge["amount"], charge["currency"]
    fee = fees.fee_minor(amount, currency)
    booked = shapes.balance_transaction(
        charged=charge, fee=fee, now=work.now, available_on=work.now + FUNDS_AVAILABLE_AFTER_SECONDS
    )
    work.tx.insert(booked)
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
    _complete(checkout, payment_status="paid")
    work.tx.update(checkout)
    _write_journal(work, checkout, charge, booked)
    work.emit("charge.succeeded", charge, lane=checkout["id"])
    work.emit("payment_intent.succeeded", intent, lane=checkout["id"])
    work.emit(then, checkout, lane=checkout["id"])


def _fail_late(work: Work, checkout: Json, intent: Json, charge: Json, row: cards.Means) -> None:
    decline = row.behaviour.late_decline
    assert decline is not None
    shapes.fail_charge(charge, decline)
    work.tx.update(charge)
    method = shapes.payment_method(cards.instrument_of(row), email=_email(checkout), now=work.now)
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": shapes.payment_error(decline, method, charge["id"]),
    }
    work.tx.update(intent)
    work.emit("charge.failed", charge, lane=checkout["id"])
    work.emit("payment_intent.payment_failed", intent, lane=checkout["id"])
    work.emit("checkout.session.async_payment_failed", checkout, lane=checkout["id"])


# -- pieces


def _session(work: Work, session_id: str) -> Json:
    checkout = work.tx.get("checkout.session", session_id)
    assert checkout is not None, "the caller has found the session"
    return checkout


def _existing_intent(work: Work, checkout: Json) -> Json | None:
    intent_id = checkout["payment_intent"]
    return None if intent_id is None else work.tx.get("payment_intent", intent_id)


def _intent(work: Work, checkout: Json) -> Json:
    """The session's intent; like Stripe, the mock makes it when the shopper first tries to pay."""
    return _existing_intent(work, checkout) or make_intent(work, checkout)


def make_intent(work: Work, checkout: Json) -> Json:
    data = work.tx.private("checkout.session", checkout["id"]).get("payment_intent_data", {})
    intent = shapes.payment_intent(checkout=checkout, data=data, now=work.now)
    work.tx.insert(intent)
    checkout["payment_intent"] = intent["id"]
    work.tx.update(checkout)
    return intent


def _complete(checkout: Json, *, payment_status: str) -> None:
    checkout |= {"status": "complete", "payment_status": payment_status, "url": None}


def _email(checkout: Json) -> str | None:
    email = checkout["customer_email"]
    return None if email is None else str(email)


def _write_journal(work: Work, checkout: Json, charge: Json, booked: Json) -> None:
    private = work.tx.private("checkout.session", checkout["id"])
    reference = checkout["client_reference_id"] or checkout["metadata"].get("payment")
    for kind, amount in (("charge", charge["amount"]), ("fee", booked["fee"])):
        journal.write(
            work.tx,
            kind=kind,
            at=work.now,
            object_id=charge["id"],
            amount=amount,
            currency=charge["currency"],
            balance_transaction=booked["id"],
            reference=reference,
            idempotency_key=private.get("idempotency_key"),
        )
