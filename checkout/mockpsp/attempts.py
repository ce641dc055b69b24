"""A shopper's attempt to pay a session: declined, challenged, late or paid. The money's whole story is told here.

One function per thing that can happen; each joins the caller's unit of work, writes the objects, then the news in
the order in which Stripe tells it: the charge, the intent, the session.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from checkout.mockpsp import aftermath, behaviours, cards, shapes, timers
from checkout.mockpsp.behaviours import Decline
from checkout.mockpsp.captures import capture, complete, email_of, existing_intent, intent_of, session_of
from checkout.mockpsp.cards import Instrument
from checkout.mockpsp.timers import TimerKind
from checkout.mockpsp.work import Work

Json = dict[str, Any]

CHALLENGE_SECONDS: Final = 600  # an unanswered challenge counts as failed then


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
    checkout = session_of(work, session_id)
    ended = standing(work, checkout)
    if ended is not None:
        return ended
    intent = intent_of(work, checkout)
    method = shapes.payment_method(instrument, email=email_of(checkout), now=work.now)
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
    intent = existing_intent(work, checkout)
    if intent is not None and intent["status"] == "processing":
        return Outcome(Result.PROCESSING)
    if checkout["status"] == "complete":
        return Outcome(Result.DECLINED)
    return None


def answer_challenge(work: Work, session_id: str, *, approved: bool) -> Outcome:
    """The shopper's bank says yes, or no, or nothing in time."""
    checkout = session_of(work, session_id)
    ended = standing(work, checkout)
    if ended is not None:
        return ended
    private = work.tx.private("checkout.session", session_id)
    slug, method = private.pop("challenge", None), private.pop("method", None)
    private.pop("challenge_until", None)
    row = cards.by_slug(slug) if slug else None
    if row is None:
        return Outcome(Result.DECLINED, behaviours.NOT_AUTHENTICATED)
    work.tx.set_private("checkout.session", session_id, private)
    instrument = cards.instrument_of(row)
    intent = intent_of(work, checkout)
    intent["next_action"] = None
    if not approved:
        return _decline(work, checkout, intent, method, instrument, behaviours.NOT_AUTHENTICATED)
    if row.behaviour.decline is not None:
        return _decline(work, checkout, intent, method, instrument, row.behaviour.decline)
    return _take(work, checkout, intent, method, instrument)


def lapse_challenge(work: Work, session_id: str) -> None:
    """Nobody answered the challenge. A newer one of the same session has its own time."""
    if work.tx.private("checkout.session", session_id).get("challenge_until", work.now + 1) <= work.now:
        answer_challenge(work, session_id, approved=False)


# -- what can happen


def _challenge(work: Work, checkout: Json, intent: Json, method: Json, instrument: Instrument) -> Outcome:
    private = work.tx.private("checkout.session", checkout["id"])
    until = work.now + CHALLENGE_SECONDS
    private |= {"challenge": instrument.slug, "challenge_until": until, "method": method}
    work.tx.set_private("checkout.session", checkout["id"], private)
    timers.set_timer(work.tx, TimerKind.LAPSE_CHALLENGE, checkout["id"], due=until)
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
            intent=intent,
            method_id=method["id"],
            instrument=instrument,
            email=email_of(checkout),
            now=work.now,
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
        intent=intent, method_id=method["id"], instrument=instrument, email=email_of(checkout), now=work.now
    )
    if behaviour.never_settles or behaviour.settles_after_seconds is not None:
        return _process(work, checkout, intent, charge, instrument)
    work.tx.insert(charge, private={"session": checkout["id"], "slug": instrument.slug})
    work.notify = behaviour.notify
    capture(work, checkout, intent, charge, then="checkout.session.completed")
    aftermath.follow(work, checkout, charge, behaviour)
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
    behaviour = instrument.behaviour
    if behaviour.settles_after_seconds is not None:
        due = work.now + behaviour.settles_after_seconds
        timers.set_timer(work.tx, TimerKind.SETTLE_CHARGE, charge["id"], due=due)
    intent |= {"status": "processing", "latest_charge": charge["id"]}
    work.tx.update(intent)
    complete(checkout, payment_status="unpaid")
    work.tx.update(checkout)
    work.emit("charge.pending", charge, lane=checkout["id"])
    work.emit("payment_intent.processing", intent, lane=checkout["id"])
    work.emit("checkout.session.completed", checkout, lane=checkout["id"])
    return Outcome(Result.PROCESSING, returns=behaviour.returns)
