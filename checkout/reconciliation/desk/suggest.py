"""Suggested matches of a difference: what lies near it is read, a bounded number of rows each; suggest_reasons judges it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.reconciliation.desk.link import answerable
from checkout.reconciliation.desk.reasons import (
    ENTRY_WORDS,
    Fact,
    Record,
    Shape,
    Suggestion,
    suggest,
)
from checkout.reconciliation.desk.rest import unexplained
from checkout.reconciliation.desk.unexplained import Unexplained

__all__ = ["Suggestion", "suggestions"]

DAYS_AROUND: Final = 31
OTHERS_MOST: Final = 40  # pairs of them are looked at: some hundreds
FACTS_MOST: Final = 20

ME: Final = """
    SELECT d.business_on, d.code, d.number, d.source_id, d.payment_id, d.difference_minor, d.currency, d.ours_minor,
           d.theirs_minor, d.file_id, d.line, d.psp, coalesce(l.reference, '') AS reference
      FROM settlement_differences d LEFT JOIN settlement_lines l ON l.file_id = d.file_id AND l.line = d.line
     WHERE d.alert_id = %(id)s ORDER BY d.found_at DESC LIMIT 1
"""
# What an open difference can answer for: by the last comparison, or, told twice or put aside, what its line says.
OTHERS: Final = """
    WITH near AS (
        SELECT d.alert_id, d.code, d.number, d.source_id, d.payment_id, d.business_on, coalesce(l.reference, '') AS reference,
               CASE WHEN d.code = 'duplicate_line' OR d.balance_minor = 0 THEN -coalesce(l.net_minor, 0)
                    ELSE d.balance_minor END
               - (SELECT coalesce(sum(k.minor), 0)::bigint FROM alert_links k WHERE k.alert_id = d.alert_id) AS minor
          FROM settlement_differences d
          JOIN alerts a ON a.id = d.alert_id AND a.status <> 'resolved'
          LEFT JOIN settlement_lines l ON l.file_id = d.file_id AND l.line = d.line
         WHERE d.psp = %(psp)s AND d.currency = %(currency)s AND d.alert_id <> %(id)s AND d.gone_at IS NULL
           AND d.business_on BETWEEN %(day)s::date - %(around)s::int AND %(day)s::date + %(around)s::int
    )
    SELECT * FROM near WHERE sign(minor) = -sign(%(minor)s::bigint)
     ORDER BY source_id <> '' AND source_id = %(source_id)s DESC, payment_id IS NOT DISTINCT FROM %(payment_id)s::uuid DESC,
              abs(minor + %(minor)s::bigint), abs(business_on - %(day)s::date), alert_id LIMIT %(most)s
"""
ENTRIES: Final = """
    SELECT e.id, e.kind, abs(p.amount_minor) AS minor
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id AND p.currency = %(currency)s AND abs(p.amount_minor) = ANY(%(sizes)s::bigint[])
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind IN ('psp_balance', 'dispute_fees')
     WHERE e.source = ANY(%(sources)s::text[]) AND e.kind = ANY(%(kinds)s::text[])
     ORDER BY e.sequence LIMIT %(most)s
"""
OF_PAYMENT: Final = """
    SELECT id, 're' AS prefix, card_minor AS minor, currency FROM refunds WHERE payment_id = %(id)s
     UNION ALL
    SELECT id, 'dp', amount_minor, currency FROM disputes WHERE payment_id = %(id)s LIMIT %(most)s
"""
LINES: Final = """
    SELECT l.file_id, l.line, l.net_minor, f.business_on
      FROM settlement_lines l JOIN settlement_files f ON f.id = l.file_id AND f.status <> 'rejected'
     WHERE l.psp = %(psp)s AND l.number = %(number)s AND l.currency = %(currency)s
       AND (l.file_id, l.line) IS DISTINCT FROM (%(file_id)s::uuid, %(line)s::int)
     ORDER BY f.business_on LIMIT %(most)s
"""


def suggestions(alert_id: UUID) -> list[Suggestion]:
    """What it may belong to, the likeliest first; none where nothing of it is left.

    Raises:
        NotFound: no such alert, or one of no settlement.
    """
    with atomic() as session:
        found = unexplained(session, alert_id)
        row = execute(session, ME, id=alert_id).first()
        if row is None:
            raise NotFound("no such alert")
        stands_for = answerable(found)
        if not stands_for:
            return []
        shape = _shape(found, row, stands_for)
        others = _others(session, alert_id, row, stands_for)
        facts = _facts(session, found, row, shape, others)
        return suggest(_me(alert_id, row, stands_for), shape, others, facts)


def _me(alert_id: UUID, row: Row[Any], stands_for: Money) -> Record:
    return Record(
        encode("alr", alert_id), row.code, stands_for, row.business_on, row.number, row.source_id, _payment(row), row.reference
    )  # fmt: skip


def _shape(found: Unexplained, row: Row[Any], stands_for: Money) -> Shape:
    sizes = dict.fromkeys([abs(stands_for.amount_minor), abs(row.difference_minor)])
    return Shape(
        tuple(size for size in sizes if size), row.ours_minor, row.theirs_minor, found.line_fee, found.within_rounding
    )  # fmt: skip


def _others(session: Session, alert_id: UUID, me: Row[Any], stands_for: Money) -> list[Record]:
    rows = execute(
        session,
        OTHERS,
        id=alert_id,
        psp=me.psp,
        currency=me.currency,
        day=me.business_on,
        around=DAYS_AROUND,
        minor=stands_for.amount_minor,
        source_id=me.source_id,
        payment_id=me.payment_id,
        most=OTHERS_MOST,
    ).all()
    return [
        Record(
            encode("alr", row.alert_id), row.code, Money(row.minor, me.currency), row.business_on, row.number,
            row.source_id, _payment(row), row.reference,
        )
        for row in rows
    ]  # fmt: skip


def _facts(
    session: Session, found: Unexplained, me: Row[Any], shape: Shape, others: list[Record]
) -> list[Fact]:
    facts = _of_payment(session, me, shape, others) if me.payment_id else []
    if me.number:
        rows = execute(
            session,
            LINES,
            psp=me.psp,
            number=me.number,
            currency=me.currency,
            file_id=me.file_id,
            line=me.line,
            most=FACTS_MOST,
        )
        for row in rows:
            place = f"{encode('file', row.file_id)}:{row.line}"
            amount = Money(abs(row.net_minor), me.currency)
            facts.append(Fact("line", place, amount, "the line", row.business_on))
    for claim in found.claims[:FACTS_MOST]:
        facts.append(Fact("claim", encode("alr", claim.alert_id), claim.left, "the claim"))
    return facts


def _of_payment(session: Session, me: Row[Any], shape: Shape, others: list[Record]) -> list[Fact]:
    """Refunds and disputes of the payment, and what was booked for them."""
    rows = execute(session, OF_PAYMENT, id=me.payment_id, most=FACTS_MOST).all()
    same = [row for row in rows if row.currency == me.currency]
    facts = [
        Fact("refund", encode("re", row.id), Money(row.minor, me.currency), f"the refund {encode('re', row.id)}")
        for row in same
        if row.prefix == "re"
    ]  # fmt: skip
    booked = execute(
        session,
        ENTRIES,
        sources=[_payment(me), *(encode(row.prefix, row.id) for row in rows)],
        kinds=list(ENTRY_WORDS),
        sizes=[*shape.sizes, *(abs(other.stands_for.amount_minor) for other in others)],
        currency=me.currency,
        most=FACTS_MOST,
    )
    refunded = {fact.amount.amount_minor for fact in facts}
    for row in booked:
        if row.minor not in refunded:
            facts.append(
                Fact("entry", encode("jrn", row.id), Money(row.minor, me.currency), ENTRY_WORDS[row.kind])
            )
    return facts


def _payment(row: Row[Any]) -> str:
    return encode("pay", row.payment_id) if row.payment_id else ""
