"""Payouts for those who read them: the list of a seller or of all, what one is made of, and what was paid by week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.payouts.payout import COLUMNS, Payout, payout_with
from checkout.reporting.paging import COUNTED, EXPORTED, Cut, Page, page_of

WEEKS: Final = 12
LINES_SHOWN: Final = 200  # of each kind; the sum is of all


@dataclass(frozen=True, slots=True)
class PayoutFilter:
    """None does not filter. `created_before` is not included."""

    seller_id: UUID | None = None
    status: str | None = None
    currency: str | None = None
    kind: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """One payout of a list, with its seller's name and how many orders it pays."""

    payout: Payout
    seller_name: str
    orders: int

    @property
    def public_id(self) -> str:
        return self.payout.public_id


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a payout. `order` where an order is behind it, with its own number."""

    kind: str
    order_id: UUID | None
    reference: str | None
    amount: Money
    effective_at: datetime

    @property
    def order(self) -> str | None:
        return encode("ord", self.order_id) if self.order_id else None


@dataclass(frozen=True, slots=True)
class Kind:
    """All parts of one kind: their sum and number, and the first LINES_SHOWN of them."""

    kind: str
    amount: Money
    count: int
    lines: Sequence[Line]


_SHOWN: Final = ", ".join(f"p.{name.strip()}" for name in COLUMNS.split(","))
WHERE: Final = """
     WHERE (%(seller_id)s::uuid IS NULL OR p.seller_id = %(seller_id)s)
       AND (%(status)s::text[] IS NULL OR p.status = ANY(%(status)s))
       AND (%(currency)s::text IS NULL OR p.currency = %(currency)s)
       AND (%(kind)s::text IS NULL OR p.kind = %(kind)s)
       AND (%(created_from)s::timestamptz IS NULL OR p.created_at >= %(created_from)s)
       AND (%(created_before)s::timestamptz IS NULL OR p.created_at < %(created_before)s)
"""
ROWS: Final = f"""
    SELECT {_SHOWN}, sel.name AS seller_name,
           (SELECT count(DISTINCT i.order_id) FROM payout_lines l JOIN payable_items i ON i.id = l.item_id
             WHERE l.payout_id = p.id) AS orders
      FROM payouts p JOIN sellers sel ON sel.id = p.seller_id {WHERE}
"""
NEWEST: Final = f"{ROWS} ORDER BY p.id DESC LIMIT %(limit)s"
OLDER: Final = f"{ROWS} AND p.id < %(edge)s ORDER BY p.id DESC LIMIT %(limit)s"
NEWER: Final = f"{ROWS} AND p.id > %(edge)s ORDER BY p.id LIMIT %(limit)s"
COUNT: Final = f"SELECT count(*) FROM (SELECT FROM payouts p {WHERE} LIMIT %(most)s) AS found"

# The items of each kind are numbered, so that the first of them come with the sum of all in one statement.
KINDS: Final = """
    WITH parts AS (
        SELECT i.id, i.kind, i.order_id, i.amount_minor, i.effective_at,
               row_number() OVER (PARTITION BY i.kind ORDER BY i.id) AS place,
               sum(i.amount_minor) OVER (PARTITION BY i.kind) AS whole, count(*) OVER (PARTITION BY i.kind) AS number
          FROM payout_lines l JOIN payable_items i ON i.id = l.item_id WHERE l.payout_id = %(id)s)
    SELECT parts.kind, parts.order_id, o.reference, parts.amount_minor, parts.effective_at, parts.whole::bigint AS whole,
           parts.number
      FROM parts LEFT JOIN orders o ON o.id = parts.order_id WHERE parts.place <= %(limit)s ORDER BY parts.id
"""
BY_WEEK: Final = """
    SELECT currency, date_trunc('week', created_at AT TIME ZONE %(zone)s)::date AS week, count(*) AS payouts,
           sum(amount_minor)::bigint AS minor
      FROM payouts
     WHERE seller_id = %(seller)s AND created_at >= %(since)s AND status NOT IN ('failed', 'returned', 'canceled')
     GROUP BY 1, 2
"""


def list_payouts(filters: PayoutFilter, cut: Cut, *, words: Sequence[str] | None = None) -> Page[PayoutRow]:
    """A page, newest first; `cut` names payouts by their public ids. `words`: statuses that are shown as one.

    Raises:
        NotFound: the cut's id is malformed.
    """
    parameters = _parameters(filters, words)
    edge = cut.after or cut.before
    statement = NEWEST if edge is None else (OLDER if cut.after else NEWER)
    edges = {"edge": decode("po", edge)} if edge is not None else {}
    rows = [_row(row) for row in run(statement, limit=cut.limit + 1, **parameters, **edges)]
    total = int(run(COUNT, most=COUNTED + 1, **parameters)[0][0])
    return page_of(rows, cut, total=total, key=lambda row: row.public_id)


def export_payouts(filters: PayoutFilter, *, words: Sequence[str] | None = None) -> list[PayoutRow]:
    """The newest EXPORTED payouts of the filter."""
    return [_row(row) for row in run(NEWEST, limit=EXPORTED, **_parameters(filters, words))]


def kinds_of(payout_id: UUID, currency: str) -> Sequence[Kind]:
    """What a payout is made of: the amounts of all kinds sum to its own."""
    rows = run(KINDS, id=payout_id, limit=LINES_SHOWN)
    lines: dict[str, list[Line]] = {}
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        sums[row.kind] = (row.whole, row.number)
        lines.setdefault(row.kind, []).append(
            Line(row.kind, row.order_id, row.reference, Money(row.amount_minor, currency), row.effective_at)
        )
    return [Kind(kind, Money(whole, currency), number, lines[kind]) for kind, (whole, number) in sums.items()]


def by_week(
    seller_id: UUID, *, today: date, zone: ZoneInfo
) -> tuple[date, Mapping[str, Mapping[date, tuple[int, int]]]]:
    """The first Monday, and for each currency the weeks' (payouts, minor units), of those that did not come back."""
    first = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    since = datetime.combine(first, datetime.min.time(), zone)
    found: dict[str, dict[date, tuple[int, int]]] = {}
    for row in run(BY_WEEK, seller=seller_id, zone=zone.key, since=since):
        found.setdefault(row.currency, {})[row.week] = (row.payouts, row.minor)
    return first, found


def _parameters(filters: PayoutFilter, words: Sequence[str] | None) -> dict[str, Any]:
    asked = asdict(filters)
    asked["status"] = list(words) if words is not None else ([filters.status] if filters.status else None)
    return asked


def _row(row: Any) -> PayoutRow:
    values = dict(row._mapping)
    name, orders = values.pop("seller_name"), values.pop("orders")
    return PayoutRow(payout_with(values), name, orders)
