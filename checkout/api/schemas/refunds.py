"""Refunds: what comes in and what goes out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from checkout.api.schemas.payment_request import AMOUNT_MOST, LINES_MOST, ORDERS_MOST, QUANTITY_MOST
from checkout.api.schemas.payouts import CodeInWords
from checkout.api.schemas.queries import Moment, PageQuery
from checkout.api.schemas.strict import (
    Choice,
    Currency,
    Flag,
    Integer,
    Metadata,
    Object,
    Several,
    StrictSchema,
    Text,
)
from checkout.refunds.request import NOTE_LENGTH
from checkout.refunds.states import REFUND

STATUSES = tuple(sorted(REFUND.states))
KINDS = ("requested", "unapplied", "external")
REASONS = ("requested_by_customer", "duplicate", "fraudulent", "other")
DESTINATIONS = ("card", "wallet")
MINOR = {"description": "Minor units of the currency."}


class OrderToRefund(StrictSchema):
    """A part of one order; all that is left of it where no amount is said."""

    order = Text(64, required=True, metadata={"description": "ord_…"})
    amount = Integer(1, AMOUNT_MOST, metadata=MINOR)


class LineToRefund(StrictSchema):
    """So many pieces of one line."""

    line = Text(64, required=True, metadata={"description": "oli_…"})
    quantity = Integer(1, QUANTITY_MOST, required=True)


class NewRefund(StrictSchema):
    """What goes back: all that is left of a payment or of an order; or one of `amount`, `orders` and `lines`."""

    payment = Text(64, metadata={"description": "pay_…; either this or `order`."})
    order = Text(64, metadata={"description": "ord_…; either this or `payment`."})
    amount = Integer(
        1,
        AMOUNT_MOST,
        metadata={"description": "Minor units; spread over the orders by what is left of each."},
    )
    currency = Currency(metadata={"description": "The payment's, where it is said."})
    orders = Several(Object(OrderToRefund), least=1, most=ORDERS_MOST)
    lines = Several(Object(LineToRefund), least=1, most=LINES_MOST)
    reason = Choice(REASONS)
    note = Text(
        NOTE_LENGTH, metadata={"description": "Required where the reason is `other`. No personal data."}
    )
    return_logistics = Flag(
        load_default=False, metadata={"description": "Whether the logistics fee is given back in proportion."}
    )
    destination = Choice(
        DESTINATIONS,
        load_default="card",
        metadata={
            "description": "card: as much as may go back to it, the rest to the customer's wallet; wallet: all of it, at once."
        },
    )
    metadata = Metadata()


class CancelOrder(StrictSchema):
    """Why, if there is a word for it; the body may be left out."""

    reason = Choice(REASONS, load_default="requested_by_customer")
    note = Text(NOTE_LENGTH)


class RefundsQuery(PageQuery):
    """Which refunds, and where in the list."""

    payment = Text(64, metadata={"description": "pay_…"})
    order = Text(64, metadata={"description": "ord_…"})
    seller = Text(64, metadata={"description": "sel_…"})
    status = Choice(STATUSES)
    kind = Choice(KINDS)
    currency = Currency()
    created_from = Moment(metadata={"description": "Created at or after this time."})
    created_before = Moment(metadata={"description": "Created before this time."})


class UploadQuery(StrictSchema):
    """Whether the file is only looked at."""

    dry_run = Choice(("true", "false"), load_default="true")


def _text(description: str = "", *, nullable: bool = False, **more: Any) -> fields.String:
    metadata = {**({"description": description} if description else {}), **more}
    return fields.String(required=True, allow_none=nullable, metadata=metadata)


def _amount(description: str = "Minor units.") -> fields.Integer:
    return fields.Integer(required=True, metadata={"description": description})


class RefundedLine(Schema):
    """Pieces of a line."""

    line = _text("oli_…")
    quantity = fields.Integer(required=True)


class RefundedOrder(Schema):
    """One order's part: where it went, and which of its fees the platform gave back with it."""

    order = _text("ord_…")
    seller = _text("sel_…")
    amount = _amount()
    to_card = _amount()
    to_wallet = _amount()
    commission_returned = _amount()
    logistics_fee_returned = _amount()
    tax_returned = _amount()
    lines = fields.List(fields.Nested(RefundedLine), required=True)


class RefundStep(Schema):
    """One change of the status."""

    status = _text(enum=list(STATUSES))
    at = fields.DateTime(required=True)
    cause = _text("person:usr_…, key:key_…, task:tsk_… or event:…")


class RefundSummary(Schema):
    """A refund as lists show it. To a seller: its own orders' part of it."""

    id = _text("re_…")
    object = _text(enum=["refund"])
    payment = _text("pay_…")
    kind = _text(
        "requested; unapplied: money of no live order, given back by itself; external: made with the payment "
        "service provider.",
        enum=list(KINDS),
    )
    status = _text(enum=list(STATUSES))
    amount = _amount()
    to_card = _amount()
    to_wallet = _amount()
    currency = _text()
    currency_exponent = fields.Integer(required=True)
    destination = _text(enum=list(DESTINATIONS))
    reason = _text(nullable=True, enum=[*REASONS, None])
    note = _text(nullable=True)
    metadata = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    approval = _text("apr_…: it waits, or waited, for a second person.", nullable=True)
    orders = fields.List(fields.Nested(RefundedOrder), required=True)
    failure = fields.Nested(CodeInWords, required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    succeeded_at = fields.DateTime(required=True, allow_none=True)
    failed_at = fields.DateTime(required=True, allow_none=True)


class Refund(RefundSummary):
    """With its way so far, oldest first."""

    timeline = fields.List(fields.Nested(RefundStep), required=True)


class RefundList(Schema):
    """Refunds, newest first."""

    object = _text(enum=["list"])
    data = fields.List(fields.Nested(RefundSummary), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = _text("Pass it on as `after` (or as `before`, if that was asked for).", nullable=True)


class RefundUploadRow(Schema):
    """What becomes, or became, of one row of the file."""

    row = fields.Integer(
        required=True, metadata={"description": "The line in the file; the header is line 1."}
    )
    status = _text(enum=["would_refund", "refunded", "unchanged", "refused"])
    refund = _text("re_…", nullable=True)
    amount = fields.Integer(required=True, allow_none=True, metadata=MINOR)
    currency = _text(nullable=True)
    code = _text(nullable=True)
    detail = _text(nullable=True)


class RefundUploadTotal(Schema):
    """What the rows that are not refused come to in a currency."""

    currency = _text()
    amount = _amount()
    refunds = fields.Integer(required=True)


class RefundUpload(Schema):
    """Each row's own outcome: a wrong one stops no other."""

    object = _text(enum=["refund_upload"])
    dry_run = fields.Boolean(required=True)
    refused = fields.Integer(required=True, metadata={"description": "Rows."})
    totals = fields.List(fields.Nested(RefundUploadTotal), required=True)
    rows = fields.List(fields.Nested(RefundUploadRow), required=True)
