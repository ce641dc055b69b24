"""The body of POST /v1/payments, as declared to clients."""

from __future__ import annotations

import re

from checkout.api.schemas.strict import (
    Choice,
    Currency,
    Day,
    Email,
    Integer,
    Metadata,
    Object,
    Several,
    StrictSchema,
    Text,
    Uuid,
)
from checkout.identity.origins import URL_LENGTH

AMOUNT_MOST = 99_999_999  # what the PSP takes in one charge
ORDERS_MOST = 50
LINES_MOST = 100  # what the PSP shows on its page
QUANTITY_MOST = 10_000

LOCALE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
CATEGORY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
COUNTRY = re.compile(r"[A-Z]{2}")


class NewLineSchema(StrictSchema):
    """One line of an order, as the shopper sees it on the PSP's page."""

    name = Text(250, required=True)
    quantity = Integer(1, QUANTITY_MOST, required=True)
    unit_amount = Integer(0, AMOUNT_MOST, required=True)
    sku = Text(100, allow_none=True)
    kind = Choice(("item", "shipping"))
    category = Text(40, shape=CATEGORY, what="must be 1 to 40 of a-z, 0-9, - and _", allow_none=True)


class DeliveryWindowSchema(StrictSchema):
    """The days between which the goods should arrive."""

    from_ = Day(required=True, data_key="from")
    to = Day(required=True)


class NewOrderSchema(StrictSchema):
    """One seller's part of the checkout. Its lines, where given, add up to its amount."""

    seller = Text(64, required=True, metadata={"example": "sel_01jd2k8wz5e8p9c4m6h7r3t1vx"})
    reference = Text(200, allow_none=True)
    amount = Integer(1, AMOUNT_MOST, required=True)
    logistics_fee = Integer(0, AMOUNT_MOST)
    tax_amount = Integer(0, AMOUNT_MOST)
    tax_collected_by = Choice(("seller", "platform"))
    lines = Several(Object(NewLineSchema), least=0, most=LINES_MOST)
    estimated_delivery = Object(DeliveryWindowSchema, allow_none=True)


class CustomerSchema(StrictSchema):
    """Who pays. Stands in one table, and in no event, task or log."""

    email = Email(required=True)
    name = Text(200, allow_none=True)
    locale = Text(35, shape=LOCALE, what="must be a language tag like de-DE", allow_none=True)
    country = Text(2, least=2, shape=COUNTRY, what="must be an ISO 3166 country code", allow_none=True)


class NewPaymentSchema(StrictSchema):
    """A checkout of one or more sellers' orders. The sum of the orders is the amount."""

    payment_id = Uuid(allow_none=True)
    amount = Integer(1, AMOUNT_MOST, required=True)
    currency = Currency(required=True)
    wallet_amount = Integer(
        1,
        AMOUNT_MOST,
        metadata={
            "description": "What of the amount is paid with the customer's store credit at this storefront; the rest "
            "is charged by the payment service provider. All of it: nobody is asked for a card. You vouch for the "
            "customer: an address that somebody merely typed is no proof of whose store credit it is."
        },
    )
    orders = Several(Object(NewOrderSchema), least=1, most=ORDERS_MOST, required=True)
    customer = Object(CustomerSchema, required=True)
    return_url = Text(URL_LENGTH, required=True, metadata={"format": "uri"})
    cancel_url = Text(URL_LENGTH, allow_none=True, metadata={"format": "uri"})
    metadata = Metadata()
