"""The control API's part for money out: funds of the platform, the checks of an account, and what a bank does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from checkout.core.currencies import CODES
from checkout.mockpsp import bank_side, banks, funds, refund_course, verification
from checkout.mockpsp.control_body import BadControl, body, flag, text, whole
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.verification import Outcome

Json = dict[str, Any]
MAX_AMOUNT: Final = 10**12
MAX_PENDING_SECONDS: Final = 60 * 86_400
_SETTLED: Final = ("arrive", "fail", "return")


def _top_up(psp: Psp) -> Json:
    given = body()
    currency = text(given, "currency").lower()
    if currency.upper() not in CODES:
        raise BadControl("currency must be an ISO 4217 code")
    amount = whole(given, "amount", None, low=1, high=MAX_AMOUNT)
    with psp.work() as work:
        made = funds.top_up(work, amount=amount, currency=currency)
        refund_course.fund_waiting(work, currency)
    return {"balance_transaction": made["id"], "amount": amount, "currency": currency}


def _funds(psp: Psp) -> Json:
    """Sets what is named, and answers both settings."""
    given = body()
    if not given.keys() & {"available_after_seconds", "refunds_wait"}:
        raise BadControl("say available_after_seconds or refunds_wait")
    with psp.work() as work:
        if "available_after_seconds" in given:
            seconds = whole(given, "available_after_seconds", None, low=0, high=MAX_PENDING_SECONDS)
            funds.set_available_after_seconds(work.tx, seconds)
        if "refunds_wait" in given:
            funds.set_refunds_wait(work.tx, flag(given, "refunds_wait"))
        return {
            "available_after_seconds": funds.available_after_seconds(work.tx),
            "refunds_wait": funds.refunds_wait(work.tx),
        }


def _account(psp: Psp) -> Json:
    """Does what the onboarding page and the checks behind it would."""
    given = body()
    action = given.get("action")
    if action not in tuple(Outcome):
        raise BadControl(f"action must be one of {', '.join(Outcome)}")
    number = None if given.get("iban") is None else banks.normalized(text(given, "iban"))
    with psp.work() as work:
        account = work.tx.get("account", text(given, "account"))
        if account is None:
            raise BadControl("no such account")
        verification.decide(work, account, Outcome(action), bank_number=number)
        return dict(account)


def _payout(psp: Psp) -> Json:
    """The bank's word about a payout, now."""
    given = body()
    action, payout_id = given.get("action"), text(given, "payout")
    if action not in _SETTLED:
        raise BadControl(f"action must be one of {', '.join(_SETTLED)}")
    with psp.work() as work:
        if work.tx.get("payout", payout_id) is None:
            raise BadControl("no such payout")
        bank_side.leave(work, payout_id)
        if action in ("arrive", "return"):
            bank_side.settle(work, payout_id)
        if action in ("fail", "return"):
            failure = banks.ACCOUNT_CLOSED if action == "fail" else banks.COULD_NOT_PROCESS
            bank_side.fail(work, payout_id, str(given.get("code") or failure.code), failure.message)
        return dict(work.tx.get("payout", payout_id) or {})


ROUTES: Final[tuple[tuple[str, str, Callable[[Psp], Json]], ...]] = (
    ("POST", "/topup", _top_up),
    ("POST", "/funds", _funds),
    ("POST", "/accounts", _account),
    ("POST", "/payouts", _payout),
)
