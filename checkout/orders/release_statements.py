"""The literal SQL of releasing: which orders are due, and what they hold."""

from __future__ import annotations

from typing import Final

from checkout.sellers.verification import IS_VERIFIED

# What holds.is_releasable() says, of order `o` and its seller `sel`.
DUE: Final = f"""
    o.status = 'delivered' AND o.release_due_at <= %(now)s AND o.refunds_in_flight = 0 AND o.open_disputes = 0
    AND o.amount_minor - o.amount_refunded_minor - o.amount_withdrawn_minor > 0 AND {IS_VERIFIED}
"""

COUNT_DUE: Final = f"SELECT count(*) FROM orders o JOIN sellers sel ON sel.id = o.seller_id WHERE {DUE}"

# A batch in the order of the dates, from where the last one ended. The payment's lock covers its orders; the order's
# own is taken too, so that what another run has released meanwhile is looked at again and falls out. Rows that
# somebody holds are left to the next run: two runs share the work instead of waiting for each other.
TAKE_BATCH: Final = f"""
    SELECT o.id, o.storefront_id, o.seller_id, o.currency, o.amount_minor, o.commission_minor, o.logistics_fee_minor,
           CASE o.tax_collected_by WHEN 'platform' THEN o.tax_amount_minor ELSE 0 END AS tax_minor,
           o.reserve_bps, o.reserve_days, o.amount_refunded_minor, o.amount_withdrawn_minor,
           o.logistics_returned_minor, o.release_due_at
      FROM orders o
      JOIN sellers sel ON sel.id = o.seller_id
      JOIN payments p ON p.id = o.payment_id
     WHERE {DUE} AND (o.release_due_at, o.id) > (%(after_at)s, %(after_id)s)
     ORDER BY o.release_due_at, o.id LIMIT %(limit)s
       FOR UPDATE OF o, p SKIP LOCKED
"""

# What the journal says an order still holds: money is released as it was booked, or not at all.
HELD: Final = """
    SELECT p.order_id, -sum(p.amount_minor)::bigint AS amount_minor
      FROM postings p JOIN ledger_accounts a ON a.id = p.account_id
     WHERE p.order_id = ANY(%(ids)s::uuid[]) AND a.kind = 'seller_pending'
     GROUP BY p.order_id
"""

HOLD_BACK: Final = """
    INSERT INTO reserves (order_id, seller_id, currency, amount_minor, due_at)
    SELECT * FROM unnest(%(orders)s::uuid[], %(sellers)s::uuid[], %(currencies)s::text[], %(amounts)s::bigint[],
                         %(dues)s::timestamptz[])
"""

TAKE_RESERVES: Final = """
    SELECT order_id, seller_id, currency, amount_minor, due_at FROM reserves
     WHERE ended_at IS NULL AND due_at <= %(now)s AND (due_at, order_id) > (%(after_at)s, %(after_id)s)
     ORDER BY due_at, order_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

END_RESERVES: Final = "UPDATE reserves SET ended_at = %(now)s WHERE order_id = ANY(%(ids)s)"

TAKE_UNCONFIRMED: Final = """
    SELECT o.id, o.storefront_id, o.seller_id, o.payment_id, o.currency, o.amount_minor, o.deliver_by_at, sel.hold_days
      FROM orders o
      JOIN sellers sel ON sel.id = o.seller_id
      JOIN payments p ON p.id = o.payment_id
     WHERE o.status = 'shipped' AND o.deliver_by_at <= %(now)s
       AND (o.deliver_by_at, o.id) > (%(after_at)s, %(after_id)s)
     ORDER BY o.deliver_by_at, o.id LIMIT %(limit)s
       FOR UPDATE OF o, p SKIP LOCKED
"""
