"""Who has money and could not be paid now, and why: for finance, and for a seller who asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.clock import utcnow
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.payouts.eligibility import NotPayable, Payable, SellerFacts, assess
from checkout.payouts.errors import CurrencyNotPaidOut
from checkout.payouts.facts import read_free
from checkout.payouts.request import terms_of
from checkout.psp import PaymentServiceProvider

PAGE: Final = 500

# By the ledger, not by the items that were made of it: what was earned a moment ago is blocked as well.
BALANCES: Final = """
    SELECT a.owner, a.currency FROM ledger_accounts a
     WHERE a.kind = 'seller_available' AND (a.owner, a.currency) > (%(owner)s, %(currency)s)
       AND (%(only)s::text IS NULL OR a.owner = %(only)s) AND account_balance(a.id) <> 0
     ORDER BY a.owner, a.currency LIMIT %(limit)s
"""
SELLERS: Final = """
    SELECT w.seller_id, sel.name, w.currency, coalesce(s.minimum_minor, 0) AS minimum_minor
      FROM unnest(%(sellers)s::uuid[], %(currencies)s::text[]) WITH ORDINALITY AS w (seller_id, currency, place)
      JOIN sellers sel ON sel.id = w.seller_id
      LEFT JOIN payout_schedules s ON s.seller_id = w.seller_id AND s.currency = w.currency
     ORDER BY w.place
"""


@dataclass(frozen=True, slots=True)
class Blocked:
    """One seller and currency. `free` is the sum of the items that no payout has; `available` what the ledger says, with
    what no item was made of yet."""

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
            why = _why(row, replace(facts, free=facts.available), psp)
            if why is not None:
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
    """The balances that are not zero, with their sellers' names and minimums."""
    edge = ("", "")
    named = None if only is None else encode("sel", only)
    while balances := run(BALANCES, owner=edge[0], currency=edge[1], only=named, limit=PAGE):
        edge = (balances[-1].owner, balances[-1].currency)
        yield run(
            SELLERS,
            sellers=[decode("sel", balance.owner) for balance in balances],
            currencies=[balance.currency for balance in balances],
        )
