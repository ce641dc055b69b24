"""Customers and their store credit, as declared to clients."""

from __future__ import annotations

from marshmallow import Schema, fields

from checkout.api.schemas.payment_request import AMOUNT_MOST
from checkout.api.schemas.queries import Moment, PageQuery
from checkout.api.schemas.strict import Choice, Currency, Email, Integer, Metadata, StrictSchema, Text
from checkout.identity.origins import URL_LENGTH
from checkout.wallets.grant import REASON_LENGTH
from checkout.wallets.queries import ACCOUNT_OF

AMOUNT = {"description": "Minor units of the currency; what the customer has is positive."}


class CustomersQuery(StrictSchema):
    """Who."""

    email = Email(required=True, metadata={"description": "As the customer gave it; in whatever case."})


class WalletEntriesQuery(PageQuery):
    """Which part of the store credit, in which currency, and where in the list."""

    currency = Currency(required=True)
    of = Choice(ACCOUNT_OF, load_default="free", metadata={"description": "What is free, or what is held."})


class NewTopUp(StrictSchema):
    """What the customer puts into the wallet, by card or otherwise, on the payment service provider's page."""

    amount = Integer(1, AMOUNT_MOST, required=True)
    currency = Currency(required=True)
    return_url = Text(URL_LENGTH, required=True, metadata={"format": "uri"})
    cancel_url = Text(URL_LENGTH, allow_none=True, metadata={"format": "uri"})
    metadata = Metadata()


class NewCredit(StrictSchema):
    """Store credit that the platform gives, until a day."""

    amount = Integer(1, AMOUNT_MOST, required=True)
    currency = Currency(required=True)
    expires_at = Moment(required=True)
    reason = Text(
        REASON_LENGTH, required=True, metadata={"description": "Kept; it must not name the customer."}
    )


class KnownCustomer(Schema):
    """Somebody who has bought at a storefront."""

    id = fields.String(required=True, metadata={"description": "cus_…"})
    object = fields.String(required=True, metadata={"enum": ["customer"]})
    created_at = fields.DateTime(required=True)


class CustomerList(Schema):
    """The customers with this address, one at most in each storefront."""

    object = fields.String(required=True, metadata={"enum": ["list"]})
    data = fields.List(fields.Nested(KnownCustomer), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class WalletCredit(Schema):
    """A promotional credit. What is neither free nor held of it was spent."""

    id = fields.String(required=True, metadata={"description": "wcr_…"})
    object = fields.String(required=True, metadata={"enum": ["wallet_credit"]})
    amount = fields.Integer(required=True, metadata=AMOUNT)
    free = fields.Integer(required=True, metadata=AMOUNT)
    held = fields.Integer(required=True, metadata=AMOUNT)
    currency = fields.String(required=True)
    currency_exponent = fields.Integer(required=True)
    expires_at = fields.DateTime(required=True)


class WalletBalance(Schema):
    """One currency. Free and held together are what the platform owes the customer."""

    currency = fields.String(required=True)
    currency_exponent = fields.Integer(required=True)
    free = fields.Integer(required=True, metadata=AMOUNT)
    held = fields.Integer(required=True, metadata={"description": "Held by checkouts that are not paid yet."})
    promotional = fields.Integer(required=True, metadata={"description": "What of `free` ends some day."})
    credits = fields.List(fields.Nested(WalletCredit), required=True)
    as_of = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "jrn_…, the newest ledger entry that these amounts contain."},
    )


class Wallet(Schema):
    """A customer's store credit, in each currency that it was ever in."""

    object = fields.String(required=True, metadata={"enum": ["wallet"]})
    customer = fields.String(required=True, metadata={"description": "cus_…"})
    balances = fields.List(fields.Nested(WalletBalance), required=True)


class WalletEntry(Schema):
    """One movement, and what stood there after it."""

    entry = fields.String(required=True, metadata={"description": "jrn_…"})
    object = fields.String(required=True, metadata={"enum": ["wallet_entry"]})
    type = fields.String(
        required=True, metadata={"description": "The ledger's rule, for example wallet_held."}
    )
    created_at = fields.DateTime(required=True)
    amount = fields.Integer(required=True, metadata=AMOUNT)
    balance = fields.Integer(required=True, metadata=AMOUNT)
    currency = fields.String(required=True)
    currency_exponent = fields.Integer(required=True)
    source = fields.String(required=True, metadata={"description": "What it came from: pay_…, re_…, wcr_…"})


class WalletEntryList(Schema):
    """Movements, newest first."""

    object = fields.String(required=True, metadata={"enum": ["list"]})
    data = fields.List(fields.Nested(WalletEntry), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)
