"""Which lines of a day do not match: the great many that do are set aside by one join, the rest is looked at closely."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from checkout.db.statement import execute
from checkout.reconciliation import compare_statements as statements
from checkout.reconciliation.classify import DifferingLine
from checkout.reconciliation.days import LOOK_AROUND, day_bounds
from checkout.reconciliation.progress import tell
from checkout.reconciliation.queries import SettlementFile

DIFFERENCES_AT_MOST: Final = 10_000  # a night in which everything differs is one fault, not a million alerts
STATEMENT_TIMEOUT: Final = "10min"
PHASES: Final = 3  # the day's lines, what is not plainly equal, and that closely: told as they pass
LOOK_BACK: Final = timedelta(days=7)  # files in which a line of today may have stood before


def differing_lines(session: Session, files: Sequence[SettlementFile], psp: str) -> list[DifferingLine]:
    """Every line of the files that is not what the journal says under its number, in the files' order.

    Joins the caller's transaction, which is the only one that sees the tables it works on.
    """
    execute(session, f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
    execute(session, "DROP TABLE IF EXISTS pg_temp.night, pg_temp.remainder")
    execute(session, statements.NIGHT, files=[file.id for file in files])
    execute(session, statements.ANALYSE_NIGHT)
    tell("match", 1, PHASES)
    if not files:
        return []
    parameters = _parameters(session, files, psp)
    execute(session, statements.REMAINDER, **parameters)
    execute(session, statements.ANALYSE_REMAINDER)
    tell("match", 2, PHASES)
    rows = execute(session, statements.DIFFERING, **parameters).fetchmany(DIFFERENCES_AT_MOST)
    tell("match", PHASES, PHASES)
    return [DifferingLine(**{name: row._mapping[name] for name in DifferingLine.__slots__}) for row in rows]


def _parameters(session: Session, files: Sequence[SettlementFile], psp: str) -> dict[str, Any]:
    accounts = execute(session, statements.ACCOUNTS, psp=psp).one()
    first_day = min(file.business_on for file in files)
    since, _ = day_bounds(first_day - timedelta(days=LOOK_AROUND))
    return {
        "files": [file.id for file in files],
        "psp": psp,
        "balances": accounts.balances,
        "fees": accounts.fees,
        "first_posting": execute(session, statements.FIRST_POSTING, since=since).scalar_one(),
        "received_at": min(file.received_at for file in files),
        "look_back_on": first_day - LOOK_BACK,
    }
