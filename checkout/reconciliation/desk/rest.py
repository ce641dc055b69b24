"""What of a difference is unexplained now: what the last comparison found, less what was posted for its alert, less what
other records answer for. Computed from rows each time, kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.arrays import uuid_array
from checkout.db.statement import execute
from checkout.reconciliation import rules
from checkout.reconciliation.desk.unexplained import Claim, Unexplained

CLAIMS_MOST: Final = 500

# Of a number in suspense the line that was put aside is there; one that came again with it is not.
FOUND: Final = """
    SELECT d.code, d.psp, d.business_on, d.subject, d.number, d.currency, d.file_id, l.net_minor, l.fee_minor, d.gone_at IS NOT NULL AS gone,
           CASE WHEN d.code = 'fee_mismatch' AND d.gone_at IS NULL AND d.balance_minor = 0
                THEN greatest(0, -d.difference_minor) ELSE 0 END AS overcharged,
           CASE WHEN d.gone_at IS NULL THEN d.balance_minor ELSE 0 END AS balance_minor, s.id IS NOT NULL AS in_suspense,
           (SELECT sum(p.amount_minor)::bigint FROM postings p
              JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'suspense'
             WHERE p.entry_id = s.id) AS put_aside,
           (SELECT coalesce(sum(k.minor), 0)::bigint FROM alert_links k WHERE k.alert_id = d.alert_id) AS linked
      FROM settlement_differences d
      LEFT JOIN settlement_lines l ON l.file_id = d.file_id AND l.line = d.line
      LEFT JOIN journal_entries s ON s.kind = 'suspense_booked' AND s.source_key = d.number AND d.number <> ''
           AND d.code NOT IN ('duplicate_line', 'amount_mismatch')
     WHERE d.alert_id = %(id)s ORDER BY d.found_at DESC LIMIT 1
"""
# Of what was posted under the line's number the comparison has seen the line match: it is not counted a second time.
POSTED: Final = """
    SELECT e.kind, count(DISTINCT e.id) AS times,
           coalesce(sum(p.amount_minor) FILTER (
                WHERE a.kind IN ('psp_balance', 'suspense')
                  AND NOT (%(gone)s AND EXISTS (SELECT FROM psp_numbers n WHERE n.entry_id = e.id))), 0)::bigint AS minor
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id AND p.currency = %(currency)s
      JOIN ledger_accounts a ON a.id = p.account_id
     WHERE e.source = %(source)s GROUP BY e.kind
"""
# A line in suspense may have been told under another name before: what was posted for that alert is out of suspense too.
POSTED_BEFORE: Final = """
    SELECT coalesce(sum(p.amount_minor), 0)::bigint AS minor,
           (SELECT coalesce(sum(k.minor), 0)::bigint FROM alert_links k
             WHERE k.alert_id = ANY(%(alerts)s::uuid[]) AND k.currency = %(currency)s) AS linked
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id AND p.currency = %(currency)s
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind IN ('psp_balance', 'suspense')
     WHERE e.source = ANY(%(sources)s)
"""
TOLD_BEFORE: Final = """
    SELECT DISTINCT d.alert_id FROM settlement_differences d
     WHERE d.psp = %(psp)s AND d.business_on = %(business_on)s AND d.subject = %(subject)s AND d.alert_id <> %(id)s
"""
CLAIMED: Final = """
    SELECT e.source, sum(p.amount_minor)::bigint AS minor
      FROM ledger_accounts a
      JOIN postings p ON p.account_id = a.id
      JOIN journal_entries e ON e.id = p.entry_id AND e.source LIKE 'alr\\_%%'
     WHERE a.kind = 'psp_claims' AND a.owner = %(psp)s AND a.currency = %(currency)s
       AND NOT EXISTS (SELECT FROM claim_payments c WHERE c.entry_id = e.id)
     GROUP BY e.source HAVING sum(p.amount_minor) > 0 ORDER BY min(e.sequence) DESC LIMIT %(most)s
"""
PAID: Final = """
    SELECT claim_alert_id, sum(minor)::bigint AS minor FROM claim_payments
     WHERE claim_alert_id = ANY(%(ids)s::uuid[]) AND currency = %(currency)s GROUP BY claim_alert_id
"""
IN_PARTS: Final = """
    SELECT EXISTS (SELECT FROM alert_notes WHERE alert_id = %(id)s AND kind IN ('explained', 'linked', 'resolved'))
"""
GONE_AND_OPEN: Final = """
    SELECT d.alert_id FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id AND a.status <> 'resolved'
     WHERE d.psp = %(psp)s AND d.business_on = %(business_on)s AND d.gone_at IS NOT NULL
"""
LOCK_DIFFERENCES: Final = """
    SELECT id FROM settlement_differences WHERE alert_id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE
"""
LOCK_ALERTS: Final = "SELECT id FROM alerts WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE"


def lock(session: Session, alert_ids: Iterable[UUID]) -> None:
    """Their differences, then the alerts, as a comparison of the day takes them: until the transaction ends nobody else
    explains them, and none of them goes away."""
    ids = uuid_array(sorted(set(alert_ids)))
    execute(session, LOCK_DIFFERENCES, ids=ids)
    execute(session, LOCK_ALERTS, ids=ids)


def unexplained(session: Session, alert_id: UUID) -> Unexplained:
    """
    Raises:
        NotFound: no such alert, or one of no settlement.
    """
    row = execute(session, FOUND, id=alert_id).first()
    if row is None:
        raise NotFound("no such alert")
    source = encode("alr", alert_id)
    posted = execute(session, POSTED, source=source, currency=row.currency, gone=row.gone).all()
    whole = (row.put_aside or 0) if row.in_suspense else row.balance_minor
    beyond = whole + sum(entry.minor for entry in posted) - row.linked
    if row.in_suspense:
        beyond += _posted_before(session, alert_id, row)
    claims = claims_of(session, row.psp, row.currency)
    return _unexplained(alert_id, row, whole, beyond, posted, claims)


def _posted_before(session: Session, alert_id: UUID, row: Row[Any]) -> int:
    before = (
        execute(
            session, TOLD_BEFORE, psp=row.psp, business_on=row.business_on, subject=row.subject, id=alert_id
        )
        .scalars()
        .all()
    )
    if not before:
        return 0
    sources = [encode("alr", id) for id in before]
    told = execute(
        session, POSTED_BEFORE, sources=sources, alerts=uuid_array(before), currency=row.currency
    ).one()
    return int(told.minor - told.linked)


def explained_in_parts(session: Session, alert_id: UUID) -> int:
    """How much of an open difference is explained already, ours − theirs in minor units; mostly nothing."""
    if not execute(session, IN_PARTS, id=alert_id).scalar_one():
        return 0
    found = unexplained(session, alert_id)
    return (found.whole - found.beyond).amount_minor


def over_explained(session: Session, alert_id: UUID) -> Money | None:
    """What was posted for a difference that is gone, or joined with it; None where that is nothing. A line in suspense
    is explained there, whatever it is called."""
    found = unexplained(session, alert_id)
    return found.beyond if found.beyond and not found.in_suspense else None


def over_explained_of_day(session: Session, psp: str, business_on: date) -> list[Money]:
    """Of each difference of the day that is gone and whose alert is open for that."""
    rows = execute(session, GONE_AND_OPEN, psp=psp, business_on=business_on).all()
    return [left for (id,) in rows if (left := over_explained(session, id)) is not None]


def claims_of(session: Session, psp: str, currency: str) -> Sequence[Claim]:
    """What was claimed of a PSP and has not been paid, the newest first."""
    rows = execute(session, CLAIMED, psp=psp, currency=currency, most=CLAIMS_MOST).all()
    if not rows:
        return ()
    claimed = {decode("alr", row.source): row.minor for row in rows}
    paid = execute(session, PAID, ids=uuid_array(claimed), currency=currency)
    for row in paid:
        claimed[row.claim_alert_id] -= row.minor
    return [Claim(id, Money(minor, currency)) for id, minor in claimed.items() if minor > 0]


def _unexplained(
    alert_id: UUID,
    row: Row[Any],
    whole: int,
    beyond: int,
    posted: Sequence[Row[Any]],
    claims: Sequence[Claim],
) -> Unexplained:
    return Unexplained(
        alert_id=alert_id,
        code=row.code,
        psp=row.psp,
        number=row.number,
        beyond=Money(beyond, row.currency),
        in_suspense=row.in_suspense,
        whole=Money(whole, row.currency),
        file=encode("file", row.file_id) if row.file_id else "",
        line_net=Money(row.net_minor, row.currency) if row.net_minor is not None else None,
        line_fee=row.fee_minor or 0,
        claimed=sum(claim.left.amount_minor for claim in claims if claim.alert_id == alert_id),
        claims=claims,
        within_rounding=rules.current().within_rounding(beyond, row.currency),
        posted={entry.kind: entry.times for entry in posted},
        overcharged=row.overcharged,
    )
