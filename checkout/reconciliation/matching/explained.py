"""A line that somebody has explained is not booked by itself afterwards, when other rules would have it so, nor told anew under
another name while it lies in suspense: what was posted for its alert would be posted twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.db.statement import execute
from checkout.reconciliation.matching.classify import DifferingLine, Verdict
from checkout.reconciliation.matching.conversions import left_alone, place, rows_together
from checkout.reconciliation.matching.second_look import Judged

EXPLAINED: Final = """
    SELECT d.file_id, d.line, d.code, d.ours_minor, d.theirs_minor, d.difference_minor, d.balance_minor, d.detail
      FROM settlement_differences d
      JOIN alerts a ON a.id = d.alert_id AND a.status = 'resolved' AND a.resolved_by <> 'system'
     WHERE d.gone_at IS NULL AND d.file_id = ANY(%(files)s) AND d.line = ANY(%(lines)s)
"""


def as_explained(session: Session, judged: Sequence[Judged]) -> list[Judged]:
    """The same lines; what would be booked of its own accord, or lies in suspense, and is explained stays the difference
    that was explained. Of a conversion both rows are booked or neither is."""
    other_of = rows_together(judged)
    asked = [line for line, verdict in judged if _may_be_explained(line, verdict) or place(line) in other_of]
    if not asked:
        return list(judged)
    files, lines = sorted({line.file_id for line in asked}), sorted({line.line for line in asked})
    rows = execute(session, EXPLAINED, files=files, lines=lines)
    explained = {(row.file_id, row.line): row for row in rows}
    of_asked = {place(line): explained.get(place(line)) for line in asked}
    found: list[Judged] = []
    for line, verdict in judged:
        if (row := of_asked.get(place(line))) is not None:
            verdict = _as_it_was(row)
        elif other_of.get(place(line)) in explained:
            verdict = left_alone(line)
        found.append((line, verdict))
    return found


def _may_be_explained(line: DifferingLine, verdict: Verdict) -> bool:
    return _of_its_own_accord(verdict) or (
        line.in_suspense and verdict.code not in (None, "duplicate_line", "amount_mismatch")
    )


def _of_its_own_accord(verdict: Verdict) -> bool:
    """Beyond learning what the line is and what it cost."""
    exchanged = verdict.exchange is not None or verdict.converts is not None
    return bool(verdict.rounding_minor or exchanged or verdict.book_top_up)


def _as_it_was(row: Row[Any]) -> Verdict:
    return Verdict(
        row.code,
        row.ours_minor,
        row.theirs_minor,
        row.difference_minor,
        row.detail.partition(": ")[2],
        row.balance_minor,
    )
