"""The literal SQL of reading orders: one JSON document per order, with its lines and its seller's name."""

from __future__ import annotations

from typing import Final

# One JSON document per order `o` with its seller `sel`; used alone and inside the statement that reads a payment.
ORDER_DOCUMENT: Final = """
    jsonb_build_object(
        'id', o.id, 'payment_id', o.payment_id, 'storefront_id', o.storefront_id, 'seller_id', o.seller_id,
        'seller_name', sel.name, 'reference', o.reference, 'status', o.status, 'version', o.version,
        'amount', o.amount_minor, 'currency', o.currency, 'commission', o.commission_minor,
        'logistics_fee', o.logistics_fee_minor, 'tax_amount', o.tax_amount_minor,
        'tax_collected_by', o.tax_collected_by, 'amount_refunded', o.amount_refunded_minor,
        'delivery_from', o.delivery_from, 'delivery_to', o.delivery_to,
        'created_at', o.created_at, 'updated_at', o.updated_at,
        'lines', COALESCE((
            SELECT jsonb_agg(jsonb_build_object('id', l.id, 'kind', l.kind, 'sku', l.sku, 'name', l.name,
                                                'quantity', l.quantity, 'unit_amount', l.unit_amount_minor)
                             ORDER BY l.position)
              FROM order_lines l WHERE l.order_id = o.id), '[]'::jsonb))
"""

ORDERS_OF_PAYMENT: Final = f"""
    COALESCE((SELECT jsonb_agg({ORDER_DOCUMENT} ORDER BY o.position)
                FROM orders o JOIN sellers sel ON sel.id = o.seller_id WHERE o.payment_id = p.id), '[]'::jsonb)
"""

ONE_ORDER: Final = f"""
    SELECT {ORDER_DOCUMENT} AS document FROM orders o JOIN sellers sel ON sel.id = o.seller_id
     WHERE o.id = %(id)s AND (%(storefront_id)s::uuid IS NULL OR o.storefront_id = %(storefront_id)s)
"""
