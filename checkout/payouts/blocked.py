"""Who has money and could not be paid now, and why: for finance, and for a seller who asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.payouts.eligibility import NotPayable, Payable, SellerFacts, assess
from checkout.payouts.errors import CurrencyNotPaidOut
from checkout.payouts.facts import read_free
from checkout.payouts.request import terms_of
from checkout.psp import PaymentServiceProvider

PAGE: Final = 500
FIRST: Final = UUID(int=0)

SELLERS: Final = """
    WITH page AS (
        SELECT DISTINCT seller_id FROM payable_items
         WHERE payout_id IS NULL AND seller_id > %(after)s ORDER BY seller_id LIMIT %(limit)s
    )
    SELECT DISTINCT i.seller_id, sel.name, i.currency, coalesce(s.minimum_minor, 0) AS minimum_minor
      FROM page
      JOIN payable_items i ON i.seller_id = page.seller_id AND i.payout_id IS NULL
      JOIN sellers sel ON sel.id = i.seller_id
      LEFT JOIN payout_schedules s ON s.seller_id = i.seller_id AND s.currency = i.currency
     WHERE (%(only)s::uuid IS NULL OR i.seller_id = %(only)s)
     ORDER BY i.seller_id, i.currency
"""


@dataclass(frozen=True, slots=True)
class Blocked:
    """One seller and currency. `free` is the sum of what no payout has; `available` what the ledger says."""

    seller_id: UUID
    seller_name: str
    free: Money
    available: Money
    why: NotPayable

    @property
    def seller_public_id(self) -> str:
        return encode("sel", self.seller_id)


def blocked(psp: PaymentServiceProvider, *, limit: int, seller_id: UUID | None = None) -> list[Blocked]:
    """Up to `limit` of them, by seller and currency. Nobody is locked: a payout that is made meanwhile is not seen."""
    found: list[Blocked] = []
    for rows in _pages(seller_id):
        free = read_free([(row.seller_id, row.currency) for row in rows])
        for row in rows:
            facts = free[row.seller_id, row.currency].facts
            why = _why(row, facts, psp)
            if why is not None and (facts.free or facts.available):
                found.append(Blocked(row.seller_id, row.name, facts.free, facts.available, why))
        if len(found) >= limit:
            break
    return found[:limit]


def _why(row: Row[Any], facts: SellerFacts, psp: PaymentServiceProvider) -> NotPayable | None:
    try:
        terms = terms_of("standard", row.currency, psp, minimum_minor=row.minimum_minor)
    except CurrencyNotPaidOut:
        return NotPayable("currency_not_paid_out")
    result = assess(facts, terms, utcnow())
    return None if isinstance(result, Payable) else result


def _pages(only: UUID | None) -> Iterator[Sequence[Row[Any]]]:
    after = FIRST if only is None else UUID(int=max(only.int - 1, 0))
    while rows := run(SELLERS, after=after, limit=PAGE, only=only):
        yield rows
        if only is not None:
            return
        after = rows[-1].seller_id
