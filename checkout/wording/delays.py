"""How long a method may take, said as a day. Business days are Monday to Friday: bank holidays differ by country."""

from __future__ import annotations

from datetime import date, timedelta

DEBIT_BUSINESS_DAYS = 4
SATURDAY = 5


def is_bank_debit(method: str | None) -> bool:
    """True for the methods that a bank answers after days: sepa_debit, us_bank_account, bank_debit, …"""
    return method is not None and ("debit" in method or method.endswith("bank_account"))


def debit_arrives_by(since: date, business_days: int = DEBIT_BUSINESS_DAYS) -> date:
    """The last day on which the bank's answer is still on time."""
    day = since
    while business_days:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            business_days -= 1
    return day
