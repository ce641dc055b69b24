"""What a run came to: counts that add up, and the differences by code and currency. The same facts, the same report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.reconciliation.desk.rest import over_explained_of_day
from checkout.reconciliation.matching import statements
from checkout.reconciliation.matching.classify import KEPT_OUT
from checkout.reconciliation.matching.differences import Difference
from checkout.reconciliation.matching.keeping import KeptDifference
from checkout.reconciliation.night.findings import Day, Findings
from checkout.reconciliation.queries import SettlementFile

# What the files told and nothing else did is booked with the file as its source.
BOOKED: Final = """
    SELECT e.kind, p.currency, sum(p.amount_minor)::bigint AS minor
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind IN ('psp_fees', 'rounding')
     WHERE e.source = ANY(%(files)s) AND e.kind IN ('psp_fee', 'rounding_booked')
     GROUP BY e.kind, p.currency ORDER BY p.currency
"""


@dataclass(frozen=True, slots=True)
class Report:
    """rows = matched + differing + rejected; differing counts lines that are waited for as well. missing: entries of ours
    that no line tells of; waiting: those that may still come, and lines that came before their payment's end.
    differences: code → {count, amounts per currency}; unexplained, open: what no resolved alert explains, and what was
    explained although it is gone. costs: what the PSP took for no payment; rounded: what was booked to the rounding account, by currency. rules: by which it was compared. together: of the differing
    rows, those that one alert tells of with another."""

    files: Sequence[Mapping[str, Any]]
    rows: int
    matched: int
    differing: int
    rejected: int
    missing: int
    waiting: int
    totals: Mapping[str, Mapping[str, int]]
    differences: Mapping[str, Mapping[str, Any]]
    unexplained: Mapping[str, int]
    open: int
    costs: Mapping[str, int] = field(default_factory=dict)
    rounded: Mapping[str, int] = field(default_factory=dict)
    rules: str = ""
    together: int = 0

    @property
    def is_explained(self) -> bool:
        """Nothing differs that somebody has not explained, no row was kept out, and every file is there."""
        return bool(self.files) and self.open == 0 and self.rejected == 0 and self.waiting == 0

    @property
    def differs(self) -> bool:
        return not self.files or bool(self.open or self.rejected)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Report:
        """One that was kept before it had all of them has the others."""
        return cls(**{name: document[name] for name in cls.__slots__ if name in document})


def make_report(session: Session, day: Day, kept: Sequence[KeptDifference], found: Findings) -> Report:
    """Counts what was compared, a row once, whatever is said of it; nothing in it depends on when."""
    files, waiting = day.files, found.waiting
    compared = [row for row in kept if row.difference.code not in KEPT_OUT]
    of_lines = {(row.difference.file_id, row.difference.line) for row in compared if row.difference.line}
    early = [one for one in waiting if one.line is not None]
    still_open = [row for row in kept if not row.resolved]
    imported = sum(file.rows_kept for file in files)
    rejected = sum(file.rows_rejected for file in files)
    differing = len(of_lines) + len(early) + found.together
    over = over_explained_of_day(session, day.psp, day.business_on)
    booked = execute(session, BOOKED, files=[file.public_id for file in files]).all()
    return Report(
        files=[_file(file) for file in files],
        rows=imported + rejected,
        matched=imported - differing,
        differing=differing,
        rejected=rejected,
        missing=sum(row.difference.line is None for row in compared),
        waiting=len(waiting),
        totals=_totals(session, files),
        differences=_by_code([*(row.difference for row in kept), *early]),
        unexplained=_sum(still_open, over),
        open=len(still_open) + len(over),
        costs={row.currency: row.minor for row in booked if row.kind == "psp_fee"},
        rounded={row.currency: row.minor for row in booked if row.kind == "rounding_booked"},
        rules=day.rules.label,
        together=found.together,
    )


def _file(file: SettlementFile) -> dict[str, Any]:
    return {"id": file.public_id, "name": file.name, "sha256": file.sha256, "rows": file.rows_total}


def _totals(session: Session, files: Sequence[SettlementFile]) -> dict[str, dict[str, int]]:
    rows = execute(session, statements.TOTALS, files=[file.id for file in files])
    return {
        row.currency: {"rows": row.rows, "gross": row.gross, "fee": row.fee, "net": row.net} for row in rows
    }


def _by_code(found: Sequence[Difference]) -> dict[str, dict[str, Any]]:
    counts: dict[str, int] = defaultdict(int)
    amounts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in found:
        counts[one.code] += 1
        amounts[one.code][one.currency] += one.difference_minor
    return {
        code: {"count": counts[code], "amounts": dict(sorted(amounts[code].items()))}
        for code in sorted(counts)
    }


def _sum(kept: Sequence[KeptDifference], over: Sequence[Money]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for left in over:
        sums[left.currency] += left.amount_minor
    for row in kept:
        sums[row.difference.currency] += row.left_minor
    return dict(sorted(sums.items()))
