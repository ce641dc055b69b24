"""What comes out, as declared to clients. Made by representations.py; a test holds the two together."""

from __future__ import annotations

from marshmallow import Schema, fields

from checkout.api.schemas.disputes import PaymentDispute
from checkout.orders.holds import HoldReason
from checkout.orders.states import ORDER
from checkout.payments.states import STATUSES
from checkout.payments.timeline import KINDS

AMOUNT = {"description": "Minor units of the currency."}
MOMENT = {"description": "RFC 3339, UTC, milliseconds."}


def _amount() -> fields.Integer:
    return fields.Integer(required=True, metadata=AMOUNT)


def _text(description: str = "", *, nullable: bool = False) -> fields.String:
    return fields.String(
        required=True, allow_none=nullable, metadata={"description": description} if description else {}
    )


def _moment(*, nullable: bool = False) -> fields.DateTime:
    return fields.DateTime(required=True, allow_none=nullable, metadata=MOMENT)


class Line(Schema):
    id = _text("oli_…")
    kind = fields.String(required=True, metadata={"enum": ["item", "shipping"]})
    sku = _text(nullable=True)
    name = _text()
    quantity = fields.Integer(required=True)
    unit_amount = _amount()
    category = _text("The goods' category, by which the seller's plan may have a rate.", nullable=True)
    shipped_quantity = fields.Integer(required=True, metadata={"description": "How many are on their way."})
    refunded_quantity = fields.Integer(required=True, metadata={"description": "Not to be shipped."})


class EstimatedDelivery(Schema):
    from_ = fields.Date(required=True, data_key="from")
    to = fields.Date(required=True)


class ShippedLine(Schema):
    line = _text("oli_…")
    quantity = fields.Integer(required=True)


class Shipment(Schema):
    """One parcel of an order."""

    id = _text("shp_…")
    object = fields.String(required=True, metadata={"enum": ["shipment"]})
    carrier = _text()
    tracking_number = _text()
    lines = fields.List(
        fields.Nested(ShippedLine),
        required=True,
        metadata={"description": "What is in it; empty where the order names no lines."},
    )
    estimated_delivery = fields.Nested(EstimatedDelivery, required=True, allow_none=True)
    shipped_at = _moment()
    delivered_at = _moment(nullable=True)


class Hold(Schema):
    """Why the seller's money of this order is not free yet."""

    reason = fields.String(required=True, metadata={"enum": [reason.value for reason in HoldReason]})
    detail = _text()
    releases_at = _moment(nullable=True)


class Order(Schema):
    """One seller's part of a payment, with the fees frozen when it was created."""

    id = _text("ord_…")
    object = fields.String(required=True, metadata={"enum": ["order"]})
    payment = _text("pay_…")
    seller = _text("sel_…")
    reference = _text(nullable=True)
    status = fields.String(required=True, metadata={"enum": sorted(ORDER.states)})
    created_at = _moment()
    amount = _amount()
    card_part = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Fixed at the capture."}
    )
    wallet_part = fields.Integer(required=True, allow_none=True, metadata={"description": "Of store credit."})
    commission = _amount()
    logistics_fee = _amount()
    tax_amount = _amount()
    tax_collected_by = fields.String(required=True, metadata={"enum": ["seller", "platform"]})
    seller_amount = _amount()
    amount_refunded = _amount()
    currency = _text("ISO 4217")
    currency_exponent = fields.Integer(required=True)
    lines = fields.List(fields.Nested(Line), required=True)
    estimated_delivery = fields.Nested(EstimatedDelivery, required=True, allow_none=True)
    shipments = fields.List(fields.Nested(Shipment), required=True)
    shipped_at = _moment(nullable=True)
    delivered_at = _moment(nullable=True)
    released_at = _moment(nullable=True)
    hold = fields.Nested(Hold, required=True, allow_none=True)


class NextAction(Schema):
    type = fields.String(required=True, metadata={"enum": ["redirect"]})
    url = _text("The PSP's own page: send the shopper there.")
    expires_at = _moment()


class LastError(Schema):
    """Why the last attempt did not go through. A decline is no HTTP error."""

    code = _text("One of our reasons, for example card_declined.")
    psp_code = _text("The PSP's own word.", nullable=True)
    message = _text(nullable=True)
    at = _moment()


class Settlement(Schema):
    """Whether the PSP's settlement file tells of it; what follows the status is there once it does."""

    status = fields.String(required=True, metadata={"enum": ["not_settled", "settled"]})
    file = fields.String(metadata={"description": "file_…"})
    line = fields.Integer(metadata={"description": "The row's line in the file, from 1."})
    settled_on = fields.Date(metadata={"description": "The PSP's day, in UTC."})
    gross = fields.Integer()
    fee = fields.Integer(metadata={"description": "What the PSP kept."})
    net = fields.Integer(metadata={"description": "gross - fee"})
    currency = fields.String(metadata={"description": "ISO 4217: the one it is settled in."})
    currency_exponent = fields.Integer()


class Payment(Schema):
    """A checkout over one or more sellers' orders."""

    id = _text("pay_…")
    object = fields.String(required=True, metadata={"enum": ["payment"]})
    payment_id = fields.UUID(required=True, allow_none=True, metadata={"description": "The client's own id."})
    purpose = fields.String(required=True, metadata={"enum": ["checkout", "wallet_top_up"]})
    customer = _text("cus_…, whose store credit it uses or fills.")
    status = fields.String(required=True, metadata={"enum": list(STATUSES)})
    created_at = _moment()
    livemode = fields.Boolean(required=True)
    amount = _amount()
    wallet_amount = fields.Integer(
        required=True, metadata={"description": "What of the amount is paid with store credit."}
    )
    amount_received = fields.Integer(
        required=True, metadata={"description": "What has arrived, by card and from store credit together."}
    )
    amount_refunded = _amount()
    currency = _text("ISO 4217")
    currency_exponent = fields.Integer(required=True)
    orders = fields.List(fields.Nested(Order), required=True)
    next_action = fields.Nested(NextAction, required=True, allow_none=True)
    status_url = _text("The shopper's status page. The PSP returns the shopper to it.")
    last_error = fields.Nested(LastError, required=True, allow_none=True)
    dispute = fields.Nested(PaymentDispute, required=True, allow_none=True)
    settlement = fields.Nested(Settlement, required=True)
    metadata = fields.Dict(required=True, keys=fields.String(), values=fields.String())


class FeePlan(Schema):
    currency = _text("Null: for every currency without a plan of its own.", nullable=True)
    currency_exponent = fields.Integer(required=True, allow_none=True)
    version = fields.Integer(required=True)
    commission_bps = fields.Integer(required=True, metadata={"description": "Basis points: 1000 is 10 %."})
    commission_fixed = _amount()
    commission_minimum = _amount()
    categories = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "Basis points for goods of a category, instead of commission_bps."},
    )
    valid_from = _moment()


class Verification(Schema):
    """What the payment provider says of a seller. Only a verified one is paid out."""

    status = fields.String(
        required=True, metadata={"enum": ["unverified", "pending", "verified", "restricted"]}
    )
    requirements = fields.List(
        fields.String(), required=True, metadata={"description": "What it still wants, in its own names."}
    )
    reason = _text("Why not verified, in words.", nullable=True)


class PayoutAccount(Schema):
    """Where payouts of a currency go."""

    currency = _text("ISO 4217.")
    country = _text("ISO 3166.")
    account = _text("The last four characters of its number.")
    status = fields.String(required=True, metadata={"enum": ["pending", "active", "refused"]})
    changed_at = _moment()
    payouts_paused_until = _moment(nullable=True)


class OnboardingLink(Schema):
    """The payment provider's own page. It works once and for minutes."""

    object = fields.String(required=True, metadata={"enum": ["onboarding_link"]})
    url = _text("Send the seller there.")
    expires_at = _moment()


class Seller(Schema):
    """A seller of the platform, with the fee plans in force."""

    id = _text("sel_…")
    object = fields.String(required=True, metadata={"enum": ["seller"]})
    name = _text()
    country = _text(nullable=True)
    status = fields.String(required=True, metadata={"enum": ["active", "suspended"]})
    created_at = _moment()
    hold_days = fields.Integer(required=True)
    payout_schedule = fields.String(
        required=True, metadata={"enum": ["manual", "daily", "weekly", "monthly"]}
    )
    reserve_bps = fields.Integer(required=True)
    reserve_days = fields.Integer(required=True)
    fee_plans = fields.List(fields.Nested(FeePlan), required=True)
    verification = fields.Nested(Verification, required=True)
    payouts_enabled = fields.Boolean(required=True)
    payout_accounts = fields.List(fields.Nested(PayoutAccount), required=True)


class _List(Schema):
    object = fields.String(required=True, metadata={"enum": ["list"]})
    has_more = fields.Boolean(required=True)
    next_cursor = _text("Pass it on as `after` (or as `before`, if that was asked for).", nullable=True)


class PaymentList(_List):
    """Payments, newest first."""

    data = fields.List(fields.Nested(Payment), required=True)


class SellerList(_List):
    """Sellers, newest first."""

    data = fields.List(fields.Nested(Seller), required=True)


class TimelineEntry(Schema):
    """One thing that happened, with what caused it."""

    at = _moment()
    kind = fields.String(required=True, metadata={"enum": list(KINDS)})
    object = _text("What it happened to: pay_… or ord_….")
    name = _text("The new status, the fact, the entry's recipe, the event's type, …")
    cause = _text("request:req_…, event:evt_…, task:tsk_…", nullable=True)
    data = fields.Dict(required=True)


class Timeline(Schema):
    """Everything that happened to a payment, oldest first."""

    object = fields.String(required=True, metadata={"enum": ["list"]})
    data = fields.List(fields.Nested(TimelineEntry), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = _text(nullable=True)


class FieldProblem(Schema):
    """One field that breaks one rule."""

    pointer = _text("A JSON pointer into the body, or /name of a query parameter.")
    code = _text()
    detail = _text()


class Problem(Schema):
    """RFC 9457. `type` resolves on this instance: it explains the code and what to do."""

    type = fields.Url(required=True)
    title = _text()
    status = fields.Integer(required=True)
    detail = _text()
    instance = _text()
    code = _text("Stable: decide by this.")
    request_id = _text("Quote it to support.")
    retryable = fields.Boolean(
        required=True, metadata={"description": "Whether the same request may work later."}
    )
    errors = fields.List(fields.Nested(FieldProblem))
    payment = fields.String(metadata={"description": "The payment that a retry continues."})
    payment_status = fields.String(metadata={"description": "The status that forbids it."})
    payout_status = fields.String(metadata={"description": "The status that forbids it."})
