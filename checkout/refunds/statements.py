"""The literal SQL of making refunds."""

from __future__ import annotations

from typing import Final

PAYMENT: Final = """
    SELECT id, storefront_id, shopper_id, status, currency, psp, psp_intent_id, psp_charge_id, amount_received_minor,
           amount_refunded_minor, amount_disputed_minor
      FROM payments WHERE id = %(id)s
"""

# Never more than was captured less what has gone back or is disputed: whoever asks at the same moment waits for the row,
# and finds what is left then.
COUNT_OUT: Final = """
    UPDATE payments SET amount_refunded_minor = amount_refunded_minor + %(amount)s, updated_at = %(now)s
     WHERE id = %(id)s AND amount_refunded_minor + amount_disputed_minor + %(amount)s <= amount_received_minor
    RETURNING id
"""

INSERT: Final = """
    WITH made AS (
        INSERT INTO refunds (id, payment_id, kind, status, amount_minor, card_minor, wallet_minor, excess_minor, currency,
                             destination, reason, note, metadata, requested_by, in_flight, psp, psp_intent_id,
                             psp_charge_id, psp_request, psp_refund_id, created_at, updated_at)
        VALUES (%(id)s, %(payment_id)s, %(kind)s, %(status)s, %(amount)s, %(card)s, %(wallet)s, %(excess)s, %(currency)s,
                %(destination)s, %(reason)s, %(note)s, %(metadata)s, %(cause)s, %(in_flight)s, %(psp)s, %(intent_id)s,
                %(charge_id)s, %(request)s, %(psp_refund_id)s, %(now)s, %(now)s)
        RETURNING id, status)
    INSERT INTO refund_transitions (refund_id, version, from_status, to_status, cause, at)
    SELECT id, 1, NULL, status, %(cause)s, %(now)s FROM made
"""

INSERT_PARTS: Final = """
    INSERT INTO refund_parts (refund_id, order_id, seller_id, storefront_id, position, card_minor, wallet_minor,
                              commission_minor, logistics_fee_minor, tax_minor)
    SELECT %(id)s, part.order_id, o.seller_id, o.storefront_id, o.position, part.card, part.wallet, part.commission,
           part.logistics_fee, part.tax
      FROM unnest(%(orders)s::uuid[], %(cards)s::bigint[], %(wallets)s::bigint[], %(commissions)s::bigint[],
                  %(logistics_fees)s::bigint[], %(taxes)s::bigint[])
           AS part (order_id, card, wallet, commission, logistics_fee, tax)
      JOIN orders o ON o.id = part.order_id
"""

INSERT_LINES: Final = """
    WITH given AS (
        INSERT INTO refund_lines (refund_id, line_id, quantity)
        SELECT %(id)s, line, quantity FROM unnest(%(lines)s::uuid[], %(quantities)s::integer[]) AS l (line, quantity)
        RETURNING line_id, quantity
    )
    UPDATE order_lines AS l SET refunded_quantity = l.refunded_quantity + given.quantity
      FROM given WHERE l.id = given.line_id
"""

LINES_BACK: Final = """
    UPDATE order_lines AS l SET refunded_quantity = l.refunded_quantity - r.quantity
      FROM refund_lines r WHERE r.refund_id = %(id)s AND l.id = r.line_id
"""

LINES: Final = """
    SELECT l.id, l.order_id, l.quantity, l.refunded_quantity, l.unit_amount_minor
      FROM order_lines l JOIN orders o ON o.id = l.order_id
     WHERE o.payment_id = %(id)s
"""

# What of a refund lies between our balance with the PSP and the shopper, as the journal has it.
IN_TRANSIT: Final = """
    SELECT coalesce(-sum(p.amount_minor), 0)::bigint
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'refund_in_transit'
     WHERE e.source = %(source)s
"""
