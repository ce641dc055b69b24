"""Which lines of a day do not match: the great many that do are set aside by one join, the rest is looked at closely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.ids import oldest_at
from checkout.db.statement import execute
from checkout.reconciliation.days import LOOK_AROUND, day_bounds
from checkout.reconciliation.matching import statements
from checkout.reconciliation.matching.classify import DifferingLine
from checkout.reconciliation.progress import tell
from checkout.reconciliation.queries import SettlementFile

DIFFERENCES_AT_MOST: Final = 10_000  # a night in which everything differs is one fault, not a million alerts
STATEMENT_TIMEOUT: Final = "10min"
PHASES: Final = 3  # the day's lines, what is not plainly equal, and that closely: told as they pass
WHOLE_NIGHT: Final = {
    "work_mem": "'128MB'",  # a million numbers with their sums, twice; beyond that PostgreSQL writes to disk
    "enable_nestloop": "off",
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
}
CLOCKS_DIFFER: Final = timedelta(hours=1)  # at most, between the machines that make ids
LOOK_BACK: Final = timedelta(days=7)  # files in which a line of today may have stood before


def differing_lines(session: Session, files: Sequence[SettlementFile], psp: str) -> list[DifferingLine]:
    """Every line of the files that is not what the journal says under its number, in the files' order.

    Joins the caller's transaction, which is the only one that sees the tables it works on.
    """
    execute(session, f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
    tell("match", 1, PHASES)
    if not files:
        return []
    parameters = _parameters(session, files, psp)
    execute(session, "DROP TABLE IF EXISTS pg_temp.remainder, pg_temp.told")
    _whole_night(session, statements.REMAINDER, **parameters)
    neighbours = list(execute(session, statements.NEIGHBOURS, **parameters).scalars())
    if neighbours:
        _whole_night(session, statements.TOLD_BEFORE, **parameters, neighbours=neighbours)
    execute(session, statements.PUT_ASIDE, **parameters)
    execute(session, statements.ANALYSE_REMAINDER)
    execute(session, statements.TOLD, **parameters)
    execute(session, statements.ANALYSE_TOLD)
    tell("match", 2, PHASES)
    # Its cost is overrated a thousandfold: of five thousand lines it was compiled for four seconds, to run for 0.03.
    execute(session, "SET LOCAL jit = off")
    rows = execute(session, statements.FIRST_DIFFERING, **parameters, most=DIFFERENCES_AT_MOST).all()
    execute(session, "SET LOCAL jit TO DEFAULT")
    tell("match", PHASES, PHASES)
    told = (row._mapping for row in rows)
    return [DifferingLine(**{name: line[name] for name in DifferingLine.__slots__}) for line in told]


@dataclass(frozen=True, slots=True)
class FurtherLines:
    """Of one currency, the lines that nobody looked at one by one. theirs, ours: gross; beyond: what our balance has beyond
    the PSP's; file_id, line: the first."""

    currency: str
    lines: int
    theirs: int
    ours: int
    beyond: int
    file_id: UUID
    line: int


def further_lines(
    session: Session, files: Sequence[SettlementFile], psp: str, *, looked_at: int
) -> list[FurtherLines]:
    """What differs beyond the lines that were looked at; after differing_lines() in the same transaction."""
    if looked_at < DIFFERENCES_AT_MOST:
        return []
    rows = execute(session, statements.FURTHER, **_parameters(session, files, psp), looked_at=looked_at)
    return [FurtherLines(**row._mapping) for row in rows]


def lay_out_beyond(session: Session, psp: str, business_on: date, *, kinds: Sequence[str]) -> None:
    """Lays the day's movements whose number stands in no line of the day's files into the table `beyond`."""
    from_at, before_at = day_bounds(business_on)
    files = execute(session, statements.FILES_OF_DAY, psp=psp, business_on=business_on).scalars()
    parameters = {"psp": psp, "first_entry": _first_entry(business_on), "files": list(files)}
    execute(session, "DROP TABLE IF EXISTS pg_temp.beyond")
    _whole_night(
        session, statements.BEYOND, **parameters, kinds=list(kinds), from_at=from_at, before_at=before_at
    )
    execute(session, statements.NUMBER_BEYOND, psp=psp)
    execute(session, statements.ANALYSE_BEYOND)


def _whole_night(session: Session, statement: str, **parameters: Any) -> None:
    """A statement that goes through all lines of a file that nobody has analysed yet: the planner, who takes them for a
    few, is kept from looking each of them up, and from leaving all of the work to one process."""
    execute(session, "; ".join(f"SET LOCAL {name} = {value}" for name, value in WHOLE_NIGHT.items()))
    execute(session, statement, **parameters)
    execute(session, "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in WHOLE_NIGHT))


def _parameters(session: Session, files: Sequence[SettlementFile], psp: str) -> dict[str, Any]:
    accounts = execute(session, statements.ACCOUNTS, psp=psp).one()
    first_day = min(file.business_on for file in files)
    first_entry = _first_entry(first_day)
    return {
        "files": [file.id for file in files],
        "psp": psp,
        "balances": accounts.balances,
        "fees": accounts.fees,
        "first_entry": first_entry,
        "first_posting": execute(session, statements.FIRST_POSTING, first_entry=first_entry).scalar_one(),
        "received_at": min(file.received_at for file in files),
        "look_back_on": first_day - LOOK_BACK,
    }


def _first_entry(business_on: date) -> UUID:
    """The oldest entry whose number may stand in a file of that day, as a rule: ids grow with time."""
    since, _ = day_bounds(business_on - timedelta(days=LOOK_AROUND))
    return oldest_at(since - CLOCKS_DIFFER)
