"""The literal SQL of reading orders: one JSON document per order, with its lines, its parcels and its seller's name."""

from __future__ import annotations

from typing import Final

from checkout.sellers.verification import IS_VERIFIED

# How far order `o` has come. Nothing of it has begun before the payment's end: the read of a checkout pays for none.
FULFILMENT: Final = f"""
    CASE WHEN o.status NOT IN ('pending', 'canceled') THEN json_build_object(
        'shipped_at', o.shipped_at, 'deliver_by_at', o.deliver_by_at, 'delivered_at', o.delivered_at,
        'release_due_at', o.release_due_at, 'released_at', o.released_at, 'withdrawn', o.amount_withdrawn_minor,
        'refunds_in_flight', o.refunds_in_flight, 'open_disputes', o.open_disputes, 'seller_verified', {IS_VERIFIED},
        'hold_days', sel.hold_days, 'card_part', o.card_part_minor, 'wallet_part', o.wallet_part_minor,
        'shipments', COALESCE((
            SELECT json_agg(json_build_object(
                       'id', s.id, 'carrier', s.carrier, 'tracking_number', s.tracking_number,
                       'delivery_from', s.delivery_from, 'delivery_to', s.delivery_to, 'shipped_at', s.shipped_at,
                       'delivered_at', s.delivered_at, 'lines', COALESCE((
                           SELECT json_agg(json_build_object('line', sl.line_id, 'quantity', sl.quantity)
                                            ORDER BY sl.line_id)
                             FROM shipment_lines sl WHERE sl.shipment_id = s.id), '[]'))
                   ORDER BY s.id) FROM shipments s WHERE s.order_id = o.id), '[]')) END
"""

# One JSON document per order `o` with its seller `sel`; used alone and inside the statement that reads a payment. Its
# white space is folded: the driver remembers how it has read a statement of up to 4 096 characters.
ORDER_DOCUMENT: Final = " ".join(
    f"""
    json_build_object(
        'id', o.id, 'payment_id', o.payment_id, 'storefront_id', o.storefront_id, 'seller_id', o.seller_id,
        'seller_name', sel.name, 'reference', o.reference, 'status', o.status, 'version', o.version,
        'amount', o.amount_minor, 'currency', o.currency, 'commission', o.commission_minor,
        'logistics_fee', o.logistics_fee_minor, 'tax_amount', o.tax_amount_minor,
        'tax_collected_by', o.tax_collected_by, 'amount_refunded', o.amount_refunded_minor,
        'delivery_from', o.delivery_from, 'delivery_to', o.delivery_to,
        'created_at', o.created_at, 'updated_at', o.updated_at, 'fulfilment', {FULFILMENT},
        'lines', COALESCE((
            SELECT json_agg(json_build_object('id', l.id, 'kind', l.kind, 'sku', l.sku, 'name', l.name,
                                                'quantity', l.quantity, 'unit_amount', l.unit_amount_minor,
                                                'category', l.category, 'shipped', l.shipped_quantity,
                                                'refunded', l.refunded_quantity)
                             ORDER BY l.position)
              FROM order_lines l WHERE l.order_id = o.id), '[]'::json))
""".split()
)

ORDERS_OF_PAYMENT: Final = f"""
    COALESCE((SELECT json_agg({ORDER_DOCUMENT} ORDER BY o.position)
                FROM orders o JOIN sellers sel ON sel.id = o.seller_id WHERE o.payment_id = p.id), '[]'::json)
"""

ONE_ORDER: Final = f"""
    SELECT {ORDER_DOCUMENT} AS document FROM orders o JOIN sellers sel ON sel.id = o.seller_id
     WHERE o.id = %(id)s AND (%(storefront_id)s::uuid IS NULL OR o.storefront_id = %(storefront_id)s)
"""
