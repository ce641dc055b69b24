"""Disputes: what comes in and what goes out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from checkout.api.body import escape_pointer
from checkout.api.schemas.queries import Moment, PageQuery
from checkout.api.schemas.strict import (
    NAME_SHOWN,
    Choice,
    Integer,
    StrictField,
    StrictSchema,
    Text,
)
from checkout.core.errors import FieldError
from checkout.disputes.fields import ALL_TEXTS, FIELDS
from checkout.disputes.states import DISPUTE

STATUSES = tuple(sorted(DISPUTE.states))
KINDS = ("inquiry", "chargeback", "bank_return")
VERSIONS_MOST = 1_000_000
FIELDS_MOST = len(FIELDS)
AMOUNT = {"description": "Minor units of the currency."}


class Words(StrictField, fields.Dict):
    """Words by field of evidence. Which fields there are and how many words each takes is the use case's to say."""

    def __init__(self, **options: Any) -> None:
        options["metadata"] = {
            "maxProperties": FIELDS_MOST,
            "additionalProperties": {"type": "string"},
            "description": f"Field of evidence → words; together at most {ALL_TEXTS} characters.",
            **options.get("metadata", {}),
        }
        super().__init__(**options)

    def read(self, value: Any, pointer: str, mistakes: list[FieldError]) -> dict[str, str]:
        if type(value) is not dict:
            mistakes.append(FieldError(pointer, "invalid_type", "must be an object of strings"))
            return {}
        for name, words in value.items():
            if type(words) is not str:
                place = f"{pointer}/{escape_pointer(name[:NAME_SHOWN])}"
                mistakes.append(FieldError(place, "invalid_type", "must be a string"))
        return value


class NewEvidence(StrictSchema):
    """The draft's words, all of them: a field that is left out is emptied."""

    version = Integer(
        0,
        VERSIONS_MOST,
        required=True,
        metadata={"description": "Of the draft that was read; 0 where nothing was saved yet."},
    )
    texts = Words(required=True)


class DisputesQuery(PageQuery):
    """Which disputes, and where in the list."""

    seller = Text(
        64, metadata={"description": "Disputes of payments that hold an order of this seller, sel_…"}
    )
    payment = Text(64, metadata={"description": "pay_…"})
    status = Choice(STATUSES)
    due_before = Moment(
        metadata={"description": "Those that wait for an answer which is due before this time."}
    )


def _text(description: str = "", *, nullable: bool = False, **more: Any) -> fields.String:
    metadata = {**({"description": description} if description else {}), **more}
    return fields.String(required=True, allow_none=nullable, metadata=metadata)


def _moment(*, nullable: bool = False) -> fields.DateTime:
    return fields.DateTime(required=True, allow_none=nullable)


def _amount(description: str) -> fields.Integer:
    return fields.Integer(required=True, metadata={"description": description})


class DisputeMoney(Schema):
    """What has moved so far. A seller sees what of it is taken from its own orders."""

    withdrawn = _amount("Taken by the bank.")
    reinstated = _amount("Given back by the bank.")
    fees = _amount("What the dispute costs, fees given back deducted.")
    losses = _amount("What of the amount no seller bears.")


class DisputedOrder(Schema):
    """An order of the disputed payment."""

    order = _text("ord_…")
    seller = _text("sel_…")
    amount = _amount("The order's own.")
    withdrawn = _amount("Taken from it for this dispute, and not given back.")
    fee = _amount("Charged to its seller.")
    fee_borne_by = _text("Who bears the fee if the dispute is lost.", enum=["platform", "seller"])


class DisputeMovement(Schema):
    """A movement on the platform's balance at the payment provider."""

    number = _text("The payment provider's number.")
    amount = _amount("Below zero it was taken.")
    fee = _amount("A cost; below zero it was given back.")
    losses = _amount("What of the amount no order bears.")
    at = _moment()


class WantedEvidence(Schema):
    """A field that helps against the reason; the most helpful stands first."""

    field = _text()
    asks = _text("What is asked for.")
    kind = _text(enum=["text", "file"])
    filled_by = _text("person, platform (it collects this by itself), or nobody yet.", nullable=True)


class DisputeFile(Schema):
    """A document: PDF, JPEG or PNG."""

    id = _text("file_…")
    object = fields.String(required=True, metadata={"enum": ["dispute_file"]})
    field = _text("The field of evidence it is for.")
    name = _text()
    media_type = _text()
    size = _amount("Bytes.")
    created_at = _moment()


class SavedEvidence(Schema):
    """The draft after it was saved."""

    object = fields.String(required=True, metadata={"enum": ["dispute_evidence"]})
    version = fields.Integer(required=True)
    updated_at = _moment(nullable=True)
    erased = fields.Boolean(
        required=True, metadata={"description": "It was erased with the person it told of."}
    )


class Evidence(SavedEvidence):
    """What would be submitted: the words, the documents, and what the platform knows by itself."""

    texts = fields.Dict(required=True, keys=fields.String(), values=fields.String())
    collected = fields.Dict(required=True, keys=fields.String(), values=fields.String())
    files = fields.List(fields.Nested(DisputeFile), required=True)


class DisputeAnswer(Schema):
    """What was answered: each round once, unless the payment provider refused it."""

    kind = _text(enum=["submit", "accept"])
    round = _text(enum=["inquiry", "dispute", "appeal"])
    status = _text(enum=["requested", "done", "refused"])
    refusal = _text(nullable=True)
    created_at = _moment()
    ended_at = _moment(nullable=True)


class DisputeStep(Schema):
    """One change of the status."""

    status = _text(enum=list(STATUSES))
    at = _moment()
    cause = _text("event:…, person:usr_…, key:key_… or task:tsk_…")


class DisputeSummary(Schema):
    """A dispute as lists show it."""

    id = _text("dp_…")
    object = fields.String(required=True, metadata={"enum": ["dispute"]})
    payment = _text("pay_…")
    kind = _text(enum=list(KINDS))
    status = _text(enum=list(STATUSES))
    status_in_words = _text()
    reason = _text("The payment provider's word.")
    reason_in_words = _text()
    network_reason_code = _text("The card network's.", nullable=True)
    amount = _amount("Disputed. Among several sellers each sees what was taken from its own orders.")
    currency = _text()
    currency_exponent = fields.Integer(required=True)
    evidence_due_at = _moment(nullable=True)
    due_in_words = _text("As in 3 days.", nullable=True)
    past_due = fields.Boolean(required=True)
    opened_at = _moment()
    closed_at = _moment(nullable=True)
    created_at = _moment()


class Dispute(DisputeSummary):
    """With its money, its orders, what can be said against it, and its way so far."""

    money = fields.Nested(DisputeMoney, required=True)
    orders = fields.List(fields.Nested(DisputedOrder), required=True)
    movements = fields.List(
        fields.Nested(DisputeMovement), required=True, metadata={"description": "None for a seller."}
    )
    checklist = fields.List(fields.Nested(WantedEvidence), required=True)
    evidence = fields.Nested(
        Evidence,
        required=True,
        allow_none=True,
        metadata={"description": "null for one of several sellers: the platform answers for them."},
    )
    answers = fields.List(fields.Nested(DisputeAnswer), required=True)
    timeline = fields.List(fields.Nested(DisputeStep), required=True)


class DisputeList(Schema):
    """Disputes, newest first."""

    object = fields.String(required=True, metadata={"enum": ["list"]})
    data = fields.List(fields.Nested(DisputeSummary), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = _text("Pass it on as `after` (or as `before`, if that was asked for).", nullable=True)


class PaymentDispute(Schema):
    """A payment's newest dispute, in short."""

    id = _text("dp_…")
    kind = _text(enum=list(KINDS))
    status = _text(enum=list(STATUSES))
    reason = _text("The payment provider's word.")
    amount = _amount("Disputed.")
    currency = _text()
    evidence_due_at = _moment(nullable=True)
