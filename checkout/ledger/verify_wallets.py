"""The wallets against the journal: a wallet's counters are what its accounts hold, its credits and holds are what its
counters say, and a hold is open exactly as long as its payment is.

Reads the tables of wallets and payments and knows no more of them than these columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from checkout.core.ids import MalformedId, decode, encode
from checkout.ledger.findings import NAMED_AT_MOST, Findings

PAGE: Final = 500
_FIRST: Final = {"shopper": UUID(int=0), "currency": ""}

_WALLETS: Final = """
    SELECT w.shopper_id, w.currency, w.free_minor, w.held_minor, w.promotional_minor,
           c.free AS credits_free, c.held AS credits_held, h.open AS holds_open, h.promotional AS holds_promotional
      FROM wallets w
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(free_minor), 0)::bigint AS free, coalesce(sum(held_minor), 0)::bigint AS held
             FROM wallet_credits WHERE shopper_id = w.shopper_id AND currency = w.currency) AS c
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(amount_minor), 0)::bigint AS open,
                  coalesce(sum((SELECT sum(t.amount_minor) FROM wallet_hold_credits t
                                 WHERE t.payment_id = o.payment_id)), 0)::bigint AS promotional
             FROM wallet_holds o
            WHERE o.shopper_id = w.shopper_id AND o.currency = w.currency
              AND o.captured_at IS NULL AND o.released_at IS NULL) AS h
     WHERE (w.shopper_id, w.currency) > (%(shopper)s, %(currency)s)
     ORDER BY w.shopper_id, w.currency LIMIT %(limit)s
"""
_ACCOUNTS: Final = """
    SELECT kind, owner, currency, -account_balance(id) AS amount_minor FROM ledger_accounts
     WHERE kind IN ('customer_wallet', 'customer_wallet_held') AND owner = ANY(%(owners)s)
"""
_OWNERS: Final = """
    SELECT DISTINCT owner, currency FROM ledger_accounts
     WHERE kind IN ('customer_wallet', 'customer_wallet_held') AND account_balance(id) <> 0
       AND (owner, currency) > (%(owner)s, %(currency)s)
     ORDER BY owner, currency LIMIT %(limit)s
"""
_KNOWN: Final = "SELECT shopper_id, currency FROM wallets WHERE shopper_id = ANY(%(ids)s)"
_BAD_HOLDS: Final = """
    SELECT p.id, p.status, p.wallet_amount_minor, h.amount_minor,
           h.payment_id IS NOT NULL AND h.captured_at IS NULL AND h.released_at IS NULL AS open,
           h.captured_at IS NOT NULL AS captured
      FROM payments p FULL JOIN wallet_holds h ON h.payment_id = p.id
     WHERE (p.wallet_amount_minor > 0 OR h.payment_id IS NOT NULL)
       AND (h.amount_minor IS DISTINCT FROM p.wallet_amount_minor
            OR (h.captured_at IS NULL AND h.released_at IS NULL)
               <> (p.status IN ('created', 'unknown', 'awaiting_shopper', 'processing', 'in_review'))
            OR (h.captured_at IS NOT NULL) <> (p.status = 'succeeded'))
     ORDER BY p.id LIMIT %(limit)s
"""


def verify_wallets(connection: Connection, findings: Findings) -> int:
    """Every wallet, a page at a time; returns how many there are."""
    count = 0
    for page in _pages(connection):
        count += len(page)
        owners = [encode("cus", row.shopper_id) for row in page]
        booked = {
            (row.owner, row.currency, row.kind): int(row.amount_minor)
            for row in connection.exec_driver_sql(_ACCOUNTS, {"owners": owners})
        }
        for wallet in page:
            _check(wallet, booked, findings)
    _check_owners(connection, findings)
    _check_holds(connection, findings)
    return count


def _pages(connection: Connection) -> Iterator[Sequence[Row[Any]]]:
    after = dict(_FIRST)
    while page := connection.exec_driver_sql(_WALLETS, {**after, "limit": PAGE}).all():
        yield page
        after = {"shopper": page[-1].shopper_id, "currency": page[-1].currency}


def _check(wallet: Row[Any], booked: dict[tuple[str, str, str], int], findings: Findings) -> None:
    owner = encode("cus", wallet.shopper_id)
    for code, says, holds in (
        (
            "wallet_free_differs",
            wallet.free_minor,
            booked.get((owner, wallet.currency, "customer_wallet"), 0),
        ),
        (
            "wallet_held_differs",
            wallet.held_minor,
            booked.get((owner, wallet.currency, "customer_wallet_held"), 0),
        ),
    ):
        if says != holds:
            findings.add(code, owner, f"says {says}, the journal {holds} minor units of {wallet.currency}")
    for name, says, add_up in (
        ("promotional credits", wallet.promotional_minor, wallet.credits_free),
        ("open holds", wallet.held_minor, wallet.holds_open),
        ("held credits", wallet.credits_held, wallet.holds_promotional),
    ):
        if says != add_up:
            detail = f"{name} in {wallet.currency} add up to {add_up}, the wallet says {says}"
            findings.add("wallet_parts_differ", owner, detail)


def _check_owners(connection: Connection, findings: Findings) -> None:
    """Whoever has store credit in the journal has a wallet that says so."""
    after = {"owner": "", "currency": ""}
    while page := connection.exec_driver_sql(_OWNERS, {**after, "limit": PAGE}).all():
        ids = {row.owner: id for row in page if (id := _customer(row.owner)) is not None}
        rows = connection.exec_driver_sql(_KNOWN, {"ids": list(ids.values())})
        known = {(encode("cus", row.shopper_id), row.currency) for row in rows}
        for row in page:
            if row.owner in ids and (row.owner, row.currency) not in known:
                findings.add("wallet_missing", row.owner, f"the journal holds {row.currency} for no wallet")
        after = {"owner": page[-1].owner, "currency": page[-1].currency}


def _customer(owner: str) -> UUID | None:
    try:
        return decode("cus", owner)
    except MalformedId:
        return None


def _check_holds(connection: Connection, findings: Findings) -> None:
    for row in connection.exec_driver_sql(_BAD_HOLDS, {"limit": NAMED_AT_MOST}):
        state = "open" if row.open else "used up" if row.captured else "given back or missing"
        findings.add(
            "wallet_hold_differs",
            encode("pay", row.id),
            f"is {row.status} with {row.wallet_amount_minor} from the wallet; its hold of "
            f"{row.amount_minor or 0} is {state}",
        )
