"""A customer."""

from __future__ import annotations

from typing import Any

from checkout.mockpsp import object_ids

Json = dict[str, Any]


def customer(params: Json, *, number: int, now: int) -> Json:
    customer_id = object_ids.customer_id()
    return {
        "id": customer_id,
        "object": "customer",
        "address": params.get("address"),
        "balance": 0,
        "created": now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": params.get("description"),
        "discount": None,
        "email": params.get("email"),
        "invoice_prefix": customer_id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "name": params.get("name"),
        "next_invoice_sequence": number,
        "phone": params.get("phone"),
        "preferred_locales": params.get("preferred_locales", []),
        "shipping": params.get("shipping"),
        "tax_exempt": "none",
        "test_clock": None,
    }
