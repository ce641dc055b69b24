"""Which days a night compares again: those that its file, its date, or what was heard of since may have changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from checkout.core.ids import oldest_at
from checkout.db.statement import run
from checkout.reconciliation import rules
from checkout.reconciliation.days import day_bounds
from checkout.reconciliation.matching.compare import CLOCKS_DIFFER
from checkout.reconciliation.matching.untold import TOLD

WAITED_FOR_AT_MOST: Final = 70  # days: the longest that rules let a payment be under way, and some of grace

# late: nobody waited for it when its day was compared, for nobody knew of it.
AGAIN: Final = """
    WITH late AS MATERIALIZED (
        SELECT (e.effective_at AT TIME ZONE 'UTC')::date AS business_on FROM journal_entries e
         WHERE e.id >= %(first_entry)s AND e.recorded_at >= %(began_at)s AND e.kind = ANY(%(kinds)s)
           AND e.effective_at >= %(first_at)s AND e.effective_at < %(near_at)s
         UNION
        SELECT d.business_on FROM settlement_differences d
         WHERE d.psp = %(psp)s AND d.gone_at IS NULL AND d.code = 'missing_at_psp' AND d.found_at >= %(near_at)s
    )
    SELECT f.business_on FROM settlement_files f
      LEFT JOIN reconciliation_runs r ON r.psp = f.psp AND r.business_on = f.business_on
     WHERE f.psp = %(psp)s AND f.status <> 'rejected' AND f.business_on < %(day)s AND f.business_on >= %(first)s
     GROUP BY f.business_on
    HAVING f.business_on >= %(near)s OR max((r.report ->> 'waiting')::int) > 0
        OR f.business_on IN (SELECT business_on FROM late)
     ORDER BY f.business_on DESC
"""


def days_to_compare_again(psp: str, business_on: date) -> list[date]:
    """The days before this one, the latest first: those whose rows may stand in its file, that are old enough now for
    something to be called missing or put aside, that wait for anything, or of which something was recorded only since
    this day began, or called missing only lately."""
    by = rules.current()
    near = max(by.matching.look_forward_files, by.ageing.missing_at_psp_days, by.ageing.suspense_days)
    first, near_on = (business_on - timedelta(days=days) for days in (WAITED_FOR_AT_MOST, near))
    began_at, _ = day_bounds(business_on)
    rows = run(
        AGAIN,
        psp=psp,
        day=business_on,
        first=first,
        near=near_on,
        kinds=TOLD,
        first_at=day_bounds(first)[0],
        near_at=day_bounds(near_on)[0],
        began_at=began_at,
        first_entry=oldest_at(began_at - CLOCKS_DIFFER),
    )
    return [row.business_on for row in rows]
