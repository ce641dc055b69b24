"""The literal statements of the proof: a page of sellers at a time, PostgreSQL adds up."""

from __future__ import annotations

from typing import Final

# What an order took in and what it cost are read from the orders, what was sent from the payouts; every other movement
# of a seller's four accounts is taken from the journal. Each side has what the other one was not made from.
SELLERS: Final = """
    WITH page AS (
        SELECT * FROM unnest(%(sellers)s::uuid[], %(owners)s::text[]) AS p (seller_id, owner)
    ), legs AS (
        SELECT page.seller_id, a.currency, e.kind, p.order_id, sum(-p.amount_minor) AS minor
          FROM page
          JOIN ledger_accounts a ON a.owner = page.owner AND a.kind IN (
               'seller_pending', 'seller_available', 'seller_reserve', 'payout_in_transit')
          JOIN postings p ON p.account_id = a.id
          JOIN journal_entries e ON e.id = p.entry_id
         GROUP BY page.seller_id, a.currency, e.kind, p.order_id
    ), captured AS (
        SELECT l.seller_id, l.currency, sum(CASE WHEN o.id IS NULL THEN l.minor
                                                 WHEN o.seller_id <> l.seller_id OR o.currency <> l.currency THEN 0
                                                 ELSE o.amount_minor END) AS minor
          FROM (SELECT seller_id, currency, order_id, sum(minor) AS minor FROM legs
                 WHERE kind IN ('payment_captured', 'unapplied_applied') GROUP BY 1, 2, 3) l
          LEFT JOIN orders o ON o.id = l.order_id
         GROUP BY 1, 2
    ), deducted AS (
        SELECT l.seller_id, l.currency, sum(CASE
                   WHEN o.id IS NULL OR o.amount_refunded_minor + o.amount_withdrawn_minor > 0 THEN -l.minor
                   ELSE o.commission_minor + o.logistics_fee_minor
                        + CASE o.tax_collected_by WHEN 'platform' THEN o.tax_amount_minor ELSE 0 END END) AS minor
          FROM (SELECT seller_id, currency, order_id, sum(minor) AS minor FROM legs
                 WHERE kind = 'order_released' GROUP BY 1, 2, 3) l
          LEFT JOIN orders o ON o.id = l.order_id
         GROUP BY 1, 2
    ), sent AS (
        SELECT page.seller_id, p.currency,
               sum(p.amount_minor * (p.times_paid - p.times_returned)) AS arrived,
               sum(p.fee_minor) FILTER (WHERE p.status NOT IN ('failed', 'returned', 'canceled')) AS fees
          FROM page JOIN payouts p ON p.seller_id = page.seller_id
         GROUP BY 1, 2
    ), others AS (
        SELECT seller_id, currency, sum(minor) AS minor FROM legs
         WHERE kind NOT IN ('payment_captured', 'unapplied_applied', 'order_released', 'payout_created',
                            'payout_released', 'payout_paid', 'payout_returned', 'payout_fee_charged',
                            'payout_fee_returned')
         GROUP BY 1, 2
    ), held AS (
        SELECT seller_id, currency, sum(minor) AS minor FROM legs GROUP BY 1, 2
    )
    SELECT h.seller_id, h.currency,
           (coalesce(c.minor, 0) - coalesce(d.minor, 0) + coalesce(o.minor, 0) - coalesce(s.fees, 0))::bigint AS earned,
           (h.minor + coalesce(s.arrived, 0))::bigint AS there
      FROM held h
      LEFT JOIN captured c USING (seller_id, currency)
      LEFT JOIN deducted d USING (seller_id, currency)
      LEFT JOIN others o USING (seller_id, currency)
      LEFT JOIN sent s USING (seller_id, currency)
     ORDER BY h.seller_id, h.currency
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
