"""How long a method may take, said as a day. Business days are Monday to Friday: bank holidays differ by country."""

from __future__ import annotations

from datetime import date, timedelta

DEBIT_BUSINESS_DAYS = 4
SATURDAY = 5


def may_take_days(method: str | None) -> bool:
    """True for bank debits, and while the method is not known: the PSP names it with the charge, which may come last."""
    return method is None or "debit" in method or method.endswith("bank_account")


def debit_arrives_by(since: date, business_days: int = DEBIT_BUSINESS_DAYS) -> date:
    """The last day on which the bank's answer is still on time."""
    day = since
    while business_days:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            business_days -= 1
    return day
