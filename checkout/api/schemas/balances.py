"""A seller's balances and their movements, as declared to clients."""

from __future__ import annotations

from marshmallow import Schema, fields

from checkout.api.schemas.queries import Moment, PageQuery
from checkout.api.schemas.strict import Choice, Currency, StrictSchema
from checkout.ledger.seller_balances import ACCOUNT_OF

AMOUNT = {"description": "Minor units of the currency; what is owed to the seller is positive."}


class AsOfQuery(StrictSchema):
    """As it is now, or as it was."""

    at = Moment(
        metadata={"description": "By the entries effective at this time, which must not lie in the future."}
    )


class BalanceEntriesQuery(PageQuery):
    """Which of the four amounts, in which currency, and where in the list."""

    currency = Currency(required=True)
    of = Choice(ACCOUNT_OF, load_default="available", metadata={"description": "One of the four amounts."})


class CurrencyBalance(Schema):
    """The four amounts of one currency. Together they are all that the platform holds for the seller."""

    currency = fields.String(required=True)
    currency_exponent = fields.Integer(required=True)
    on_hold = fields.Integer(required=True, metadata=AMOUNT)
    available = fields.Integer(required=True, metadata=AMOUNT)
    reserved = fields.Integer(required=True, metadata=AMOUNT)
    in_transit = fields.Integer(required=True, metadata=AMOUNT)


class SellerBalances(Schema):
    """One line for each currency in which the seller ever had money."""

    object = fields.String(required=True, metadata={"enum": ["seller_balance"]})
    seller = fields.String(required=True, metadata={"description": "sel_…"})
    at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "As asked for; null for now."}
    )
    balances = fields.List(fields.Nested(CurrencyBalance), required=True)


class BalanceEntry(Schema):
    """One movement, and what stood there after it."""

    entry = fields.String(required=True, metadata={"description": "jrn_…"})
    object = fields.String(required=True, metadata={"enum": ["balance_entry"]})
    type = fields.String(
        required=True, metadata={"description": "The ledger's rule, for example order_released."}
    )
    created_at = fields.DateTime(required=True)
    amount = fields.Integer(required=True, metadata=AMOUNT)
    balance = fields.Integer(required=True, metadata=AMOUNT)
    currency = fields.String(required=True)
    currency_exponent = fields.Integer(required=True)
    order = fields.String(required=True, allow_none=True, metadata={"description": "ord_…"})
    source = fields.String(required=True, metadata={"description": "What it came from: ord_…, po_…, re_…"})


class BalanceEntryList(Schema):
    """Movements, newest first."""

    object = fields.String(required=True, metadata={"enum": ["list"]})
    data = fields.List(fields.Nested(BalanceEntry), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)
