"""How much of all open differences together is explained already, by currency: what rest.py says of each, for thousands at
once and in the same few statements however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.db.arrays import uuid_array
from checkout.db.session import atomic
from checkout.db.statement import execute

BATCH: Final = 1_000
BATCHES_MOST: Final = 100
BEGINNING: Final = UUID(int=0)

# Open alerts for which something may be posted or joined; the latest difference is what counts, as in rest.py.
CANDIDATES: Final = """
    SELECT a.id, d.psp, d.business_on, d.subject, d.currency, d.gone_at IS NOT NULL AS gone, s.id IS NOT NULL AS in_suspense,
           (SELECT coalesce(sum(k.minor), 0)::bigint FROM alert_links k WHERE k.alert_id = a.id) AS linked
      FROM alerts a
     CROSS JOIN LATERAL (SELECT * FROM settlement_differences x WHERE x.alert_id = a.id ORDER BY x.found_at DESC LIMIT 1) d
      LEFT JOIN journal_entries s ON s.kind = 'suspense_booked' AND s.source_key = d.number AND d.number <> ''
           AND d.code NOT IN ('duplicate_line', 'amount_mismatch')
     WHERE a.status <> 'resolved' AND a.id > %(after)s
       AND (d.gone_at IS NOT NULL OR EXISTS (
            SELECT FROM alert_notes n WHERE n.alert_id = a.id AND n.kind IN ('explained', 'linked', 'resolved')))
     ORDER BY a.id LIMIT %(limit)s
"""
POSTED: Final = """
    SELECT w.currency, sum(p.amount_minor)::bigint AS minor
      FROM unnest(%(sources)s::text[], %(currencies)s::text[], %(gone)s::boolean[]) AS w(source, currency, gone)
      JOIN journal_entries e ON e.source = w.source
      JOIN postings p ON p.entry_id = e.id AND p.currency = w.currency
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind IN ('psp_balance', 'suspense')
     WHERE NOT (w.gone AND EXISTS (SELECT FROM psp_numbers n WHERE n.entry_id = e.id)) GROUP BY w.currency
"""
TOLD_BEFORE: Final = """
    SELECT DISTINCT w.id, w.currency, d.alert_id
      FROM unnest(%(ids)s::uuid[], %(currencies)s::text[], %(psps)s::text[], %(days)s::date[], %(subjects)s::text[])
           AS w(id, currency, psp, business_on, subject)
      JOIN settlement_differences d ON (d.psp, d.business_on, d.subject) = (w.psp, w.business_on, w.subject)
       AND d.alert_id <> w.id
"""
LINKED: Final = """
    SELECT w.currency, sum(k.minor)::bigint AS minor
      FROM unnest(%(ids)s::uuid[], %(currencies)s::text[]) AS w(id, currency)
      JOIN alert_links k ON k.alert_id = w.id AND k.currency = w.currency GROUP BY w.currency
"""


def all_explained_in_parts() -> dict[str, int]:
    """By currency, ours − theirs in minor units; of what is gone, all that was posted for it."""
    sums: dict[str, int] = defaultdict(int)
    after = BEGINNING
    with atomic() as session:
        for _ in range(BATCHES_MOST):
            rows = execute(session, CANDIDATES, after=after, limit=BATCH).all()
            if rows:
                _add_up(session, rows, sums)
                after = rows[-1].id
            if len(rows) < BATCH:
                break
    return sums


def _add_up(session: Session, rows: Sequence[Row[Any]], sums: dict[str, int]) -> None:
    for row in rows:
        sums[row.currency] += row.linked
    _less(sums, _posted(session, ((row.id, row.currency, row.gone) for row in rows)))
    aside = [row for row in rows if row.in_suspense]
    if aside:
        before = execute(
            session,
            TOLD_BEFORE,
            ids=uuid_array([row.id for row in aside]),
            currencies=[row.currency for row in aside],
            psps=[row.psp for row in aside],
            days=[row.business_on for row in aside],
            subjects=[row.subject for row in aside],
        ).all()
        told = [(row.alert_id, row.currency) for row in before]
        _less(sums, _posted(session, ((id, currency, False) for id, currency in told)))
        ids, currencies = uuid_array([id for id, _ in told]), [currency for _, currency in told]
        for row in execute(session, LINKED, ids=ids, currencies=currencies):
            sums[row.currency] += row.minor


def _posted(session: Session, alerts: Iterable[tuple[UUID, str, bool]]) -> Mapping[str, int]:
    found = list(alerts)
    rows = execute(
        session,
        POSTED,
        sources=[encode("alr", id) for id, _, _ in found],
        currencies=[currency for _, currency, _ in found],
        gone=[gone for _, _, gone in found],
    )
    return {row.currency: row.minor for row in rows}


def _less(sums: dict[str, int], posted: Mapping[str, int]) -> None:
    for currency, minor in posted.items():
        sums[currency] -= minor
