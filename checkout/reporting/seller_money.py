"""What a seller's first page says: the four amounts with what stands behind each, and what waits for the seller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.ledger.seller_balances import SellerBalance
from checkout.payouts.eligibility import NotPayable, Payable, Terms, assess
from checkout.payouts.facts import read_free, read_instants
from checkout.reporting.seller_order_places import HELD, LEFT, PLATFORM_TAX

FORECAST_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the amounts of one currency. `next_release_at`: None where no held order has a date."""

    held_orders: int = 0
    next_release_at: datetime | None = None
    payouts_under_way: int = 0
    expected_on: date | None = None


@dataclass(frozen=True, slots=True)
class Tasks:
    to_ship: int
    partly_shipped: int


@dataclass(frozen=True, slots=True)
class LastFailed:
    """The newest payout, where it failed or came back: nothing has been paid in its currency since."""

    id: UUID
    amount: Money
    status: str
    failure_code: str | None
    failure_message: str | None
    ended_at: datetime | None

    @property
    def public_id(self) -> str:
        return encode("po", self.id)


# A held order's own date: promised after delivery; before it the latest, where no carrier confirms.
FREE_AT: Final = f"""
    CASE WHEN {HELD} IN ('in_hold', 'being_released') THEN o.release_due_at
         WHEN {HELD} = 'not_delivered' THEN o.deliver_by_at + sel.hold_days * interval '1 day' END
"""
BEHIND_ORDERS: Final = f"""
    SELECT o.currency, count(*) AS orders, min({FREE_AT}) AS next_at
      FROM orders o JOIN sellers sel ON sel.id = o.seller_id
     WHERE o.seller_id = %(seller)s AND o.status IN ('paid', 'shipped', 'delivered') AND {LEFT} > 0
     GROUP BY o.currency
"""
BEHIND_PAYOUTS: Final = """
    SELECT currency, count(*) AS payouts, max(expected_on) AS expected_on FROM payouts
     WHERE seller_id = %(seller)s AND status NOT IN ('paid', 'failed', 'returned', 'canceled') GROUP BY currency
"""
# What orders.ship allows: goods that are neither on their way nor refunded, of an order that does not go back whole.
TASKS: Final = f"""
    SELECT count(*) AS to_ship, count(*) FILTER (WHERE EXISTS (SELECT FROM shipments s WHERE s.order_id = o.id)) AS begun
      FROM orders o
     WHERE o.seller_id = %(seller)s AND o.status = 'paid' AND NOT (o.refunds_in_flight > 0 AND {LEFT} <= 0)
       AND coalesce((SELECT bool_or(l.shipped_quantity + l.refunded_quantity < l.quantity)
                       FROM order_lines l WHERE l.order_id = o.id AND l.kind = 'item'), true)
"""
# The rule of orders.release_split, in SQL; a test holds the two together.
EARNED: Final = f"""
    ({LEFT} - (o.commission_minor - (2 * o.commission_minor * o.amount_refunded_minor + o.amount_minor)
                                    / (2 * o.amount_minor))
            - ({PLATFORM_TAX} - (2 * {PLATFORM_TAX} * o.amount_refunded_minor + o.amount_minor) / (2 * o.amount_minor))
            - (o.logistics_fee_minor - o.logistics_returned_minor))
"""
FORECAST: Final = f"""
    SELECT o.currency, ({FREE_AT} AT TIME ZONE %(zone)s)::date AS day, count(*) AS orders,
           sum({EARNED} - greatest(0, {EARNED}) * o.reserve_bps / 10000)::bigint AS minor
      FROM orders o JOIN sellers sel ON sel.id = o.seller_id
     WHERE o.seller_id = %(seller)s AND o.status IN ('shipped', 'delivered') AND {FREE_AT} < %(until)s
     GROUP BY 1, 2
"""
LAST_FAILED: Final = """
    SELECT id, amount_minor, currency, status, failure_code, failure_message, ended_at
      FROM (SELECT DISTINCT ON (currency) * FROM payouts
             WHERE seller_id = %(seller)s AND status <> 'canceled' ORDER BY currency, created_at DESC, id DESC) AS newest
     WHERE status IN ('failed', 'returned', 'reversing') ORDER BY created_at DESC
"""


def behind(seller_id: UUID, now: datetime) -> Mapping[str, Behind]:
    """By currency."""
    orders = {row.currency: row for row in run(BEHIND_ORDERS, seller=seller_id, now=now)}
    payouts = {row.currency: row for row in run(BEHIND_PAYOUTS, seller=seller_id)}
    return {
        currency: Behind(
            held_orders=orders[currency].orders if currency in orders else 0,
            next_release_at=orders[currency].next_at if currency in orders else None,
            payouts_under_way=payouts[currency].payouts if currency in payouts else 0,
            expected_on=payouts[currency].expected_on if currency in payouts else None,
        )
        for currency in {*orders, *payouts}
    }


def tasks_of(seller_id: UUID) -> Tasks:
    (row,) = run(TASKS, seller=seller_id)
    return Tasks(row.to_ship, row.begun)


def forecast(
    seller_id: UUID, *, today: date, zone: ZoneInfo, now: datetime
) -> Mapping[str, Mapping[date, tuple[int, int]]]:
    """What comes free on each of the next days if nothing else happens, by currency: (orders, minor units). What is
    overdue counts for today."""
    until = datetime.combine(today + timedelta(days=FORECAST_DAYS), datetime.min.time(), zone)
    found: dict[str, dict[date, tuple[int, int]]] = {}
    for row in run(FORECAST, seller=seller_id, now=now, zone=zone.key, until=until):
        days = found.setdefault(row.currency, {})
        day = max(row.day, today)
        orders, minor = days.get(day, (0, 0))
        days[day] = (orders + row.orders, minor + row.minor)
    return found


def last_failed(seller_id: UUID) -> Sequence[LastFailed]:
    return [
        LastFailed(
            row.id,
            Money(row.amount_minor, row.currency),
            row.status,
            row.failure_code,
            row.failure_message,
            row.ended_at,
        )
        for row in run(LAST_FAILED, seller=seller_id)
    ]


def payable_now(seller_id: UUID, balance: SellerBalance, terms: Terms, now: datetime) -> Payable | NotPayable:
    """What a payout asked for now would carry, or why there is none. Nothing is locked: the payout looks again."""
    facts = read_free([(seller_id, balance.currency)])[seller_id, balance.currency].facts
    facts = replace(
        facts, free=balance.available, available=balance.available
    )  # the items are made when it is asked
    if terms.daily_most_minor is not None:
        facts = read_instants(facts, seller_id, now)
    return assess(facts, terms, now)
