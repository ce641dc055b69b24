"""The rows of a report: the platform's movements of the interval as they were, but for what test cards have planted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from checkout.mockpsp import report_columns
from checkout.mockpsp.behaviours import Lie
from checkout.mockpsp.plants import EXTRA_UNITS, other_currency, unit
from checkout.mockpsp.report_columns import ACTIVITY, major
from checkout.mockpsp.store import parse

Json = dict[str, Any]
Row = dict[str, str]
DAY: Final = 86_400
# Reports of activity leave payouts out; those of payouts tell of automatic ones, and all of the mock's are manual.
PAYOUT_CATEGORIES: Final = ("payout", "payout_reversal")

# What planted a late row moved it into the interval of a day later, whole.
_MOVEMENTS: Final = """
select b.body, p.lie, p.extra, c.body, r.body, d.body, t.body
  from balance_transactions b
  left join plants p on p.balance_transaction = b.id
  left join refunds r on r.id = b.source
  left join disputes d on d.id = b.source
  left join transfer_reversals v on v.id = b.source
  left join transfers t on t.id = coalesce(v.transfer, b.source)
  left join charges c on c.id = coalesce(r.charge, d.charge, b.source)
 where coalesce(b.account, '') = ''
   and ((b.created >= :start and b.created < :before and coalesce(p.lie, '') <> 'day_late')
     or (b.created >= :start - 86400 and b.created < :before - 86400 and p.lie = 'day_late'))
 order by b.seq
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which movements, in Unix seconds from `start` to before `before`, and how they are written."""

    report_type: str
    start: int
    before: int
    columns: tuple[str, ...]
    zone: ZoneInfo
    currency: str | None = None
    category: str | None = None


def rows(connection: sqlite3.Connection, wanted: Wanted) -> Iterator[Row]:
    """In the order in which they happened."""
    if wanted.report_type != ACTIVITY:
        return
    found = connection.execute(_MOVEMENTS, {"start": wanted.start, "before": wanted.before})
    for body, lie, extra, *objects in found:
        movement = parse(body)
        if movement["reporting_category"] in PAYOUT_CATEGORIES:
            continue
        names = ("charge", "refund", "dispute", "transfer")
        about = {name: parse(thing) for name, thing in zip(names, objects, strict=True) if thing}
        row = report_columns.fields(movement, about, wanted.zone)
        for told in _as_told(movement, row, Lie(lie) if lie else None, extra):
            if _matches(told, wanted):
                yield told


def _matches(row: Row, wanted: Wanted) -> bool:
    return wanted.currency in (None, row["currency"]) and wanted.category in (None, row["reporting_category"])


def _as_told(movement: Json, row: Row, lie: Lie | None, extra: str | None) -> list[Row]:
    """The row as the file has it: once, twice, otherwise, or not at all."""
    amount, fee, currency = movement["amount"], movement["fee"], movement["currency"]
    match lie:
        case None | Lie.DAY_LATE:
            return [row]
        case Lie.NEVER:
            return []
        case Lie.TWICE:
            return [row, row]
        case Lie.LOWER_AMOUNT:
            return [row | _sums(amount - unit(currency), fee, currency)]
        case Lie.HIGHER_FEE:
            return [row | _sums(amount, fee + unit(currency), currency)]
        case Lie.OTHER_CURRENCY:
            other = other_currency(currency)
            return [row | _sums(amount, fee, other) | {"currency": other}]
        case Lie.FAILED:
            return [row | _sums(-amount, 0, currency) | {"reporting_category": "charge_failure"}]
        case Lie.MALFORMED:
            return [row | {"gross": row["gross"].replace(".", ",") + ","}]
        case Lie.EXTRA_ROW:
            return [row, _nobody_knows(row, str(extra), currency)]


def _sums(gross: int, fee: int, currency: str) -> Row:
    return {
        "gross": major(gross, currency),
        "fee": major(fee, currency),
        "net": major(gross - fee, currency),
    }


def _nobody_knows(beside: Row, number: str, currency: str) -> Row:
    kept = ("created_utc", "created", "available_on_utc", "available_on", "currency")
    return {name: beside[name] for name in kept} | {
        "balance_transaction_id": number,
        **_sums(-EXTRA_UNITS * unit(currency), 0, currency),
        "reporting_category": "other_adjustment",
    }
