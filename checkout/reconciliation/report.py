"""What a run came to: counts that add up, and the differences by code and currency. The same facts, the same report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from checkout.db.statement import execute
from checkout.reconciliation import compare_statements as statements
from checkout.reconciliation.classify import KEPT_OUT
from checkout.reconciliation.differences import Difference, KeptDifference
from checkout.reconciliation.queries import SettlementFile


@dataclass(frozen=True, slots=True)
class Report:
    """rows = matched + differing + rejected. missing: entries of ours that no line tells of; waiting: those that may
    still come. differences: code → {count, amounts per currency}; unexplained: what no resolved alert explains."""

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
        return cls(**{name: document[name] for name in cls.__slots__})


def make_report(
    session: Session,
    files: Sequence[SettlementFile],
    kept: Sequence[KeptDifference],
    *,
    waiting: Sequence[Difference],
) -> Report:
    """Counts what was compared; nothing in it depends on when."""
    compared = [row for row in kept if row.difference.code not in KEPT_OUT]
    of_lines = [row for row in compared if row.difference.line is not None]
    still_open = [row for row in kept if not row.resolved]
    imported = sum(file.rows_kept for file in files)
    rejected = sum(file.rows_rejected for file in files)
    return Report(
        files=[_file(file) for file in files],
        rows=imported + rejected,
        matched=imported - len(of_lines),
        differing=len(of_lines),
        rejected=rejected,
        missing=len(compared) - len(of_lines),
        waiting=len(waiting),
        totals=_totals(session, files),
        differences=_by_code(kept),
        unexplained=_sum(still_open),
        open=len(still_open),
    )


def _file(file: SettlementFile) -> dict[str, Any]:
    return {"id": file.public_id, "name": file.name, "sha256": file.sha256, "rows": file.rows_total}


def _totals(session: Session, files: Sequence[SettlementFile]) -> dict[str, dict[str, int]]:
    rows = execute(session, statements.TOTALS, files=[file.id for file in files])
    return {
        row.currency: {"rows": row.rows, "gross": row.gross, "fee": row.fee, "net": row.net} for row in rows
    }


def _by_code(kept: Sequence[KeptDifference]) -> dict[str, dict[str, Any]]:
    counts: dict[str, int] = defaultdict(int)
    amounts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in kept:
        counts[row.difference.code] += 1
        amounts[row.difference.code][row.difference.currency] += row.difference.difference_minor
    return {
        code: {"count": counts[code], "amounts": dict(sorted(amounts[code].items()))}
        for code in sorted(counts)
    }


def _sum(kept: Sequence[KeptDifference]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for row in kept:
        sums[row.difference.currency] += row.difference.difference_minor
    return dict(sorted(sums.items()))
