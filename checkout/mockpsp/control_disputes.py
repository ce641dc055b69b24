"""The control API's part for disputes: what the card's bank, or a debited bank, does and says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from checkout.mockpsp import bank_verdicts, dispute_course
from checkout.mockpsp.control_body import BadControl, body, text, whole
from checkout.mockpsp.currency_rules import MAX_AMOUNT, check_sendable
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.refunds import charge_named
from checkout.mockpsp.work import Work

Json = dict[str, Any]
CARD_REASONS: Final = (
    "credit_not_processed",
    "duplicate",
    "fraudulent",
    "general",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "unrecognized",
)
DEBIT_REASONS: Final = (
    "bank_cannot_process",
    "customer_initiated",
    "debit_not_authorized",
    "incorrect_account_details",
    "insufficient_funds",
)
_BEGINS: Final = ("open", "inquire", "return")
_GOES_ON: Final[dict[str, Callable[[Work, Json], None]]] = {
    "escalate": dispute_course.escalate,
    "close": bank_verdicts.close_inquiry,
    "win": bank_verdicts.win,
    "lose": bank_verdicts.lose,
}


def _dispute(psp: Psp) -> Json:
    """Begins a dispute of a payment, or moves its newest one on; answers the dispute."""
    given = body()
    action = given.get("action")
    if action not in (*_BEGINS, *_GOES_ON, "reinstate"):
        raise BadControl(f"action must be one of {', '.join((*_BEGINS, *_GOES_ON, 'reinstate'))}")
    with psp.work() as work:
        if action in _BEGINS:
            charge = _charge(work, given)
            _begin(work, given, action, charge)
            return _newest(work, charge)
        dispute = _named(work, given)
        if action == "reinstate":
            bank_verdicts.reinstate(work, dispute, _amount(given, dispute["currency"]))
        else:
            _GOES_ON[action](work, dispute)
        return dispute


def _begin(work: Work, given: Json, action: str, charge: Json) -> None:
    of_card = charge["payment_method_details"]["type"] == "card"
    if of_card == (action == "return"):
        raise BadControl("only a bank debit is returned, only a card payment is disputed")
    reasons, usual = (
        (CARD_REASONS, "fraudulent") if of_card else (DEBIT_REASONS, dispute_course.RETURN_REASON)
    )
    reason = given.get("reason", usual)
    if reason not in reasons:
        raise BadControl(f"reason must be one of {', '.join(reasons)}")
    amount = _amount(given, charge["currency"])
    standing = work.tx.find("dispute", "charge", charge["id"])
    if standing is not None and (not of_card or standing["status"] in bank_verdicts.CHARGEBACK):
        raise BadControl(f"this payment is disputed already: {standing['id']} is {standing['status']}")
    if action == "return":
        dispute_course.return_debit(work, charge["id"], reason=reason, amount=amount)
    elif standing is not None and standing["status"] in bank_verdicts.INQUIRY:
        if action == "inquire":
            raise BadControl(f"this payment is inquired about already: {standing['id']}")
        dispute_course.escalate(work, standing)
    elif action == "inquire":
        dispute_course.inquire(work, charge, reason=reason, amount=amount)
    else:
        dispute_course.open_chargeback(work, charge, reason=reason, amount=amount)


def _charge(work: Work, given: Json) -> Json:
    charge = charge_named(
        work, {name: text(given, name) for name in ("charge", "payment_intent") if name in given}
    )
    if charge["status"] != "succeeded":
        raise BadControl("this charge took no money")
    return charge


def _named(work: Work, given: Json) -> Json:
    if "dispute" not in given:
        return _newest(work, _charge(work, given))
    found = work.tx.get("dispute", text(given, "dispute"))
    if found is None:
        raise BadControl("no such dispute")
    return found


def _newest(work: Work, charge: Json) -> Json:
    found = work.tx.find("dispute", "charge", charge["id"])
    if found is None:
        raise BadControl("this payment is not disputed")
    return found


def _amount(given: Json, currency: str) -> int | None:
    if "amount" not in given:
        return None
    amount = whole(given, "amount", None, low=1, high=MAX_AMOUNT)
    check_sendable(amount, currency)
    return amount


ROUTES: Final[tuple[tuple[str, str, Callable[[Psp], Json]], ...]] = (("POST", "/disputes", _dispute),)
