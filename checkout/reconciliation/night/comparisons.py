"""The history of a day's comparisons: each time what it came to and what stood then; and what two of them say differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.money import Money
from checkout.db.statement import execute, run
from checkout.reconciliation.days import day_bounds
from checkout.reconciliation.files.opening import BANK
from checkout.reconciliation.matching.classify import KEPT_OUT
from checkout.reconciliation.matching.pipeline import Steps, steps_of
from checkout.reconciliation.night.report import Report
from checkout.reconciliation.queries import SettlementFile

KEPT_MOST: Final = 200  # a page of history
CHANGES_MOST: Final = 1_000

RECORD: Final = """
    INSERT INTO reconciliation_comparisons (run_id, number, started_at, finished_at, started_by, rules, report, steps)
    SELECT r.id, coalesce((SELECT max(c.number) FROM reconciliation_comparisons c WHERE c.run_id = r.id), 0) + 1,
           r.started_at, %(now)s, r.started_by, %(rules)s, %(report)s, %(steps)s
      FROM reconciliation_runs r WHERE r.id = %(run_id)s
    RETURNING number
"""
RECORD_FINDINGS: Final = """
    INSERT INTO reconciliation_findings (run_id, number, difference_id, alert_id, code, subject, difference_minor,
                                         currency, resolved)
    SELECT %(run_id)s, %(number)s, d.id, d.alert_id, d.code, d.subject, d.difference_minor, d.currency,
           coalesce(a.status = 'resolved', false)
      FROM settlement_differences d LEFT JOIN alerts a ON a.id = d.alert_id
     WHERE d.psp = %(psp)s AND d.business_on = %(business_on)s AND d.gone_at IS NULL
"""
# Each row once, whatever is said of it: a row that differs in two things is one row.
DIFFERING: Final = """
    SELECT code, count(*) AS rows
      FROM (SELECT DISTINCT ON (file_id, line) code FROM settlement_differences
             WHERE psp = %(psp)s AND business_on = %(business_on)s AND gone_at IS NULL AND line IS NOT NULL
               AND file_id = ANY(%(files)s) AND code <> ALL(%(kept_out)s)
             ORDER BY file_id, line, found_at, id) AS each_once
     GROUP BY code
"""
ALONE: Final = """
    SELECT count(*) FROM settlement_differences
     WHERE psp = %(psp)s AND business_on = %(business_on)s AND gone_at IS NULL AND line IS NULL
"""
# Rows that match and stand in another day's file than their movement; and rows that a rounding was booked for.
_UNTOUCHED: Final = """
    NOT EXISTS (SELECT 1 FROM settlement_differences d
                 WHERE d.file_id = l.file_id AND d.line = l.line AND d.gone_at IS NULL)
"""
ROUNDED: Final = f"""
    SELECT count(DISTINCT (l.file_id, l.line)) FROM journal_entries e
      JOIN settlement_lines l ON l.psp = %(psp)s AND l.number = e.source_key AND l.file_id = ANY(%(files)s)
     WHERE e.kind = 'rounding_booked' AND e.effective_at >= %(since)s AND {_UNTOUCHED}
"""
LATE: Final = f"""
    SELECT count(*) FROM settlement_lines l
     WHERE l.file_id = ANY(%(files)s) AND (l.occurred_at < %(from_at)s OR l.occurred_at >= %(before_at)s)
       AND {_UNTOUCHED}
       AND NOT EXISTS (SELECT 1 FROM journal_entries e WHERE e.kind = 'rounding_booked' AND e.source_key = l.number)
"""
# A bank's rows: what was booked under one; several entries under it are a bundle, a cost or a return.
OF_A_BANK: Final = f"""
    SELECT count(*) FILTER (WHERE booked.plain) AS auto, count(*) FILTER (WHERE NOT booked.plain) AS by_rule,
           count(*) FILTER (WHERE booked.plain IS NULL) AS nothing
      FROM settlement_lines l
      LEFT JOIN LATERAL (
            SELECT bool_and(e.kind = 'psp_payout_received' AND e.source_key = s.key) AS plain
              FROM (SELECT (%(names)s::jsonb ->> l.file_id::text) || ':' || l.line AS key) s
              JOIN journal_entries e ON e.kind = ANY(%(kinds)s)
               AND e.source_key IN (s.key, s.key || '#2', s.key || '#3', s.key || '#4')
            HAVING count(*) > 0) booked ON true
     WHERE l.file_id = ANY(%(files)s) AND {_UNTOUCHED}
"""
EARLY: Final = "timing_cutoff"  # told, and nobody is called: the report alone counts them
BANK_KINDS: Final = ("psp_payout_received", "psp_payout_returned", "bank_fee")

_COMPARISONS: Final = """
    SELECT run_id, number, started_at, finished_at, started_by, rules, report, steps FROM reconciliation_comparisons
"""
_FINDINGS: Final = """
    SELECT difference_id, alert_id, code, subject, difference_minor, currency, resolved FROM reconciliation_findings
     WHERE run_id = %(run_id)s AND number = %(number)s
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One time that a day was compared. `number` counts from one; `rules`: name@version, "" before rules had one."""

    run_id: UUID
    number: int
    started_at: datetime
    finished_at: datetime
    started_by: str
    rules: str
    report: Mapping[str, Any]
    steps: Steps

    @property
    def unexplained(self) -> tuple[Money, ...]:
        return tuple(Money(minor, code) for code, minor in self.report.get("unexplained", {}).items())


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference as it stood when a comparison ended."""

    difference_id: UUID
    alert_id: UUID | None
    code: str
    subject: str
    difference_minor: int
    currency: str
    resolved: bool

    @property
    def difference(self) -> Money:
        return Money(self.difference_minor, self.currency)


@dataclass(frozen=True, slots=True)
class Change:
    """What a later comparison says of a difference that an earlier one does not."""

    what: Literal["appeared", "gone", "amount", "explained", "reopened"]
    before: Finding | None
    after: Finding | None

    @property
    def finding(self) -> Finding:
        found = self.after or self.before
        assert found is not None, "a change is of something"
        return found


def record(
    session: Session,
    run_id: UUID,
    *,
    psp: str,
    business_on: date,
    files: Sequence[SettlementFile],
    report: Report,
    now: datetime,
) -> int:
    """Keeps what the comparison that ends in this transaction came to; returns which time it was. The caller holds the
    run's row."""
    steps = _steps(session, psp, business_on, files, report)
    document = report.as_json()
    number = int(
        execute(
            session,
            RECORD,
            run_id=run_id,
            now=now,
            rules=str(document.get("rules") or ""),
            report=Jsonb(document),
            steps=Jsonb(steps.as_json()),
        ).scalar_one()
    )
    execute(session, RECORD_FINDINGS, run_id=run_id, number=number, psp=psp, business_on=business_on)
    return number


def _steps(
    session: Session, psp: str, business_on: date, files: Sequence[SettlementFile], report: Report
) -> Steps:
    ids = [file.id for file in files]
    day = {"psp": psp, "business_on": business_on}
    rows = execute(session, DIFFERING, **day, files=ids, kept_out=sorted(KEPT_OUT))
    differing = {row.code: row.rows for row in rows} | {"together": report.together}
    rounded, by_rule, not_compared = (
        _of_the_bank(session, files) if psp == BANK else _by_rules(session, day, ids)
    )
    return steps_of(
        received=report.rows,
        rejected=report.rejected,
        differing=differing,
        rounded=rounded,
        by_rule=by_rule,
        not_compared=not_compared,
        unmatched_ours=int(execute(session, ALONE, **day).scalar_one()),
        waiting=report.waiting,
        early=int(report.differences.get(EARLY, {}).get("count", 0)),
    )


def _by_rules(session: Session, day: Mapping[str, Any], files: Sequence[UUID]) -> tuple[int, int, int]:
    if not files:
        return 0, 0, 0
    from_at, before_at = day_bounds(day["business_on"])
    since = from_at - timedelta(days=31)
    rounded = execute(session, ROUNDED, psp=day["psp"], files=list(files), since=since).scalar_one()
    late = execute(session, LATE, files=list(files), from_at=from_at, before_at=before_at).scalar_one()
    return int(rounded), int(late), 0


def _of_the_bank(session: Session, files: Sequence[SettlementFile]) -> tuple[int, int, int]:
    if not files:
        return 0, 0, 0
    names = Jsonb({str(file.id): file.public_id for file in files})
    ids = [file.id for file in files]
    row = execute(session, OF_A_BANK, names=names, files=ids, kinds=list(BANK_KINDS)).one()
    return 0, int(row.by_rule), int(row.nothing)


def comparisons_of(run_id: UUID, *, limit: int = KEPT_MOST) -> Sequence[Comparison]:
    """The newest first."""
    rows = run(
        f"{_COMPARISONS} WHERE run_id = %(run_id)s ORDER BY number DESC LIMIT %(limit)s",
        run_id=run_id,
        limit=limit,
    )
    return [_comparison(row) for row in rows]


def get_comparison(run_id: UUID, number: int) -> Comparison:
    """
    Raises:
        NotFound: the run was not compared as often.
    """
    rows = run(
        f"{_COMPARISONS} WHERE run_id = %(run_id)s AND number = %(number)s", run_id=run_id, number=number
    )
    if not rows:
        raise NotFound("no such comparison of the run")
    return _comparison(rows[0])


def findings_of(run_id: UUID, number: int) -> Sequence[Finding]:
    """What stood when it ended, by kind."""
    rows = run(f"{_FINDINGS} ORDER BY code, subject", run_id=run_id, number=number)
    return [Finding(**row._mapping) for row in rows]


def changes_between(before: Comparison, after: Comparison) -> Sequence[Change]:
    """What appeared, went, changed its amount, or was explained; of two comparisons of one day, by its differences."""
    old = {each.difference_id: each for each in findings_of(before.run_id, before.number)}
    new = {each.difference_id: each for each in findings_of(after.run_id, after.number)}
    found: list[Change] = [Change("gone", each, None) for id, each in old.items() if id not in new]
    found += [Change("appeared", None, each) for id, each in new.items() if id not in old]
    for id in old.keys() & new.keys():
        one, other = old[id], new[id]
        if one.difference != other.difference:
            found.append(Change("amount", one, other))
        if one.resolved != other.resolved:
            found.append(Change("explained" if other.resolved else "reopened", one, other))
    return sorted(found, key=lambda each: (each.what, each.finding.code, each.finding.subject))[:CHANGES_MOST]


def _comparison(row: Row[Any]) -> Comparison:
    return Comparison(**{**row._mapping, "steps": Steps.from_json(row.steps)})
