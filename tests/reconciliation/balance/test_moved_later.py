"""What our books date earlier than the PSP has moved it: a refund that waited, a charge captured behind the scenes."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.psp import BalanceTransaction
from checkout.psp.port import Balance
from checkout.reconciliation.balance.held import held_at_the_end_of
from tests.reconciliation.conftest import DAY

AFTER_MIDNIGHT = datetime(2026, 3, 15, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("currency", "known", "late"), [("EUR", 2490, 500), ("JPY", 1000, 300), ("KWD", 12340, 10)]
)
def test_a_movement_of_after_the_day_is_not_of_the_day_though_it_is_dated_so(
    db: Any, night: Any, currency: str, known: int, late: int
) -> None:
    """Both are dated noon of the 14th; the second one's money moved on the 15th, half an hour after midnight."""
    night.charge(known, 0, currency)
    second = night.charge(late, 0, currency)
    amount, nothing = Money(late, currency), Money.zero(currency)
    moved = BalanceTransaction(
        second.number, "charge", amount, nothing, amount, second.source, AFTER_MIDNIGHT
    )
    stated = Balance(available=(Money(known + late, currency),), pending=())
    psp: Any = SimpleNamespace(
        name="stripe", fetch_balance=lambda: stated, list_balance_transactions=lambda **during: [moved]
    )

    held = held_at_the_end_of(DAY, psp, now=utcnow())

    assert (held.ours, held.theirs) == ({currency: known}, {currency: [known]})
