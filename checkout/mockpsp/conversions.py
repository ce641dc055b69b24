"""Money of the platform changed from one currency into another: two movements, which name one conversion."""

from __future__ import annotations

from typing import Final

from checkout.mockpsp import journal, object_ids
from checkout.mockpsp.movements import PLATFORM, move
from checkout.mockpsp.work import Work

CATEGORY: Final = "currency_conversion"


def convert(work: Work, *, sold: str, amount: int, bought: str, converted: int) -> list[str]:
    """Answers the balance transactions, that of what was sold first. Whether so much is there is not asked."""
    conversion = object_ids.conversion_id()
    legs = ((sold, -amount, "conversion_sold"), (bought, converted, "conversion"))
    numbers = []
    for currency, moved, kind in legs:
        made = move(
            work,
            PLATFORM,
            kind="adjustment",
            category=CATEGORY,
            amount=moved,
            currency=currency,
            source=conversion,
        )
        journal.write(
            work.tx,
            kind=kind,
            at=work.now,
            object_id=conversion,
            amount=abs(moved),
            currency=currency,
            balance_transaction=made["id"],
            reference=None,
            idempotency_key=None,
        )
        numbers.append(str(made["id"]))
    return numbers
