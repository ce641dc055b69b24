"""The literal statements of the proof: a page of sellers at a time, PostgreSQL adds up."""

from __future__ import annotations

from typing import Final

# What an order brought its seller is worked out from the order's row alone, by its terms and what was refunded and
# withdrawn of it; what was sent from the payouts; every other movement of a seller's four accounts is taken from the
# journal. Each side has what the other one was not made from. A reversal belongs to what it reverses.
_OF_ORDERS: Final = """('payment_captured', 'unapplied_applied', 'order_released', 'logistics_charged', 'refund_requested',
                      'refund_failed', 'external_refund', 'dispute_withdrawn', 'dispute_reinstated')"""
_OF_PAYOUTS: Final = """('payout_created', 'payout_released', 'payout_paid', 'payout_returned', 'payout_fee_charged',
                       'payout_fee_returned')"""
# Of a fee, what is left to the platform: what was refunded gives its part back, rounded half up.
_KEPT: Final = "({fee} - div(2::numeric * {fee} * (o.amount_refunded_minor - aside.minor) + o.amount_minor, 2::numeric * o.amount_minor))"
_TAX: Final = "(CASE o.tax_collected_by WHEN 'platform' THEN o.tax_amount_minor ELSE 0 END)"
SELLERS: Final = f"""
    WITH page AS (
        SELECT * FROM unnest(%(sellers)s::uuid[], %(owners)s::text[]) AS p (seller_id, owner)
    ), legs AS (
        SELECT page.seller_id, a.currency, coalesce(r.kind, e.kind) AS kind, p.order_id, sum(-p.amount_minor) AS minor
          FROM page
          JOIN ledger_accounts a ON a.owner = page.owner AND a.kind IN (
               'seller_pending', 'seller_available', 'seller_reserve', 'payout_in_transit')
          JOIN postings p ON p.account_id = a.id
          JOIN journal_entries e ON e.id = p.entry_id
          LEFT JOIN journal_entries r ON r.id = e.reverses_entry_id
         GROUP BY 1, 2, 3, 4
    ), by_orders AS (
        SELECT o.seller_id, o.currency, sum(CASE
                   WHEN o.status IN ('paid', 'shipped', 'delivered', 'released')
                   THEN o.amount_minor - o.amount_refunded_minor - o.amount_withdrawn_minor + aside.minor
                   ELSE 0 END - CASE
                   WHEN o.status = 'released'
                   THEN {_KEPT.format(fee="o.commission_minor")} + {_KEPT.format(fee=_TAX)}
                   ELSE 0 END - CASE
                   WHEN o.status = 'released' OR (o.status = 'closed' AND o.shipped_at IS NOT NULL)
                   THEN o.logistics_fee_minor - o.logistics_returned_minor + aside.logistics_minor
                   ELSE 0 END) AS minor
          FROM page JOIN orders o ON o.seller_id = page.seller_id
          LEFT JOIN LATERAL (
               SELECT coalesce(sum(x.card_minor + x.wallet_minor), 0) AS minor,
                      coalesce(sum(x.logistics_fee_minor), 0) AS logistics_minor
                 FROM refund_parts x JOIN refunds r ON r.id = x.refund_id
                WHERE x.order_id = o.id AND r.status = 'awaiting_approval') aside ON true
         GROUP BY 1, 2
    ), of_no_order AS (
        SELECT l.seller_id, l.currency, sum(l.minor) AS minor
          FROM legs l LEFT JOIN orders o ON o.id = l.order_id
         WHERE l.kind IN {_OF_ORDERS} AND o.id IS NULL GROUP BY 1, 2
    ), sent AS (
        SELECT page.seller_id, p.currency,
               sum(p.amount_minor * (p.times_paid - p.times_returned)) AS arrived,
               sum(p.fee_minor) FILTER (WHERE p.status NOT IN ('failed', 'returned', 'canceled')) AS fees
          FROM page JOIN payouts p ON p.seller_id = page.seller_id
         GROUP BY 1, 2
    ), others AS (
        SELECT seller_id, currency, sum(minor) AS minor FROM legs
         WHERE kind NOT IN {_OF_ORDERS} AND kind NOT IN {_OF_PAYOUTS} GROUP BY 1, 2
    ), held AS (
        SELECT seller_id, currency, sum(minor) AS minor FROM legs GROUP BY 1, 2
    )
    SELECT seller_id, currency,
           (coalesce(b.minor, 0) + coalesce(n.minor, 0) + coalesce(o.minor, 0) - coalesce(s.fees, 0))::bigint AS earned,
           (coalesce(h.minor, 0) + coalesce(s.arrived, 0))::bigint AS there
      FROM held h
      FULL JOIN by_orders b USING (seller_id, currency)
      LEFT JOIN of_no_order n USING (seller_id, currency)
      LEFT JOIN others o USING (seller_id, currency)
      LEFT JOIN sent s USING (seller_id, currency)
     ORDER BY seller_id, currency
"""

# A payout is the sum of its items.
SUMS: Final = """
    SELECT p.id, p.amount_minor, coalesce(sum(i.amount_minor), 0)::bigint AS items_minor
      FROM payouts p
      LEFT JOIN payout_lines l ON l.payout_id = p.id
      LEFT JOIN payable_items i ON i.id = l.item_id
     WHERE p.seller_id = ANY(%(sellers)s)
     GROUP BY p.id, p.amount_minor HAVING p.amount_minor <> coalesce(sum(i.amount_minor), 0)
     ORDER BY p.id
"""

# What is reserved is what has not ended.
IN_TRANSIT: Final = """
    WITH page AS (
        SELECT * FROM unnest(%(sellers)s::uuid[], %(owners)s::text[]) AS p (seller_id, owner)
    ), reserved AS (
        SELECT page.seller_id, a.currency, sum(-p.amount_minor)::bigint AS minor
          FROM page
          JOIN ledger_accounts a ON a.owner = page.owner AND a.kind = 'payout_in_transit'
          JOIN postings p ON p.account_id = a.id GROUP BY 1, 2
    ), open AS (
        SELECT page.seller_id, p.currency, sum(p.amount_minor)::bigint AS minor
          FROM page JOIN payouts p ON p.seller_id = page.seller_id
         WHERE p.status NOT IN ('scheduled', 'paid', 'failed', 'returned', 'canceled') GROUP BY 1, 2
    )
    SELECT seller_id, currency, coalesce(r.minor, 0) AS reserved, coalesce(o.minor, 0) AS open
      FROM reserved r FULL JOIN open o USING (seller_id, currency)
     WHERE coalesce(r.minor, 0) <> coalesce(o.minor, 0) ORDER BY 1, 2
"""

# An item is in one payout at most that has not given it back, and that one is the one it names.
ITEMS: Final = """
    SELECT i.id, i.payout_id, array_agg(p.id) FILTER (WHERE p.status NOT IN ('failed', 'returned', 'canceled')) AS live
      FROM payable_items i
      LEFT JOIN payout_lines l ON l.item_id = i.id
      LEFT JOIN payouts p ON p.id = l.payout_id
     WHERE i.seller_id = ANY(%(sellers)s)
     GROUP BY i.id
    HAVING coalesce(array_agg(p.id) FILTER (WHERE p.status NOT IN ('failed', 'returned', 'canceled')), '{}')
           <> CASE WHEN i.payout_id IS NULL THEN '{}'::uuid[] ELSE ARRAY[i.payout_id] END
     ORDER BY i.id
"""
