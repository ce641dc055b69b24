"""The journal entries behind a figure, with the postings that the reader may see, and what caused them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.explanations.sight import HIDDEN, Sight
from checkout.explanations.tree import Ledger, LedgerEntry, Line

ENTRIES_SHOWN: Final = 50
TERMS_SHOWN: Final = 100  # an equation of more names the rest in one term

LINES: Final = """
    SELECT e.id, e.sequence, e.kind, e.source, e.cause, e.effective_at, e.recorded_at,
           a.kind AS account, a.owner, p.order_id, p.currency, p.amount_minor
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id
     WHERE e.id = ANY(%(ids)s)
     ORDER BY e.sequence DESC, p.id
"""

# Of an account, or of one kind of entry on it: how many postings, their sum, and the newest.
ON_ACCOUNT: Final = """
    SELECT p.entry_id, -p.amount_minor AS amount_minor, e.kind, e.source, p.order_id, e.effective_at,
           count(*) OVER () AS postings, -sum(p.amount_minor) OVER ()::bigint AS whole_minor
      FROM postings p
      JOIN ledger_accounts a ON a.id = p.account_id
      JOIN journal_entries e ON e.id = p.entry_id
     WHERE a.kind = %(account)s AND a.owner = %(owner)s AND a.currency = %(currency)s
       AND (%(kind)s::text IS NULL OR e.kind = %(kind)s)
       AND (%(at)s::timestamptz IS NULL OR e.effective_at <= %(at)s)
     ORDER BY p.id DESC LIMIT %(limit)s
"""


def on_account(
    session: Session,
    account: str,
    owner: str,
    currency: str,
    *,
    kind: str | None = None,
    at: datetime | None = None,
) -> Sequence[Row[Any]]:
    """The newest TERMS_SHOWN postings on the account, in its owner's favour; `at`: of entries effective by then."""
    return execute(
        session,
        ON_ACCOUNT,
        account=account,
        owner=owner,
        currency=currency,
        kind=kind,
        at=at,
        limit=TERMS_SHOWN,
    ).all()


def ledger_of_account(session: Session, rows: Sequence[Row[Any]], currency: str, sight: Sight) -> Ledger:
    """What on_account() found, entry by entry."""
    effects: dict[UUID, int] = {}
    for row in rows[:ENTRIES_SHOWN]:
        effects[row.entry_id] = effects.get(row.entry_id, 0) + row.amount_minor
    count, whole = (rows[0].postings, rows[0].whole_minor) if rows else (0, 0)
    entries = read_entries(session, effects, currency, sight)
    return Ledger(entries, count, Money(whole, currency), is_the_figure=True)


def ledger_of(
    session: Session, effects: Mapping[UUID, int], currency: str, sight: Sight, *, is_the_figure: bool
) -> Ledger:
    """Entries by their effect on the figure; the newest are shown."""
    newest = dict(list(effects.items())[-ENTRIES_SHOWN:])
    total = Money(sum(effects.values()), currency)
    return Ledger(read_entries(session, newest, currency, sight), len(effects), total, is_the_figure)


def read_entries(
    session: Session, effects: Mapping[UUID, int], currency: str, sight: Sight
) -> Sequence[LedgerEntry]:
    """The entries, newest first."""
    if not effects:
        return ()
    rows = execute(session, LINES, ids=list(effects)).all()
    entries = []
    for _, group in groupby(rows, lambda row: row.id):
        postings = list(group)
        head = postings[0]
        entries.append(
            LedgerEntry(
                id=head.id,
                kind=head.kind,
                source=head.source,
                cause=head.cause,
                effective_at=head.effective_at,
                recorded_at=head.recorded_at,
                effect=Money(effects[head.id], currency),
                lines=_lines(postings, sight),
            )
        )
    return entries


def _lines(postings: Sequence[Row[Any]], sight: Sight) -> list[Line]:
    own = [posting for posting in postings if posting.owner in sight.owners]
    orders = {posting.order_id for posting in own if posting.order_id is not None}
    shown = [
        Line(posting.account, posting.owner, Money(posting.amount_minor, posting.currency))
        for posting in postings
        if sight.shows(
            posting.account, posting.owner, of_own_order=posting.order_id in orders, beside_own=bool(own)
        )
    ]
    if len(shown) < len(postings):
        shown.append(Line(HIDDEN, None, None))
    return shown
