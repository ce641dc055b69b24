"""In which order a seller's orders are listed, and where a page goes on: the place of a row says both. Literal SQL only."""

from __future__ import annotations

from typing import Final, Literal

from checkout.sellers.verification import IS_VERIFIED

Sort = Literal["-date", "date", "-net", "net", "-available", "available"]
SORTS: Final[tuple[Sort, ...]] = ("-date", "date", "-net", "net", "-available", "available")

LEFT: Final = "(o.amount_minor - o.amount_refunded_minor - o.amount_withdrawn_minor)"
PLATFORM_TAX: Final = "(CASE o.tax_collected_by WHEN 'platform' THEN o.tax_amount_minor ELSE 0 END)"

# What orders.holds.hold_reason() says, of order `o` and its seller `sel`; a test holds the two together.
HELD: Final = f"""
    CASE WHEN o.status IN ('canceled', 'closed', 'released') THEN NULL
         WHEN o.status = 'pending' THEN 'not_paid'
         WHEN o.open_disputes > 0 THEN 'disputed'
         WHEN o.refunds_in_flight > 0 THEN 'refund_in_flight'
         WHEN {LEFT} <= 0 THEN 'nothing_left'
         WHEN o.status = 'paid' THEN 'not_shipped'
         WHEN o.status = 'shipped' THEN 'not_delivered'
         WHEN NOT {IS_VERIFIED} THEN 'seller_not_verified'
         WHEN %(now)s < o.release_due_at THEN 'in_hold'
         ELSE 'being_released' END
"""
# What a fee on the order gives back for what was refunded of it: half up, as orders.release_split.given_back().
_GIVEN_BACK: Final = (
    "div(2::numeric * {fee} * o.amount_refunded_minor + o.amount_minor, 2::numeric * o.amount_minor)"
)
# What orders.release_split makes of an order, less nothing but its fees; a test holds the two together.
NET: Final = (
    f"({LEFT} - o.commission_minor + {_GIVEN_BACK.format(fee='o.commission_minor')}"
    f" - {PLATFORM_TAX} + {_GIVEN_BACK.format(fee=PLATFORM_TAX)}"
    " - o.logistics_fee_minor + o.logistics_returned_minor)::bigint"
)
# When it came or comes free, as orders.holds says; what has no date yet is the last.
AVAILABLE: Final = f"""
    coalesce(o.released_at, CASE {HELD} WHEN 'in_hold' THEN o.release_due_at WHEN 'being_released' THEN o.release_due_at
                                        WHEN 'not_delivered' THEN o.deliver_by_at + make_interval(days => sel.hold_days)
                            END, 'infinity')
"""
# Amounts of different currencies are not compared: each currency is a block of its own.
PLACES: Final = {
    "date": ("o.id",),
    "net": ("o.currency", NET, "o.id"),
    "available": (AVAILABLE, "o.id"),
}


def page_statement(rows: str, sort: Sort, *, edge: bool, backwards: bool) -> str:
    """`rows` in the order asked for, after the place of the order `edge` where there is one; `backwards`: those before
    it, nearest first."""
    columns, descends = PLACES[sort.lstrip("-")], sort.startswith("-") != backwards
    beyond = ""
    if edge:
        beyond = f"""
             AND ROW({", ".join(columns)}) {"<" if descends else ">"} (
                 SELECT {", ".join(columns)} FROM orders o JOIN sellers sel ON sel.id = o.seller_id
                  WHERE o.id = %(edge)s AND o.seller_id = %(seller)s)
        """
    direction = "DESC" if descends else "ASC"
    order = ", ".join(f"{column} {direction}" for column in columns)
    return f"{rows} {beyond} ORDER BY {order} LIMIT %(limit)s"
