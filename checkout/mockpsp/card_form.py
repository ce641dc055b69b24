"""Reads the hosted page's forms. A number goes in and a behaviour comes out; the number goes no further."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from checkout.mockpsp import cards, shopper
from checkout.mockpsp.shopper import Wish

_EXPIRY: Final = re.compile(r"(0?[1-9]|1[0-2])\s*/?\s*((?:20)?[0-9]{2})")
_SECURITY_CODE: Final = re.compile(r"[0-9]{3,4}")
CENTURY: Final = 2000


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which field the shopper has to look at again, and why."""

    field: str
    message: str


def read(form: Mapping[str, str], now: int) -> Wish | Refusal:
    """What the shopper wants, or what is missing."""
    match form.get("method"):
        case "wallet":
            return Wish(cards.wallet())
        case "debit":
            return _debit(form.get("iban", "").strip())
        case _:
            return _card(form, now)


def _debit(iban: str) -> Wish | Refusal:
    if not iban:
        return Refusal("iban", "Enter an IBAN.")
    account = cards.bank_account(iban)
    return Wish(account, shopper.UNKNOWN_ACCOUNT if account is None else None)


def _card(form: Mapping[str, str], now: int) -> Wish | Refusal:
    number = form.get("number", "").strip()
    if not number:
        return Refusal("number", "Enter a card number.")
    expiry = _EXPIRY.fullmatch(form.get("expiry", "").strip())
    if expiry is None:
        return Refusal("expiry", "Enter the expiry date as month and year, like 12/34.")
    today = datetime.fromtimestamp(now, UTC)
    if (CENTURY + int(expiry[2][-2:]), int(expiry[1])) < (today.year, today.month):
        return Refusal("expiry", "This card's expiry date is in the past.")
    if not _SECURITY_CODE.fullmatch(form.get("security_code", "").strip()):
        return Refusal("security_code", "Enter the three or four digits of the security code.")
    return Wish(cards.card(number))
