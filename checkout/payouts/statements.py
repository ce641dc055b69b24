"""The literal statements of making payouts, for any number of sellers at once."""

from __future__ import annotations

from typing import Final

# One row for each (seller, currency) asked for, also where nothing is free. The items are locked in one order; whoever
# comes second waits, and then sees which are still free.
LOCK_FREE: Final = """
    WITH wanted AS (
        SELECT * FROM unnest(%(sellers)s::uuid[], %(owners)s::text[], %(currencies)s::text[])
                      AS w (seller_id, owner, currency)
    ), locked AS (
        SELECT i.id, i.seller_id, i.currency, i.amount_minor
          FROM payable_items i
          JOIN wanted w ON w.seller_id = i.seller_id AND w.currency = i.currency
         WHERE i.payout_id IS NULL
         ORDER BY i.id FOR UPDATE OF i
    ), free AS (
        SELECT seller_id, currency, sum(amount_minor)::bigint AS free_minor, array_agg(id ORDER BY id) AS items
          FROM locked GROUP BY seller_id, currency
    )
    SELECT w.seller_id, w.currency, coalesce(f.free_minor, 0) AS free_minor, coalesce(f.items, '{}') AS items,
           coalesce((SELECT -account_balance(a.id) FROM ledger_accounts a
                      WHERE a.kind = 'seller_available' AND a.owner = w.owner AND a.currency = w.currency), 0)
               AS available_minor,
           sel.status = 'active' AS active, sel.verification_status = 'verified' AS verified, sel.payouts_enabled,
           c.psp_account_id,
           (SELECT max(pa.payouts_paused_until) FROM payout_accounts pa
             WHERE pa.seller_id = w.seller_id AND pa.currency = w.currency) AS paused_until,
           (SELECT h.reason FROM payout_holds h WHERE h.seller_id = w.seller_id AND h.lifted_at IS NULL)
               AS held_because,
           EXISTS (SELECT FROM payouts p WHERE p.seller_id = w.seller_id AND p.currency = w.currency
                      AND p.status IN ('unknown', 'reversing')) AS unresolved
      FROM wanted w
      JOIN sellers sel ON sel.id = w.seller_id
      LEFT JOIN connected_accounts c ON c.seller_id = w.seller_id
      LEFT JOIN free f ON f.seller_id = w.seller_id AND f.currency = w.currency
"""
READ_FREE: Final = LOCK_FREE.replace("FOR UPDATE OF i", "")

# What has not come back; asked after the items are locked, so that of two instant payouts the second sees the first.
INSTANT_PAID: Final = """
    SELECT coalesce(sum(amount_minor + fee_minor), 0)::bigint AS minor FROM payouts
     WHERE seller_id = %(seller)s AND currency = %(currency)s AND kind = 'instant' AND created_at > %(since)s
       AND status NOT IN ('failed', 'returned', 'canceled')
"""

INSERT: Final = """
    WITH made AS (
        INSERT INTO payouts (id, seller_id, currency, kind, period, status, amount_minor, fee_minor, carried_minor,
                             requested_by, psp, psp_account, transfer_request, payout_request, created_at, updated_at,
                             terms_version, minimum_minor, step_minor, fee_bps, fee_minimum_minor)
        SELECT n.id, n.seller_id, n.currency, n.kind, n.period, 'scheduled', n.amount, n.fee, n.carried,
               n.requested_by, %(psp)s, n.account, n.transfer, n.payout, %(now)s, %(now)s, n.terms, n.minimum,
               n.step, n.fee_bps, n.least_fee
          FROM unnest(%(ids)s::uuid[], %(sellers)s::uuid[], %(currencies)s::text[], %(kinds)s::text[],
                      %(periods)s::date[], %(amounts)s::bigint[], %(fees)s::bigint[], %(carried)s::bigint[],
                      %(requested_by)s::text[], %(accounts)s::text[], ARRAY(SELECT jsonb_array_elements(%(transfers)s::jsonb)),
                      ARRAY(SELECT jsonb_array_elements(%(payouts)s::jsonb)),
                      %(terms)s::text[], %(minimums)s::bigint[], %(steps)s::bigint[], %(fee_bps)s::integer[],
                      %(least_fees)s::bigint[])
               AS n (id, seller_id, currency, kind, period, amount, fee, carried, requested_by, account, transfer,
                     payout, terms, minimum, step, fee_bps, least_fee)
        RETURNING id
    )
    INSERT INTO payout_transitions (payout_id, version, from_status, to_status, cause, at)
    SELECT id, 1, NULL, 'scheduled', %(cause)s, %(now)s FROM made
"""

TAKE: Final = """
    WITH pairs AS (
        SELECT * FROM unnest(%(payouts)s::uuid[], %(items)s::bigint[]) AS t (payout_id, item_id)
    ), taken AS (
        UPDATE payable_items i SET payout_id = pairs.payout_id
          FROM pairs WHERE i.id = pairs.item_id AND i.payout_id IS NULL
        RETURNING i.id, i.payout_id
    ), lines AS (
        INSERT INTO payout_lines (payout_id, item_id) SELECT payout_id, id FROM taken
    )
    SELECT count(*) FROM taken
"""

TAKE_FEES: Final = """
    WITH fees AS (
        SELECT p.payout_id, e.id AS entry_id, e.kind, e.effective_at, g.id AS posting_id, g.currency,
               -g.amount_minor AS amount_minor
          FROM unnest(%(sources)s::text[], %(payouts)s::uuid[]) AS p (source, payout_id)
          JOIN journal_entries e ON e.source = p.source AND e.kind = 'payout_fee_charged'
          JOIN postings g ON g.entry_id = e.id
          JOIN ledger_accounts a ON a.id = g.account_id AND a.kind = 'seller_available'
    ), items AS (
        INSERT INTO payable_items (seller_id, currency, posting_id, kind, entry_id, amount_minor, effective_at,
                                   payout_id)
        SELECT o.seller_id, f.currency, f.posting_id, f.kind, f.entry_id, f.amount_minor, f.effective_at, f.payout_id
          FROM fees f JOIN payouts o ON o.id = f.payout_id
        RETURNING id, payout_id
    )
    INSERT INTO payout_lines (payout_id, item_id) SELECT payout_id, id FROM items
"""

CARRY: Final = """
    WITH over AS (
        SELECT * FROM unnest(%(payouts)s::uuid[], %(sellers)s::uuid[], %(currencies)s::text[], %(amounts)s::bigint[])
                      AS o (payout_id, seller_id, currency, amount)
    ), here AS (
        INSERT INTO payable_items (seller_id, currency, carried_by, kind, amount_minor, effective_at, payout_id)
        SELECT seller_id, currency, payout_id, 'carried_over', -amount, %(now)s, payout_id FROM over
        RETURNING id, payout_id
    ), next AS (
        INSERT INTO payable_items (seller_id, currency, carried_by, kind, amount_minor, effective_at)
        SELECT seller_id, currency, payout_id, 'carried_over', amount, %(now)s FROM over
    )
    INSERT INTO payout_lines (payout_id, item_id) SELECT payout_id, id FROM here
"""

WAIT: Final = """
    UPDATE payouts SET waiting_because = %(because)s WHERE id = ANY(%(ids)s)
"""
