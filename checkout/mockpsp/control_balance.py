"""The control API's part for the platform's balance: money that it states and nobody moved, and money changed from one
currency into another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from checkout.core.currencies import CODES
from checkout.mockpsp import balance, conversions, journal
from checkout.mockpsp.control_body import BadControl, body, text, whole
from checkout.mockpsp.psp import Psp

Json = dict[str, Any]
MAX_AMOUNT: Final = 10**12


def _state_otherwise(psp: Psp) -> Json:
    """From now on GET /v1/balance has `amount` more than was moved, in all; zero: what was moved."""
    given = body()
    currency = _currency(given, "currency")
    amount = whole(given, "amount", None, low=-MAX_AMOUNT, high=MAX_AMOUNT)
    with psp.work() as work:
        balance.state_otherwise(work.tx, currency, amount)
        if amount:
            journal.write(
                work.tx,
                kind="planted",
                at=work.now,
                object_id="balance",
                amount=abs(amount),
                currency=currency,
                balance_transaction=None,
                reference=None,
                idempotency_key=None,
                code="psp_balance_mismatch",
            )
    return {"currency": currency, "amount": amount}


def _convert(psp: Psp) -> Json:
    given = body()
    sold, bought = _currency(given, "from"), _currency(given, "to")
    if sold == bought:
        raise BadControl("from and to must be two currencies")
    amount = whole(given, "amount", None, low=1, high=MAX_AMOUNT)
    converted = whole(given, "converted", None, low=1, high=MAX_AMOUNT)
    with psp.work() as work:
        numbers = conversions.convert(work, sold=sold, amount=amount, bought=bought, converted=converted)
    return {"balance_transactions": numbers}


def _currency(given: Json, name: str) -> str:
    currency = text(given, name).lower()
    if currency.upper() not in CODES:
        raise BadControl(f"{name} must be an ISO 4217 code")
    return currency


ROUTES: Final[tuple[tuple[str, str, Callable[[Psp], Json]], ...]] = (
    ("POST", "/balance", _state_otherwise),
    ("POST", "/conversions", _convert),
)
