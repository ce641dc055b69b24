"""The money that the PSP holds, for us or for a seller, and its movements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from checkout.core.money import Money


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """A movement on our balance at the PSP: net = amount − fee."""

    id: str
    type: str
    amount: Money
    fee: Money
    net: Money
    source: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What the PSP holds for us, one amount a currency."""

    available: tuple[Money, ...]
    pending: tuple[Money, ...]
