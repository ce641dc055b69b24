"""A refund's course: made, paid for from the platform's funds, succeeded, failed or canceled.

Like Stripe's: the balance moves when the refund is paid for, whatever its status, and a refund that fails brings the
money back with a balance transaction of its own and makes the charge refundable again.
"""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import bank_verdicts, cards, charge_sums, funds, journal, shapes, timers
from checkout.mockpsp.behaviours import RefundFate
from checkout.mockpsp.currency_rules import check_sendable, shown
from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.movements import PLATFORM, available, move
from checkout.mockpsp.timers import TimerKind
from checkout.mockpsp.work import Work

Json = dict[str, Any]
KIND: Final = "refund"
SUCCEEDS_SECONDS: Final = 10  # a bank may take days, a test should not
FAILS_SECONDS: Final = 30  # time enough for what the story does in between
ASKS_FUNDS_AGAIN_SECONDS: Final = 3600
MAX_WAITING: Final = 1_000  # looked at for one top-up
DEFAULT_FAILURE: Final = "expired_or_canceled_card"
_OPEN: Final = ("pending", "requires_action")


def make(work: Work, charge: Json, params: Json, *, amount_error: int = 0) -> Json:
    """Makes a refund of `params[amount]`, or of all that is left of the charge.

    Raises:
        InvalidRequest: the charge took no money, or less is left of it.
    """
    amount = _checked_amount(work, charge, params.get("amount")) + amount_error
    made = shapes.refund(charge, params, amount=amount, now=work.now)
    work.tx.insert(made, private={"idempotency_key": work.idempotency_key})
    _count(work, charge, amount)
    bank_verdicts.note_refund(work, charge)
    if _covered(work, made):
        _pay(work, made)
    else:
        made["pending_reason"] = "insufficient_funds"
        work.tx.update(made)
        _ask_again(work, made["id"])
    work.emit("refund.created", made, lane=_lane(work, made))
    work.emit("charge.refunded", charge, lane=_lane(work, made))
    return made


def succeed(work: Work, refund_id: str) -> None:
    """The bank has taken it. One that still waits for funds, or has ended, stays as it is."""
    refund = _held(work, refund_id)
    if refund["status"] not in _OPEN or refund["balance_transaction"] is None:
        return
    refund |= {"status": "succeeded", "pending_reason": None}
    refund.pop("next_action", None)
    _tell(work, refund)


def require_action(work: Work, refund_id: str) -> None:
    """The shopper has to say where the money should go."""
    refund = _held(work, refund_id)
    if refund["status"] != "pending":
        raise InvalidRequest(f"This refund has a status of {refund['status']}.")
    refund |= {
        "status": "requires_action",
        "pending_reason": None,
        "next_action": {
            "type": "display_details",
            "display_details": {
                "email_sent": {"email_sent_at": work.now, "email_sent_to": "shopper@example.org"},
                "expires_at": work.now + 45 * 86_400,
            },
        },
    }
    _tell(work, refund)


def fail(work: Work, refund_id: str, reason: str = DEFAULT_FAILURE) -> None:
    """The bank sends it back, also after it had succeeded."""
    _end(work, _held(work, refund_id), "failed", reason)


def cancel(work: Work, refund: Json) -> None:
    """Called back before the shopper has acted."""
    _end(work, refund, "canceled", "merchant_request")


def fund(work: Work, refund_id: str) -> None:
    """Pays a refund that waits for funds, or asks again later."""
    refund = _held(work, refund_id)
    if refund["status"] != "pending" or refund["balance_transaction"] is not None:
        return
    if not _covered(work, refund):
        _ask_again(work, refund_id)
        return
    _pay(work, refund)
    _tell(work, refund)


def fund_waiting(work: Work, currency: str) -> None:
    """New funds: the refunds that wait for them, oldest first, as far as they go."""
    rows = work.tx.query(
        "select id from refunds where status = 'pending' and balance_transaction is null and currency = ? "
        "order by seq limit ?",
        [currency, MAX_WAITING],
    ).fetchall()
    for (refund_id,) in rows:
        fund(work, refund_id)


def _checked_amount(work: Work, charge: Json, asked: int | None) -> int:
    name, currency = charge["id"], charge["currency"]
    if charge["status"] != "succeeded":
        raise InvalidRequest(f"Charge {name} has not succeeded; there is nothing to refund.", param="charge")
    unrefunded = charge["amount_captured"] - charge["amount_refunded"]
    if unrefunded <= 0:
        raise InvalidRequest(f"Charge {name} has already been refunded.", code="charge_already_refunded")
    refundable = charge_sums.refundable(work, charge)
    amount = (refundable or unrefunded) if asked is None else asked
    check_sendable(amount, currency)
    if refundable < amount <= unrefunded:
        raise InvalidRequest(
            f"Charge {name} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if amount > unrefunded:
        # Stripe sends no code with this one.
        raise InvalidRequest(
            f"Refund amount ({shown(amount, currency)}) is greater than unrefunded amount on charge "
            f"({shown(unrefunded, currency)})",
            param="amount",
        )
    return amount


def _count(work: Work, charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount_captured"]
    work.tx.update(charge)


def _covered(work: Work, refund: Json) -> bool:
    if not funds.refunds_wait(work.tx):
        return True
    needed: int = refund["amount"]
    return available(work, PLATFORM, refund["currency"]) >= needed


def _pay(work: Work, refund: Json) -> None:
    """Takes it from the balance; its card decides how it goes on."""
    of_card = refund["destination_details"]["type"] == "card"
    out = move(
        work,
        PLATFORM,
        kind="refund" if of_card else "payment_refund",
        category="refund",
        amount=-refund["amount"],
        currency=refund["currency"],
        source=refund["id"],
    )
    fate = _fate(work, refund)
    waits = fate is RefundFate.PENDING
    refund |= {
        "balance_transaction": out["id"],
        "status": "pending" if waits else "succeeded",
        "pending_reason": "processing" if waits else None,
    }
    work.tx.update(refund)
    if waits:
        timers.set_timer(work.tx, TimerKind.SETTLE_REFUND, refund["id"], due=work.now + SUCCEEDS_SECONDS)
    elif fate is RefundFate.FAILS:
        timers.set_timer(work.tx, TimerKind.FAIL_REFUND, refund["id"], due=work.now + FAILS_SECONDS)
    _write_journal(work, "refund", refund, out)


def _end(work: Work, refund: Json, status: str, reason: str) -> None:
    if refund["status"] not in (*_OPEN, "succeeded"):
        return
    refund |= {"status": status, "failure_reason": reason, "pending_reason": None}
    refund.pop("next_action", None)
    if refund["balance_transaction"] is not None:
        back = move(
            work,
            PLATFORM,
            kind="refund_failure",
            category="refund_failure",
            amount=refund["amount"],
            currency=refund["currency"],
            source=refund["id"],
        )
        refund["failure_balance_transaction"] = back["id"]
        _write_journal(work, "refund_failure", refund, back)
    _count(work, charge_sums.charge_of(work, refund["charge"]), -refund["amount"])
    if status == "failed":
        work.tx.update(refund)
        work.emit("refund.failed", refund, lane=_lane(work, refund))
    _tell(work, refund)


def _tell(work: Work, refund: Json) -> None:
    work.tx.update(refund)
    for event in ("refund.updated", "charge.refund.updated"):
        work.emit(event, refund, lane=_lane(work, refund))


def _ask_again(work: Work, refund_id: str) -> None:
    timers.set_timer(work.tx, TimerKind.FUND_REFUND, refund_id, due=work.now + ASKS_FUNDS_AGAIN_SECONDS)


def _fate(work: Work, refund: Json) -> RefundFate:
    row = cards.by_slug(work.tx.private("charge", refund["charge"]).get("slug") or "")
    return RefundFate.SUCCEEDS if row is None else row.behaviour.refund_fate


def _lane(work: Work, refund: Json) -> str:
    return charge_sums.session_of(work, refund["charge"])


def _write_journal(work: Work, kind: str, refund: Json, booked: Json) -> None:
    journal.write(
        work.tx,
        kind=kind,
        at=work.now,
        object_id=refund["id"],
        amount=refund["amount"],
        currency=refund["currency"],
        balance_transaction=booked["id"],
        reference=refund["metadata"].get("refund") or charge_sums.reference_of(work, refund["charge"]),
        idempotency_key=work.tx.private(KIND, refund["id"]).get("idempotency_key"),
        destination=refund["charge"],
    )


def _held(work: Work, refund_id: str) -> Json:
    refund = work.tx.get(KIND, refund_id)
    assert refund is not None, "a refund is never deleted"
    return refund
