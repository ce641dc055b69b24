"""The literal SQL of reading payments, single statements each."""

from __future__ import annotations

from typing import Final

from checkout.orders.statements import ORDERS_OF_PAYMENT

VIEW: Final = f"""
    SELECT p.id, p.client_payment_id, p.storefront_id, sf.name AS storefront_name, p.shopper_id,
           sh.key_sealed AS shopper_key, sh.details AS shopper_details, p.livemode, p.status, p.version, p.amount_minor, p.amount_received_minor,
           p.amount_refunded_minor, p.wallet_amount_minor, p.purpose, p.currency, p.return_url, p.cancel_url, p.metadata, p.psp, p.psp_session_id,
           p.psp_charge_id, p.hosted_url, p.session_expires_at, p.method, p.last_error, p.cancel_requested_at,
           p.processing_at, p.succeeded_at, p.ended_at, p.last_synced_at, p.next_sync_at, p.created_at, p.updated_at,
           EXISTS (SELECT FROM payment_facts f WHERE f.payment_id = p.id AND f.kind = 'late_capture') AS late_capture,
           {ORDERS_OF_PAYMENT} AS orders
      FROM payments p
      JOIN storefronts sf ON sf.id = p.storefront_id
      JOIN shoppers sh ON sh.id = p.shopper_id
"""

VIEW_BY_ID: Final = f"""{VIEW}
     WHERE p.id = %(id)s AND (%(storefront_id)s::uuid IS NULL OR p.storefront_id = %(storefront_id)s)
"""

VIEW_BY_CLIENT_ID: Final = f"""{VIEW}
     WHERE p.client_payment_id = %(id)s AND p.storefront_id = %(storefront_id)s
"""

# A keyset page: the boundary row's own time and id, so that a page stays the same while payments are created.
# One form per direction, so that each walks the index (storefront_id, created_at DESC, id DESC).
_FILTERED: Final = f"""{VIEW}
     WHERE (%(storefront_id)s::uuid IS NULL OR p.storefront_id = %(storefront_id)s)
       AND (%(storefront_ids)s::uuid[] IS NULL OR p.storefront_id = ANY(%(storefront_ids)s))
       AND (%(status)s::text IS NULL OR p.status = %(status)s)
       AND (%(currency)s::text IS NULL OR p.currency = %(currency)s)
       AND (%(created_from)s::timestamptz IS NULL OR p.created_at >= %(created_from)s)
       AND (%(created_before)s::timestamptz IS NULL OR p.created_at < %(created_before)s)
       AND ((%(seller_id)s::uuid IS NULL AND %(reference)s::text IS NULL) OR EXISTS (
            SELECT FROM orders o WHERE o.payment_id = p.id
               AND (%(seller_id)s::uuid IS NULL OR o.seller_id = %(seller_id)s)
               AND (%(reference)s::text IS NULL OR o.reference = %(reference)s)))
"""
NEWEST: Final = f"{_FILTERED} ORDER BY p.created_at DESC, p.id DESC LIMIT %(limit)s"
OLDER: Final = f"""{_FILTERED} AND (p.created_at, p.id) < (%(edge_at)s, %(edge_id)s)
     ORDER BY p.created_at DESC, p.id DESC LIMIT %(limit)s
"""
NEWER: Final = f"""{_FILTERED} AND (p.created_at, p.id) > (%(edge_at)s, %(edge_id)s)
     ORDER BY p.created_at, p.id LIMIT %(limit)s
"""
