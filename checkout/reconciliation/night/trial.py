"""What other rules would have made of past nights: each is judged anew by both, and nothing is kept.

What was rounded or exchanged by itself is judged as if it had not been booked; numbers that were learnt stay known. Whether
something was missing is asked of the files that had come when the rules would have said so; payments are as they are now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from sqlalchemy.orm import Session

from checkout.db.session import atomic
from checkout.db.statement import execute, run
from checkout.reconciliation.matching import statements
from checkout.reconciliation.matching.classify import DifferingLine, judge
from checkout.reconciliation.matching.compare import differing_lines
from checkout.reconciliation.matching.contract_check import fee_differences
from checkout.reconciliation.matching.conversions import joined
from checkout.reconciliation.matching.differences import Difference
from checkout.reconciliation.matching.exchanges import rates_of
from checkout.reconciliation.matching.second_look import look_again
from checkout.reconciliation.matching.untold import rejected_of, told_missing
from checkout.reconciliation.night.findings import Day, evidence_of
from checkout.reconciliation.queries import files_of
from checkout.reconciliation.rules.rule_set import Rules

What = Literal["opened", "not opened", "severity", "amount"]

DAYS: Final = """
    SELECT DISTINCT business_on FROM settlement_files
     WHERE psp = %(psp)s AND status <> 'rejected' AND business_on >= %(since)s ORDER BY business_on
"""
# Lines with a rounding or an exchange, as they were before these were booked.
BEFORE_BOOKING: Final = """
    WITH told AS (
        SELECT DISTINCT l.* FROM settlement_lines l
          JOIN psp_numbers n ON n.psp = %(psp)s AND n.number = l.number AND n.part IN ('rounding', 'exchange')
         WHERE l.file_id = ANY(%(files)s)
    ), ours AS (
        SELECT n.number, p.currency,
               coalesce(sum(p.amount_minor) FILTER (WHERE p.account_id = ANY(%(balances)s::uuid[])), 0)::bigint AS net,
               coalesce(sum(p.amount_minor) FILTER (WHERE p.account_id = ANY(%(fees)s::uuid[])), 0)::bigint AS fee
          FROM (SELECT DISTINCT number FROM told) t
          JOIN psp_numbers n ON n.psp = %(psp)s AND n.number = t.number AND n.part NOT IN ('rounding', 'exchange')
          JOIN postings p ON p.entry_id = n.entry_id AND p.account_id = ANY(%(balances)s::uuid[] || %(fees)s::uuid[])
         GROUP BY n.number, p.currency
    )
    SELECT t.file_id, t.line, t.kind, t.type, t.number, t.source_id, t.reference, t.gross_minor, t.fee_minor, t.net_minor,
           t.currency, t.occurred_at, t.method, false AS repeated, o.net AS ours_net, o.fee AS ours_fee,
           x.currency AS other_currency, x.net AS other_net, x.fee AS other_fee, m.entry_id, e.source AS entry_source,
           NULL::uuid AS charge_entry_id, NULL AS charge_source, NULL::bigint AS charge_minor, NULL AS charge_currency,
           false AS in_suspense, false AS in_former_file
      FROM told t
      LEFT JOIN ours o ON o.number = t.number AND o.currency = t.currency
      LEFT JOIN ours x ON x.number = t.number AND x.currency <> t.currency AND x.net <> 0
      LEFT JOIN psp_numbers m ON m.psp = %(psp)s AND m.number = t.number AND m.part = 'movement'
      LEFT JOIN journal_entries e ON e.id = m.entry_id
     ORDER BY t.file_id, t.line
"""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A difference as rules would tell it."""

    code: str
    severity: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Change:
    """before: by today's rules; after: by those that are tried. One of them may tell nothing of it."""

    psp: str
    business_on: date
    subject: str
    before: Alarm | None
    after: Alarm | None

    @property
    def what(self) -> What:
        if self.before is None:
            return "opened"
        if self.after is None:
            return "not opened"
        return "amount" if self.before.severity == self.after.severity else "severity"


@dataclass(frozen=True, slots=True)
class Trial:
    """The days that were judged anew, and what is different in them."""

    days: Sequence[date]
    changes: Sequence[Change]


class _Nothing(Exception):
    """Takes back the tables that the comparison works on."""


def try_rules(psp: str, *, nights: int, today: Rules, tried: Rules, now: datetime) -> Trial:
    """The days of the last so many nights that have files. Owns its transactions and commits nothing of them."""
    since = now.date() - timedelta(days=nights)
    days = [row.business_on for row in run(DAYS, psp=psp, since=since)]
    changes = [change for on in days for change in _changes(psp, on, today, tried, now)]
    return Trial(days, changes)


def _changes(psp: str, business_on: date, today: Rules, tried: Rules, now: datetime) -> list[Change]:
    day = Day(psp, business_on, files_of(psp, business_on), today, now)
    told: list[dict[tuple[str, str], Alarm]] = []
    try:
        with atomic() as session:
            lines = _lines(session, day)
            told = [_alarms(session, replace(day, rules=rules), lines) for rules in (today, tried)]
            raise _Nothing
    except _Nothing:
        before, after = told
    return [
        Change(psp, business_on, key[1], before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def _lines(session: Session, day: Day) -> list[DifferingLine]:
    """Those that differ now, and those that would without what was booked of them."""
    found = {(line.file_id, line.line): line for line in differing_lines(session, day.files, day.psp)}
    accounts = execute(session, statements.ACCOUNTS, psp=day.psp).one()
    rows = execute(
        session,
        BEFORE_BOOKING,
        psp=day.psp,
        files=[file.id for file in day.files],
        balances=accounts.balances,
        fees=accounts.fees,
    )
    for row in rows:
        line = DifferingLine(**row._mapping)
        was = found.get((line.file_id, line.line))
        if was is None or not (was.repeated or was.in_former_file):
            found[line.file_id, line.line] = line
    return [found[key] for key in sorted(found)]


def _alarms(session: Session, day: Day, lines: Sequence[DifferingLine]) -> dict[tuple[str, str], Alarm]:
    judged = joined([(line, judge(line, day.psp, day.rules)) for line in lines], day.psp, day.rules)
    known = replace(evidence_of(session, day, judged), rounded={})
    judged = look_again(judged, known, day.rules, now=day.now)
    told = [Difference.of_line(line, verdict) for line, verdict in judged if verdict.code is not None]
    found = [one for one in told if one.code != "timing_cutoff"]
    found += rejected_of(session, day.psp, day.files)
    found += fee_differences(session, day.files, day.psp, day.rules, but=told)
    found += rates_of(judged, day.psp, day.rules)
    found += told_missing(session, day.psp, day.business_on, day.rules, now=day.now)
    return {(one.code, one.subject): _alarm(one, day.rules) for one in found}


def _alarm(one: Difference, rules: Rules) -> Alarm:
    """As loud as on the morning on which it is first told."""
    age_days = rules.ageing.missing_at_psp_days if one.code == "missing_at_psp" else 1
    severity = rules.severity(one.code, one.difference_minor, one.currency, age_days)
    return Alarm(one.code, severity, one.difference_minor, one.currency)
