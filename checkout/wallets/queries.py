"""What stands in a wallet, read from the ledger's postings; its promotional credits beside it. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.ledger import seller_balances
from checkout.ledger.seller_balances import Movement

ACCOUNT_OF: Final = {"free": "customer_wallet", "held": "customer_wallet_held"}

# One statement, one snapshot: the balances, the entry they are as of, and the credits within them belong together.
_WALLETS: Final = """
    SELECT w.currency,
           coalesce((SELECT -account_balance(a.id) FROM ledger_accounts a
                      WHERE a.kind = 'customer_wallet' AND a.owner = %(owner)s AND a.currency = w.currency),
                    0)::bigint AS free_minor,
           coalesce((SELECT -account_balance(a.id) FROM ledger_accounts a
                      WHERE a.kind = 'customer_wallet_held' AND a.owner = %(owner)s AND a.currency = w.currency),
                    0)::bigint AS held_minor,
           w.promotional_minor,
           (SELECT p.entry_id FROM postings p JOIN ledger_accounts a ON a.id = p.account_id
             WHERE a.kind IN ('customer_wallet', 'customer_wallet_held') AND a.owner = %(owner)s
               AND a.currency = w.currency ORDER BY p.id DESC LIMIT 1) AS as_of,
           coalesce((SELECT jsonb_agg(jsonb_build_object(
                         'id', c.id, 'amount', c.amount_minor, 'free', c.free_minor, 'held', c.held_minor,
                         'expires_at', c.expires_at) ORDER BY c.expires_at, c.id)
                       FROM wallet_credits c
                      WHERE c.shopper_id = w.shopper_id AND c.currency = w.currency
                        AND c.free_minor + c.held_minor > 0), '[]'::jsonb) AS credits
      FROM wallets w WHERE w.shopper_id = %(shopper_id)s ORDER BY w.currency
"""


@dataclass(frozen=True, slots=True)
class Credit:
    """A promotional credit: what was granted, what of it is free, what open checkouts hold."""

    id: UUID
    amount: Money
    free: Money
    held: Money
    expires_at: datetime

    @property
    def public_id(self) -> str:
        return encode("wcr", self.id)


@dataclass(frozen=True, slots=True)
class Wallet:
    """One currency. `promotional` is part of `free`; `as_of` is the newest entry that the balances contain."""

    currency: str
    free: Money
    held: Money
    promotional: Money
    as_of: UUID | None
    credits: tuple[Credit, ...]


def wallets_of(shopper_id: UUID) -> tuple[Wallet, ...]:
    """One for each currency in which the customer ever had store credit."""
    rows = run(_WALLETS, shopper_id=shopper_id, owner=encode("cus", shopper_id))
    return tuple(_wallet(row) for row in rows)


def entries_of(
    shopper_id: UUID,
    currency: str,
    part: str,
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
) -> list[Movement]:
    """A page of what moved one of ACCOUNT_OF, newest first, each with what stood there after it."""
    return seller_balances.movements_of(
        ACCOUNT_OF[part],
        encode("cus", shopper_id),
        currency,
        limit=limit,
        after=after,
        before=before,
    )


def _wallet(row: Row[Any]) -> Wallet:
    currency = row.currency
    return Wallet(
        currency=currency,
        free=Money(row.free_minor, currency),
        held=Money(row.held_minor, currency),
        promotional=Money(row.promotional_minor, currency),
        as_of=row.as_of,
        credits=tuple(_credit(document, currency) for document in row.credits),
    )


def _credit(document: dict[str, Any], currency: str) -> Credit:
    return Credit(
        id=UUID(document["id"]),
        amount=Money(document["amount"], currency),
        free=Money(document["free"], currency),
        held=Money(document["held"], currency),
        expires_at=datetime.fromisoformat(document["expires_at"]),
    )
