"""Balances: what an account holds, and all of them together. Always derivable from the postings.

Now: the last snapshot plus what was posted since. At a time: the postings of the entries effective by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.ledger.chart import Account
from checkout.ledger.errors import AccountNotFound
from checkout.ledger.statements import BALANCES, WITHOUT_COMPILING


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account as it stands in the ledger."""

    id: UUID
    kind: str
    owner: str
    currency: str
    normal_side: int
    either_side: bool


@dataclass(frozen=True, slots=True)
class TrialLine:
    """All accounts of one kind in one currency. The lines of a currency sum to zero."""

    kind: str
    accounts: int
    balance: Money


def balance(session: Session, account: Account, currency: str, *, at: datetime | None = None) -> Money:
    """What the account holds, debit positive; zero where nothing was ever posted to it."""
    try:
        stored = find_account(session, account.kind, account.owner, currency)
    except AccountNotFound:
        return Money.zero(currency)
    return balance_of(session, stored, at=at)


def balance_of(session: Session, account: StoredAccount, *, at: datetime | None = None) -> Money:
    """What the stored account holds now, or held by the entries effective at a time."""
    if at is None:
        statement = "SELECT account_balance(%(id)s)"
    else:
        statement = """
            SELECT coalesce(sum(p.amount_minor), 0)::bigint
              FROM postings AS p JOIN journal_entries AS e ON e.id = p.entry_id
             WHERE p.account_id = %(id)s AND e.effective_at <= %(at)s
        """
    minor: int = execute(session, statement, id=account.id, **({"at": at} if at else {})).scalar_one()
    return Money(minor, account.currency)


def of_no_order(session: Session, account: Account, currency: str) -> Money:
    """What of the account's balance was posted for no order, debit positive."""
    minor: int = execute(
        session,
        """
        SELECT coalesce(sum(p.amount_minor), 0)::bigint FROM ledger_accounts a JOIN postings p ON p.account_id = a.id
         WHERE a.kind = %(kind)s AND a.owner = %(owner)s AND a.currency = %(currency)s AND p.order_id IS NULL
        """,
        kind=account.kind,
        owner=account.owner,
        currency=currency,
    ).scalar_one()
    return Money(minor, currency)


def get_account(session: Session, account_id: UUID) -> StoredAccount:
    """The account of this id.

    Raises:
        AccountNotFound: no account has it.
    """
    row = execute(session, f"{_ACCOUNT} WHERE id = %(id)s", id=account_id).first()
    if row is None:
        raise AccountNotFound("no such account")
    return _stored(row)


def find_account(session: Session, kind: str, owner: str, currency: str) -> StoredAccount:
    """The account of this kind, owner and currency.

    Raises:
        AccountNotFound: nothing was ever posted to such an account.
    """
    row = execute(
        session,
        f"{_ACCOUNT} WHERE kind = %(kind)s AND owner = %(owner)s AND currency = %(currency)s",
        kind=kind,
        owner=owner,
        currency=currency,
    ).first()
    if row is None:
        raise AccountNotFound(f"nothing was ever posted to {kind}:{owner}:{currency}")
    return _stored(row)


def trial_balance(session: Session, *, at: datetime | None = None) -> list[TrialLine]:
    """One line for each kind and currency, in that order of currency."""
    if at is None:
        execute(session, WITHOUT_COMPILING)
        rows = execute(
            session,
            f"""
            SELECT kind, currency, count(*) AS accounts, sum(minor)::bigint AS balance
              FROM ({BALANCES.format(where="true")}) AS b GROUP BY kind, currency ORDER BY currency, kind
            """,
        )
    else:
        rows = execute(
            session,
            """
            SELECT a.kind, a.currency, count(DISTINCT a.id) AS accounts, sum(p.amount_minor)::bigint AS balance
              FROM journal_entries AS e
              JOIN postings AS p ON p.entry_id = e.id
              JOIN ledger_accounts AS a ON a.id = p.account_id
             WHERE e.effective_at <= %(at)s
             GROUP BY a.kind, a.currency ORDER BY a.currency, a.kind
            """,
            at=at,
        )
    return [TrialLine(row.kind, row.accounts, Money(row.balance, row.currency)) for row in rows]


_ACCOUNT = "SELECT id, kind, owner, currency, normal_side, either_side FROM ledger_accounts"


def _stored(row: Row[Any]) -> StoredAccount:
    return StoredAccount(row.id, row.kind, row.owner, row.currency, row.normal_side, row.either_side)
