"""Money moves on an account's balance: one balance transaction, and what is available of all of them."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import shapes
from checkout.mockpsp.work import Work

Json = dict[str, Any]
PLATFORM: Final = ""  # as an account: the platform's own balance
OF_ACCOUNT: Final = "coalesce(account, '') = ?"


def move(
    work: Work,
    account: str,
    *,
    kind: str,
    category: str,
    amount: int,
    currency: str,
    source: str,
    fee: int = 0,
    description: str | None = None,
) -> Json:
    """Books a movement, positive into the account; `fee` is taken besides. Answers the balance transaction."""
    made = shapes.movement(
        kind=kind,
        category=category,
        amount=amount,
        currency=currency,
        source=source,
        now=work.now,
        fee=fee,
        description=description,
    )
    work.tx.insert(made, private={"account": account})
    return made


def available(work: Work, account: str, currency: str) -> int:
    """What may be sent from the account now."""
    row = work.tx.query(
        "select coalesce(sum(net), 0) from balance_transactions "
        f"where {OF_ACCOUNT} and currency = ? and available_on <= ?",
        [account, currency, work.now],
    ).fetchone()
    return int(row[0])
