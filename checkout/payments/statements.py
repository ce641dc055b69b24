"""The literal SQL of reading payments, single statements each."""

from __future__ import annotations

from functools import lru_cache
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

# What a list may be narrowed by. Only what is asked for is said: with `IS NULL OR` around each, PostgreSQL finds a plan
# for all lists dearer than one for this list, and plans again every time it is read.
FILTERS: Final[dict[str, str]] = {
    "storefront_id": "p.storefront_id = %(storefront_id)s",
    "storefront_ids": "p.storefront_id = ANY(%(storefront_ids)s)",
    "status": "p.status = %(status)s",
    "currency": "p.currency = %(currency)s",
    "created_from": "p.created_at >= %(created_from)s",
    "created_before": "p.created_at < %(created_before)s",
}
OF_AN_ORDER: Final[dict[str, str]] = {
    "seller_id": "o.seller_id = %(seller_id)s",
    "reference": "o.reference = %(reference)s",
}

# A keyset page: the boundary row's own time and id, so that a page stays the same while payments are created.
# Each direction walks the index (storefront_id, created_at DESC, id DESC).
EDGES: Final[dict[str, tuple[str, str]]] = {
    "newest": ("", "p.created_at DESC, p.id DESC"),
    "older": ("(p.created_at, p.id) < (%(edge_at)s, %(edge_id)s)", "p.created_at DESC, p.id DESC"),
    "newer": ("(p.created_at, p.id) > (%(edge_at)s, %(edge_id)s)", "p.created_at, p.id"),
}


@lru_cache(maxsize=512)
def page(direction: str, filters: frozenset[str], limit: int) -> str:
    """The statement of a list: "newest", "older" or "newer" than its edge, narrowed by these names of FILTERS and
    OF_AN_ORDER. The limit is part of it: one that is a parameter may be anything, and is planned for as such."""
    edge, order = EDGES[direction]
    of_orders = [OF_AN_ORDER[name] for name in sorted(filters & OF_AN_ORDER.keys())]
    conditions = [FILTERS[name] for name in sorted(filters - OF_AN_ORDER.keys())]
    if of_orders:
        joined = " AND ".join(["o.payment_id = p.id", *of_orders])
        conditions.append(f"EXISTS (SELECT FROM orders o WHERE {joined})")
    if edge:
        conditions.append(edge)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"{VIEW} {where} ORDER BY {order} LIMIT {limit:d}"
