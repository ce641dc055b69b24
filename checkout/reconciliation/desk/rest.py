"""What of a difference is unexplained now: what the last comparison found, less what was posted for its alert, less what
other records answer for. Computed from rows each time, kept nowhere; of many in as few statements as of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    SELECT DISTINCT ON (d.alert_id) d.alert_id, d.code, d.psp, d.business_on, d.subject, d.number, d.currency, d.file_id,
           l.net_minor, l.fee_minor, d.gone_at IS NOT NULL AS gone,
           CASE WHEN d.code = 'fee_mismatch' AND d.gone_at IS NULL AND d.balance_minor = 0
                THEN greatest(0, -d.difference_minor) ELSE 0 END AS overcharged,
           CASE WHEN d.psp = 'bank' AND d.gone_at IS NULL AND d.code <> 'duplicate_line'
                THEN d.difference_minor ELSE 0 END AS at_the_bank,
           CASE WHEN d.gone_at IS NULL THEN d.balance_minor ELSE 0 END AS balance_minor, s.id IS NOT NULL AS in_suspense,
           (SELECT sum(p.amount_minor)::bigint FROM postings p
              JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'suspense'
             WHERE p.entry_id = s.id) AS put_aside,
           (SELECT coalesce(sum(k.minor), 0)::bigint FROM alert_links k WHERE k.alert_id = d.alert_id) AS linked
      FROM settlement_differences d
      LEFT JOIN settlement_lines l ON l.file_id = d.file_id AND l.line = d.line
      LEFT JOIN journal_entries s ON s.kind = 'suspense_booked' AND s.source_key = d.number AND d.number <> ''
           AND d.code NOT IN ('duplicate_line', 'amount_mismatch')
     WHERE d.alert_id = ANY(%(ids)s::uuid[]) ORDER BY d.alert_id, d.found_at DESC
"""
# Of what was posted under the line's number the comparison has seen the line match: it is not counted a second time.
POSTED: Final = """
    SELECT e.source, e.kind, count(DISTINCT e.id) AS times,
           coalesce(sum(p.amount_minor) FILTER (
                WHERE a.kind IN ('psp_balance', 'suspense')
                  AND NOT (w.gone AND EXISTS (SELECT FROM psp_numbers n WHERE n.entry_id = e.id))), 0)::bigint AS minor
      FROM unnest(%(sources)s::text[], %(currencies)s::text[], %(gone)s::boolean[]) AS w(source, currency, gone)
      JOIN journal_entries e ON e.source = w.source
      JOIN postings p ON p.entry_id = e.id AND p.currency = w.currency
      JOIN ledger_accounts a ON a.id = p.account_id
     GROUP BY e.source, e.kind
"""
# A line in suspense may have been told under another name before: what was posted for that alert is out of suspense too.
TOLD_BEFORE: Final = """
    SELECT DISTINCT w.id, w.currency, d.alert_id
      FROM unnest(%(ids)s::uuid[], %(currencies)s::text[], %(psps)s::text[], %(days)s::date[], %(subjects)s::text[])
           AS w(id, currency, psp, business_on, subject)
      JOIN settlement_differences d ON (d.psp, d.business_on, d.subject) = (w.psp, w.business_on, w.subject)
       AND d.alert_id <> w.id
"""
POSTED_BEFORE: Final = """
    SELECT w.id, coalesce(sum(p.amount_minor), 0)::bigint AS minor
      FROM unnest(%(ids)s::uuid[], %(sources)s::text[], %(currencies)s::text[]) AS w(id, source, currency)
      JOIN journal_entries e ON e.source = w.source
      JOIN postings p ON p.entry_id = e.id AND p.currency = w.currency
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind IN ('psp_balance', 'suspense')
     GROUP BY w.id
"""
LINKED_BEFORE: Final = """
    SELECT w.id, sum(k.minor)::bigint AS minor
      FROM unnest(%(ids)s::uuid[], %(alerts)s::uuid[], %(currencies)s::text[]) AS w(id, alert_id, currency)
      JOIN alert_links k ON k.alert_id = w.alert_id AND k.currency = w.currency GROUP BY w.id
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
    found = all_unexplained(session, [alert_id])
    if alert_id not in found:
        raise NotFound("no such alert")
    return found[alert_id]


def all_unexplained(session: Session, alert_ids: Iterable[UUID]) -> dict[UUID, Unexplained]:
    """By alert; those of no settlement are left out."""
    rows = execute(session, FOUND, ids=uuid_array(alert_ids)).all()
    posted = _posted(session, rows)
    before = _before(session, [row for row in rows if row.in_suspense])
    claims = {of: claims_of(session, *of) for of in sorted({(row.psp, row.currency) for row in rows})}
    found = {}
    for row in rows:
        entries = posted[row.alert_id]
        whole = (row.put_aside or 0) if row.in_suspense else row.balance_minor
        beyond = whole + sum(entry.minor for entry in entries) - row.linked + before[row.alert_id]
        found[row.alert_id] = _unexplained(row, whole, beyond, entries, claims[row.psp, row.currency])
    return found


def _posted(session: Session, rows: Sequence[Row[Any]]) -> Mapping[UUID, Sequence[Row[Any]]]:
    """What was posted for each alert, by kind of entry."""
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    sources = {encode("alr", row.alert_id): row.alert_id for row in rows}
    currencies, gone = [row.currency for row in rows], [row.gone for row in rows]
    for entry in execute(session, POSTED, sources=list(sources), currencies=currencies, gone=gone):
        found[sources[entry.source]].append(entry)
    return found


def _before(session: Session, aside: Sequence[Row[Any]]) -> Mapping[UUID, int]:
    """What was posted for a line in suspense while it was told under another name, less what was joined with that."""
    found: dict[UUID, int] = defaultdict(int)
    if not aside:
        return found
    told = execute(
        session,
        TOLD_BEFORE,
        ids=uuid_array(row.alert_id for row in aside),
        currencies=[row.currency for row in aside],
        psps=[row.psp for row in aside],
        days=[row.business_on for row in aside],
        subjects=[row.subject for row in aside],
    ).all()
    ids, currencies = uuid_array(row.id for row in told), [row.currency for row in told]
    sources = [encode("alr", row.alert_id) for row in told]
    for row in execute(session, POSTED_BEFORE, ids=ids, sources=sources, currencies=currencies):
        found[row.id] += row.minor
    alerts = uuid_array(row.alert_id for row in told)
    for row in execute(session, LINKED_BEFORE, ids=ids, alerts=alerts, currencies=currencies):
        found[row.id] -= row.minor
    return found


def over_explained(session: Session, alert_id: UUID) -> Money | None:
    """What was posted for a difference that is gone, or joined with it; None where that is nothing. A line in suspense
    is explained there, whatever it is called."""
    return _too_much(unexplained(session, alert_id))


def over_explained_of_day(session: Session, psp: str, business_on: date) -> list[Money]:
    """Of each difference of the day that is gone and whose alert is open for that."""
    rows = execute(session, GONE_AND_OPEN, psp=psp, business_on=business_on).scalars().all()
    found = all_unexplained(session, rows) if rows else {}
    return [left for each in found.values() if (left := _too_much(each)) is not None]


def _too_much(found: Unexplained) -> Money | None:
    return found.beyond if found.beyond and not found.in_suspense else None


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
    row: Row[Any],
    whole: int,
    beyond: int,
    posted: Sequence[Row[Any]],
    claims: Sequence[Claim],
) -> Unexplained:
    return Unexplained(
        alert_id=row.alert_id,
        code=row.code,
        psp=row.psp,
        number=row.number,
        beyond=Money(beyond, row.currency),
        in_suspense=row.in_suspense,
        whole=Money(whole, row.currency),
        file=encode("file", row.file_id) if row.file_id else "",
        line_net=Money(row.net_minor, row.currency) if row.net_minor is not None else None,
        line_fee=row.fee_minor or 0,
        claimed=sum(claim.left.amount_minor for claim in claims if claim.alert_id == row.alert_id),
        claims=claims,
        within_rounding=rules.current().within_rounding(beyond, row.currency),
        posted={entry.kind: entry.times for entry in posted},
        overcharged=row.overcharged,
        at_the_bank=row.at_the_bank,
    )
