"""Payouts and their schedules: what comes in and what goes out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from checkout.api.schemas.queries import PageQuery
from checkout.api.schemas.strict import Choice, Currency, Integer, StrictSchema, Text
from checkout.payouts.schedules import MINIMUM_AT_MOST, RHYTHMS
from checkout.payouts.states import PAYOUT

STATUSES = tuple(sorted(PAYOUT.states))
KINDS = ("scheduled", "manual", "instant")
METHODS = ("standard", "instant")
REASON_LENGTH = 500
AMOUNT = {"description": "Minor units of the currency."}


class NewPayout(StrictSchema):
    """Whose money is paid out. All that is eligible in the currency goes."""

    seller = Text(64, required=True, metadata={"description": "sel_…"})
    currency = Currency(required=True)
    method = Choice(
        METHODS,
        load_default="standard",
        metadata={
            "description": "instant arrives within minutes, for a fee of 1 %, at least 0.50, and takes at most 5,000 of the "
            "currency within 24 hours."
        },
    )


class CancelPayout(StrictSchema):
    """A word for the record, if there is one; the body may be left out."""

    reason = Text(REASON_LENGTH, allow_none=True)


class NewSchedule(StrictSchema):
    """When a seller is paid in a currency."""

    currency = Currency(required=True)
    rhythm = Choice(RHYTHMS, required=True)
    weekday = Integer(0, 6, allow_none=True, metadata={"description": "0 is Monday; weekly only."})
    day_of_month = Integer(
        1,
        31,
        allow_none=True,
        metadata={"description": "Monthly only; a shorter month is paid on its last day."},
    )
    minimum = Integer(
        0, MINIMUM_AT_MOST, load_default=0, metadata={"description": "Below it everything waits."}
    )


class PayoutsQuery(PageQuery):
    """Which payouts, and where in the list."""

    seller = Text(64, metadata={"description": "sel_…"})
    status = Choice(STATUSES)
    currency = Currency()
    kind = Choice(KINDS)


class ScheduleQuery(StrictSchema):
    """The schedule of which currency."""

    currency = Currency(required=True)


def _text(description: str = "", *, nullable: bool = False, **more: Any) -> fields.String:
    metadata = {**({"description": description} if description else {}), **more}
    return fields.String(required=True, allow_none=nullable, metadata=metadata)


def _moment(*, nullable: bool = False) -> fields.DateTime:
    return fields.DateTime(required=True, allow_none=nullable)


class CodeInWords(Schema):
    """A code to decide by, and a sentence for the seller."""

    code = _text()
    message = _text()


class PayoutItem(Schema):
    """One part of the amount: an order's release, or whatever else moved the seller's balance."""

    kind = _text("The ledger's rule, as order_released; or carried_over, what a currency's step leaves over.")
    order = _text("ord_…", nullable=True)
    amount = fields.Integer(required=True, metadata=AMOUNT)
    entry = _text("jrn_…", nullable=True)


class PayoutStep(Schema):
    """One change of the status."""

    status = _text(enum=list(STATUSES))
    at = _moment()
    cause = _text("person:usr_…, key:key_…, task:tsk_… or event:…")


class PayoutTerms(Schema):
    """The rules a payout was made by, as they were then. Amounts in minor units."""

    version = _text("The name of the rules.")
    minimum = fields.Integer(required=True, metadata={"description": "The schedule's; nothing below it."})
    step = fields.Integer(required=True, metadata={"description": "The amount is a multiple of it."})
    fee_bps = fields.Integer(required=True)
    fee_minimum = fields.Integer(required=True)


class PayoutSummary(Schema):
    """A payout as lists show it. `in_transit` is sent, `paid` has arrived."""

    id = _text("po_…")
    object = fields.String(required=True, metadata={"enum": ["payout"]})
    seller = _text("sel_…")
    amount = fields.Integer(required=True, metadata={"description": "What leaves for the bank, minor units."})
    currency = _text()
    currency_exponent = fields.Integer(required=True)
    fee = fields.Integer(
        required=True, metadata={"description": "Taken from the balance besides the amount."}
    )
    carried = fields.Integer(
        required=True, metadata={"description": "What the currency's step leaves for the next payout."}
    )
    status = _text(enum=list(STATUSES))
    kind = _text(enum=list(KINDS))
    period = fields.Date(
        required=True, allow_none=True, metadata={"description": "The schedule's date it pays."}
    )
    bank_last4 = _text("The last four characters of the account it was sent to.", nullable=True)
    terms = fields.Nested(
        PayoutTerms,
        required=True,
        allow_none=True,
        metadata={"description": "Null: made before terms were kept."},
    )
    expected_on = fields.Date(required=True, allow_none=True)
    timezone = _text("Of period and expected_on.")
    created_at = _moment()
    sent_at = _moment(nullable=True)
    arrived_at = _moment(nullable=True)
    failure = fields.Nested(CodeInWords, required=True, allow_none=True)
    waiting_because = fields.Nested(CodeInWords, required=True, allow_none=True)


class Payout(PayoutSummary):
    """With what it is made of, at most the first thousand items, and its way so far, oldest first."""

    item_count = fields.Integer(required=True)
    items = fields.List(fields.Nested(PayoutItem), required=True)
    timeline = fields.List(fields.Nested(PayoutStep), required=True)


class PayoutList(Schema):
    """Payouts, newest first."""

    object = fields.String(required=True, metadata={"enum": ["list"]})
    data = fields.List(fields.Nested(PayoutSummary), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = _text("Pass it on as `after` (or as `before`, if that was asked for).", nullable=True)


class ScheduledDay(Schema):
    """A day to come: the date by the rhythm, the business day it is paid on, and why they differ."""

    period = fields.Date(required=True)
    on = fields.Date(required=True)
    timezone = _text()
    moved_because = _text("weekend, or the holiday's name.", nullable=True)


class PayoutSchedule(Schema):
    """When a seller is paid in a currency, and the next three dates; of a manual one there are none."""

    object = fields.String(required=True, metadata={"enum": ["payout_schedule"]})
    seller = _text("sel_…")
    currency = _text()
    currency_exponent = fields.Integer(required=True)
    rhythm = _text(enum=list(RHYTHMS))
    weekday = fields.Integer(required=True, allow_none=True)
    day_of_month = fields.Integer(required=True, allow_none=True)
    minimum = fields.Integer(required=True, metadata=AMOUNT)
    in_words = _text()
    next = fields.List(fields.Nested(ScheduledDay), required=True)
