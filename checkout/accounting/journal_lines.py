"""The journal of a period as lines, read from one snapshot a few thousand at a time: posting by posting in the journal's
order, or added up by account and day, or by account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final, Literal, get_args
from uuid import UUID

from psycopg.rows import namedtuple_row
from sqlalchemy import Connection

from checkout.accounting.periods import Period
from checkout.core.ids import encode
from checkout.db.session import engine
from checkout.ledger.statements import WITHOUT_COMPILING

Detail = Literal["postings", "days", "period"]
DETAILS: Final = get_args(Detail)
FETCHED: Final = 2_000  # lines at a time: about 2 MB of Python objects
FEW: Final = 5_000  # entries: a page adds up so many in some hundredths of a second
STATEMENT_TIMEOUT: Final = "10min"  # a month of millions is sorted before its first line comes

_SPAN: Final = "e.effective_at >= %(since)s AND e.effective_at < %(before)s"
_OF_CURRENCIES: Final = "(%(currencies)s::text[] IS NULL OR p.currency = ANY(%(currencies)s))"
_WHOLE: Final = "journal_entries e JOIN postings p ON p.entry_id = e.id"
# Some of a period's entries, each with its own postings: what is read does not grow with the period or the journal.
_SOME: Final = f"""(SELECT * FROM journal_entries e WHERE {_SPAN} LIMIT %(most)s) e
     CROSS JOIN LATERAL (SELECT * FROM postings WHERE entry_id = e.id OFFSET 0) p"""
POSTINGS: Final = f"""
    SELECT e.id AS entry_id, e.sequence, (e.effective_at AT TIME ZONE %(zone)s)::date AS day, e.effective_at,
           e.happened_at, e.recorded_at, e.kind, e.source, e.cause, a.kind AS account, a.owner, p.order_id, p.currency,
           greatest(p.amount_minor, 0) AS debit_minor, greatest(-p.amount_minor, 0) AS credit_minor, 1 AS postings
      FROM {{source}} JOIN ledger_accounts a ON a.id = p.account_id
     WHERE {_SPAN} AND {_OF_CURRENCIES} ORDER BY e.sequence, p.id
"""
_ADDED_UP: Final = f"""
    SELECT {{day}} AS day, a.kind AS account, p.currency,
           coalesce(sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0), 0)::bigint AS debit_minor,
           coalesce(-sum(p.amount_minor) FILTER (WHERE p.amount_minor < 0), 0)::bigint AS credit_minor,
           count(*) AS postings
      FROM {{source}} JOIN ledger_accounts a ON a.id = p.account_id
     WHERE {_SPAN} AND {_OF_CURRENCIES} GROUP BY 1, 2, 3 ORDER BY 1, 3, 2
"""
STATEMENTS: Final = {
    "postings": POSTINGS,
    "days": _ADDED_UP.replace("{day}", "(e.effective_at AT TIME ZONE %(zone)s)::date"),
    "period": _ADDED_UP.replace("{day}", "%(last_on)s::date"),
}
SUMS: Final = f"""
    SELECT p.currency, coalesce(sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0), 0)::bigint AS debit,
           coalesce(-sum(p.amount_minor) FILTER (WHERE p.amount_minor < 0), 0)::bigint AS credit,
           count(*) AS postings, count(DISTINCT p.entry_id) AS entries
      FROM {{source}}
     WHERE {_SPAN} GROUP BY p.currency ORDER BY p.currency
"""
COUNT: Final = f"SELECT count(*) FROM (SELECT FROM journal_entries e WHERE {_SPAN} LIMIT %(most)s) AS found"
LOCK_OVER: Final = """
    SELECT id, locked_at FROM accounting_periods
     WHERE unlocked_at IS NULL AND starts_at <= %(since)s AND ends_at >= %(before)s
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One posting, or what an account had of many. One of the two sides is zero for a posting; an entry's facts are empty
    for a sum."""

    day: date
    account: str
    currency: str
    debit_minor: int
    credit_minor: int
    postings: int
    entry: str = ""
    sequence: int = 0
    effective_at: datetime | None = None
    happened_at: datetime | None = None
    recorded_at: datetime | None = None
    kind: str = ""
    source: str = ""
    cause: str = ""
    owner: str = ""
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """What a period posted in a currency; the two sides are equal, or the books are broken."""

    currency: str
    debit_minor: int
    credit_minor: int
    postings: int
    entries: int


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock under which a whole period lies: what is read of it will be the same tomorrow."""

    id: UUID
    locked_at: datetime


@contextmanager
def snapshot() -> Iterator[Connection]:
    """One state of the journal for everything that is read within: what is posted meanwhile is not in it."""
    with _reading() as connection:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
        connection.exec_driver_sql("SET LOCAL cursor_tuple_fraction = 1")  # all of it will be read
        yield connection


@contextmanager
def glance() -> Iterator[Connection]:
    """The same for a page, which reads a bounded part in the time that every statement has."""
    with _reading() as connection:
        # A journal lies in the order of time: to PostgreSQL, which does not know that, reading all of it up to the
        # period looks as near as the index of its days.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql(WITHOUT_COMPILING)
        yield connection


@contextmanager
def _reading() -> Iterator[Connection]:
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine().connect().execution_options(**options) as connection, connection.begin():
        yield connection


def lock_over(connection: Connection, period: Period) -> Lock | None:
    row = connection.exec_driver_sql(LOCK_OVER, _span(period)).first()
    return Lock(row.id, row.locked_at) if row else None


def are_few(connection: Connection, period: Period) -> bool:
    """Whether the period has no more than FEW entries; of more, no more are counted."""
    return int(connection.exec_driver_sql(COUNT, _span(period) | {"most": FEW + 1}).scalar_one()) <= FEW


def sums_of(connection: Connection, period: Period, *, most: int | None = None) -> list[Sum]:
    """One for each currency in which something took effect. `most`: of that many entries alone."""
    statement, parameters = _of(SUMS, most)
    rows = connection.exec_driver_sql(statement, _span(period) | parameters)
    return [Sum(row.currency, row.debit, row.credit, row.postings, row.entries) for row in rows]


def entries_of(
    connection: Connection,
    period: Period,
    detail: Detail,
    *,
    currencies: tuple[str, ...] = (),
    limit: int | None = None,
    most: int | None = None,
) -> Iterator[list[Line]]:
    """The lines that belong together: an entry's, a day's in one currency, a period's in one currency. `limit`: of
    lines; `most`: of that many entries alone, whichever."""
    parameters = _span(period) | {
        "zone": str(period.zone),
        "last_on": period.last_on,
        "currencies": list(currencies) or None,
    }
    statement, more = _of(STATEMENTS[detail], most)
    parameters |= more
    statement += f" LIMIT {limit}" if limit is not None else ""
    rows = _fetched(connection, statement, parameters)
    if detail == "postings":
        for _, group in groupby(rows, lambda row: row.entry_id):
            yield _of_entry(list(group))
    else:
        for _, group in groupby(rows, lambda row: (row.day, row.currency)):
            yield [Line(**row._asdict()) for row in group]


def _fetched(connection: Connection, statement: str, parameters: dict[str, Any]) -> Iterator[Any]:
    """By a cursor on the server: memory does not grow with the period."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor(name="journal", row_factory=namedtuple_row) as cursor:
        cursor.itersize = FETCHED
        cursor.execute(statement, parameters)
        yield from cursor


def _of_entry(rows: list[Any]) -> list[Line]:
    entry = encode("jrn", rows[0].entry_id)
    return [
        Line(
            row.day, row.account, row.currency, row.debit_minor, row.credit_minor, row.postings, entry, row.sequence,
            row.effective_at, row.happened_at, row.recorded_at, row.kind, row.source, row.cause, row.owner, row.order_id,
        )
        for row in rows
    ]  # fmt: skip


def _of(statement: str, most: int | None) -> tuple[str, dict[str, int]]:
    if most is None:
        return statement.replace("{source}", _WHOLE), {}
    return statement.replace("{source}", _SOME), {"most": most}


def _span(period: Period) -> dict[str, Any]:
    return {"since": period.starts_at, "before": period.ends_at}
