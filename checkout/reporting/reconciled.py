"""How the nights stand: the last run of each PSP, runs beside each other, and where the cash lies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row

from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import execute, run
from checkout.ledger.statements import BALANCES, WITHOUT_COMPILING
from checkout.reconciliation.queries import FILE_COLUMNS, SettlementFile
from checkout.reporting.paging import COUNTED, Cut, Page, page_of

RunState = Literal["running", "failed", "file_missing", "differences", "waiting", "ok"]

_RUNS: Final = """
    SELECT id, psp, business_on, status, started_at, finished_at, started_by, times, report FROM reconciliation_runs
"""
_FOUND: Final = """
     WHERE (%(psp)s::text IS NULL OR psp = %(psp)s)
       AND (%(first_on)s::date IS NULL OR business_on >= %(first_on)s)
       AND (%(last_on)s::date IS NULL OR business_on <= %(last_on)s)
"""
LAST: Final = """
    SELECT DISTINCT ON (psp) id, psp, business_on, status, started_at, finished_at, started_by, times, report
      FROM reconciliation_runs ORDER BY psp, business_on DESC
"""
OURS: Final = """
    SELECT currency, sum(difference_minor) FILTER (WHERE gone_at IS NULL)::bigint AS differ
      FROM settlement_differences
     WHERE psp = %(psp)s AND business_on = %(business_on)s AND line IS NOT NULL
       AND code NOT IN ('row_rejected', 'net_mismatch', 'fee_mismatch') GROUP BY currency
"""
_FILES: Final = f"SELECT {FILE_COLUMNS} FROM settlement_files"
FILES_FOUND: Final = """
     WHERE (%(psp)s::text IS NULL OR psp = %(psp)s) AND (%(status)s::text IS NULL OR status = %(status)s)
       AND (%(business_on)s::date IS NULL OR business_on = %(business_on)s)
"""
NEIGHBOURS: Final = f"""{_RUNS}
     WHERE psp = %(psp)s AND id <> %(id)s ORDER BY abs(business_on - %(day)s::date), business_on LIMIT 10
"""
STANDING: Final = f"""
    SELECT kind, currency, sum(minor)::bigint AS minor, count(*) FILTER (WHERE minor > 0) AS above,
           coalesce(sum(minor) FILTER (WHERE minor > 0), 0)::bigint AS above_minor
      FROM ({BALANCES.format(where="true")}) AS b GROUP BY kind, currency ORDER BY currency, kind
"""
SEALED: Final = """
    SELECT number, last_sequence, sealed_at FROM ledger_seals ORDER BY number DESC LIMIT 1
"""
WARNINGS: Final = "SELECT count(*) FROM alerts WHERE code = 'ledger_unbalanced' AND status <> 'resolved'"


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run with what it came to; `report` is empty until its first end."""

    id: UUID
    psp: str
    business_on: date
    status: str
    started_at: datetime
    finished_at: datetime | None
    started_by: str
    times: int
    report: Mapping[str, Any]

    @property
    def public_id(self) -> str:
        return encode("run", self.id)

    @property
    def state(self) -> RunState:
        if self.status != "finished":
            return "running" if self.status == "running" else "failed"
        if not self.report["files"]:
            return "file_missing"
        if self.report["open"] or self.report["rejected"]:
            return "differences"
        return "waiting" if self.report["waiting"] else "ok"

    @property
    def costs(self) -> Sequence[Money]:
        """What the PSP took for no payment, by currency; negative: gave back."""
        return [Money(minor, code) for code, minor in self.report.get("costs", {}).items() if minor]

    @property
    def unexplained(self) -> tuple[Money, ...]:
        return tuple(Money(minor, code) for code, minor in self.report.get("unexplained", {}).items())

    @property
    def matched_percent(self) -> str | None:
        """With one decimal, cut and not rounded: 100.0 is all of them."""
        rows = self.report.get("rows", 0)
        if not rows:
            return None
        thousandths = self.report["matched"] * 1000 // rows
        return f"{thousandths // 10}.{thousandths % 10}"

    @property
    def adds_up(self) -> bool:
        report = self.report
        return bool(report["rows"] == report["matched"] + report["differing"] + report["rejected"])


@dataclass(frozen=True, slots=True)
class Cash:
    """A currency's money by where it lies: with the PSP, on its way, on bank statements; claimed, and unexplained."""

    currency: str
    at_psp: Money
    on_its_way: Money
    on_statements: Money
    claimed: Money
    in_suspense: Money


@dataclass(frozen=True, slots=True)
class Sealed:
    """How far the journal is sealed."""

    number: int
    last_sequence: int
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Trial:
    """Whether debits equal credits: `off` names what remains of the currencies where they do not; `warnings`: open alerts
    that a figure does not agree with the books."""

    off: Sequence[Money]
    currencies: int
    sealed: Sealed | None
    warnings: int

    @property
    def balances(self) -> bool:
        return not self.off and not self.warnings


@dataclass(frozen=True, slots=True)
class Owed:
    """How many sellers are below zero in a currency, and by how much together."""

    sellers: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Standing:
    """How the books stand at this moment."""

    trial: Trial
    cash: Sequence[Cash]
    owed: Sequence[Owed]


def last_runs() -> Sequence[RunRow]:
    """The latest day of each PSP."""
    return [_run(row) for row in run(LAST)]


def list_runs(
    cut: Cut, *, psp: str | None = None, first_on: date | None = None, last_on: date | None = None
) -> Page[RunRow]:
    """The latest day first.

    Raises:
        NotFound: the cut's id is malformed.
    """
    asked = {"psp": psp, "first_on": first_on, "last_on": last_on}
    total, rows = _newest("run", "reconciliation_runs", _RUNS, _FOUND, asked, cut, by=("business_on", "id"))
    return page_of([_run(row) for row in rows], cut, total=total, key=lambda found: found.public_id)


def get_run(run_id: UUID) -> RunRow:
    """
    Raises:
        NotFound: there is none.
    """
    rows = run(f"{_RUNS} WHERE id = %(id)s", id=run_id)
    if not rows:
        raise NotFound("no such run")
    return _run(rows[0])


def run_of(psp: str, business_on: date) -> RunRow | None:
    """The run of a day."""
    rows = run(f"{_RUNS} WHERE psp = %(psp)s AND business_on = %(day)s", psp=psp, day=business_on)
    return _run(rows[0]) if rows else None


def list_files(
    cut: Cut, *, psp: str | None = None, status: str | None = None, business_on: date | None = None
) -> Page[SettlementFile]:
    """Files, refused ones too, the newest first.

    Raises:
        NotFound: the cut's id is malformed.
    """
    asked = {"psp": psp, "status": status, "business_on": business_on}
    total, rows = _newest("file", "settlement_files", _FILES, FILES_FOUND, asked, cut, by=("id",))
    return page_of(
        [SettlementFile(**row._mapping) for row in rows], cut, total=total, key=lambda file: file.public_id
    )


def _newest(
    prefix: str, table: str, select: str, found: str, asked: Mapping[str, Any], cut: Cut, *, by: Sequence[str]
) -> tuple[int, Sequence[Row[Any]]]:
    """How many there are, counted up to a bound, and the rows of a page in the order of these columns, the last first; one
    more than the page has where there are more."""
    counted = f"SELECT count(*) FROM (SELECT FROM {table} {found} LIMIT %(most)s) AS found"
    total = int(run(counted, most=COUNTED + 1, **asked)[0][0])
    direction, parameters, further = "ASC" if cut.before else "DESC", dict(asked), ""
    if (edge := cut.after or cut.before) is not None:
        parameters["edge"] = decode(prefix, edge)
        keys, of_edge = ", ".join(by), ", ".join(f"e.{column}" for column in by)
        further = f"""AND ({keys}) {">" if cut.before else "<"}
            (SELECT {of_edge} FROM {table} e WHERE e.id = %(edge)s)"""
    order = ", ".join(f"{column} {direction}" for column in by)
    page = f"{select} {found} {further} ORDER BY {order} LIMIT %(limit)s"
    return total, run(page, limit=cut.limit + 1, **parameters)


def neighbours(found: RunRow) -> Sequence[RunRow]:
    """Runs of the same PSP to compare it with, the nearest days first."""
    return [_run(row) for row in run(NEIGHBOURS, psp=found.psp, id=found.id, day=found.business_on)]


def ours_beside(found: RunRow) -> Mapping[str, int]:
    """By currency, the gross amount that our books have for the rows of the files: theirs and what differs."""
    differ: dict[str, int] = defaultdict(int)
    for row in run(OURS, psp=found.psp, business_on=found.business_on):
        differ[row.currency] = row.differ or 0
    totals = found.report.get("totals", {})
    return {code: sums["gross"] + differ[code] for code, sums in totals.items()}


def standing() -> Standing:
    """All accounts, added up once: whether debits equal credits, where the cash lies, and what sellers owe."""
    with atomic() as session:
        execute(session, WITHOUT_COMPILING)
        rows = execute(session, STANDING).all()
    kinds: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        kinds[row.currency][row.kind] = row.minor
    sums = [Money(sum(found.values()), code) for code, found in kinds.items()]
    return Standing(
        trial=Trial([each for each in sums if each], len(sums), sealed(), int(run(WARNINGS)[0][0])),
        cash=[_cash(code, found) for code, found in sorted(kinds.items())],
        owed=[
            Owed(row.above, Money(row.above_minor, row.currency))
            for row in rows
            if row.kind == "seller_available" and row.above
        ],
    )


def _cash(code: str, kinds: Mapping[str, int]) -> Cash:
    """Claims and what lies in suspense are told with it."""
    return Cash(
        currency=code,
        at_psp=Money(kinds.get("psp_balance", 0), code),
        on_its_way=Money(kinds.get("bank_in_transit", 0), code),
        on_statements=Money(kinds.get("bank", 0), code),
        claimed=Money(kinds.get("psp_claims", 0), code),
        in_suspense=Money(-kinds.get("suspense", 0), code),
    )


def sealed() -> Sealed | None:
    """None: nothing is sealed yet."""
    rows = run(SEALED)
    return Sealed(**rows[0]._mapping) if rows else None


def _run(row: Row[Any]) -> RunRow:
    return RunRow(**row._mapping)
