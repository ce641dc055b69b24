"""Statements and transactions, as declared to clients."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, fields

from checkout.api.schemas.queries import Moment as MomentParameter
from checkout.api.schemas.queries import PageQuery
from checkout.api.schemas.strict import Choice, Currency, StrictSchema, Text, Wrong

AMOUNT = {"description": "Minor units of the currency; what is in the seller's favour is positive."}


class Revision(Text):
    """Digits, since a query string knows no numbers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(9, **options)

    def _convert(self, value: str) -> int:
        if not re.fullmatch(r"[1-9][0-9]*", value):
            raise Wrong("out_of_range", "must be an integer from 1")
        return int(value)


class StatementQuery(StrictSchema):
    """In which form, and which revision; without one the newest."""

    format = Choice(("json", "csv"), load_default="json")
    revision = Revision(metadata={"description": "An earlier revision of a corrected statement."})


class MonthQuery(StatementQuery):
    """Of which currency."""

    currency = Currency(required=True)


class StatementLine(Schema):
    """All of one kind together."""

    line = fields.String(required=True)
    name = fields.String(required=True)
    amount = fields.Integer(required=True, metadata=AMOUNT)


class StatementEntry(Schema):
    """One journal entry, and what each line has of it."""

    entry = fields.String(required=True, metadata={"description": "jrn_…"})
    at = fields.DateTime(required=True)
    type = fields.String(required=True)
    source = fields.String(required=True)
    order = fields.String(required=True, allow_none=True)
    amount = fields.Integer(required=True, metadata=AMOUNT)
    parts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class StatementChange(Schema):
    line = fields.String(required=True)
    before = fields.Integer(required=True)
    after = fields.Integer(required=True)


class Correction(Schema):
    """What a later revision changes of the one before."""

    revision = fields.Integer(required=True)
    check_code = fields.String(required=True)
    changes = fields.List(fields.Nested(StatementChange), required=True)


class StatementSummary(Schema):
    """The head of a statement. opening + lines = closing."""

    object = fields.String(required=True, metadata={"enum": ["statement"]})
    id = fields.String(required=True, metadata={"description": "stm_…"})
    revision = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"enum": ["month", "payout"]})
    seller = fields.String(required=True)
    currency = fields.String(required=True)
    currency_exponent = fields.Integer(required=True)
    period = fields.String(required=True, metadata={"description": "2026-11, or the day of the payout."})
    payout = fields.String(required=True, allow_none=True)
    opening = fields.Integer(required=True, metadata=AMOUNT)
    closing = fields.Integer(required=True, metadata=AMOUNT)
    issued_at = fields.DateTime(required=True)
    check_code = fields.String(
        required=True,
        metadata={"description": "SHA-256 of the statement's canonical JSON without this member."},
    )


class Statement(StatementSummary):
    """Canonical JSON: to be kept, and checked with `flask statements verify`."""

    timezone = fields.String(required=True, allow_none=True)
    begins_at = fields.DateTime(required=True, allow_none=True)
    ends_at = fields.DateTime(required=True, allow_none=True)
    lines = fields.List(fields.Nested(StatementLine), required=True)
    entries = fields.List(fields.Nested(StatementEntry), required=True)
    entry_count = fields.Integer(required=True)
    as_of_entry = fields.String(required=True, allow_none=True)
    corrects = fields.Nested(Correction, required=True, allow_none=True)


class StatementList(Schema):
    """The statements that were issued, the last first, each in its newest revision; at most 500."""

    object = fields.String(required=True, metadata={"enum": ["list"]})
    data = fields.List(fields.Nested(StatementSummary), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class TransactionsQuery(PageQuery):
    """Whose movements, and where in the list."""

    customer = Text(64, metadata={"description": "cus_…: of its newest 1 000 payments."})
    seller = Text(64, metadata={"description": "sel_…"})
    payment = Text(64, metadata={"description": "pay_…, with all its orders."})
    currency = Currency()
    type = Text(40, metadata={"description": "The ledger's rule, for example order_released."})
    created_from = MomentParameter(metadata={"description": "Effective at or after this time."})
    created_before = MomentParameter(metadata={"description": "Effective before this time."})


class Transaction(Schema):
    """One posting of a journal entry. A credit on a seller's account is in the seller's favour."""

    id = fields.String(required=True, metadata={"description": "jrn_…-1: the entry and its leg."})
    object = fields.String(required=True, metadata={"enum": ["transaction"]})
    entry = fields.String(required=True)
    type = fields.String(required=True)
    account = fields.String(required=True)
    owner = fields.String(required=True)
    amount = fields.Integer(required=True, metadata={"description": "Minor units, never negative."})
    direction = fields.String(required=True, metadata={"enum": ["debit", "credit"]})
    currency = fields.String(required=True)
    currency_exponent = fields.Integer(required=True)
    order = fields.String(required=True, allow_none=True)
    payment = fields.String(required=True, allow_none=True)
    payout = fields.String(required=True, allow_none=True)
    refund = fields.String(required=True, allow_none=True)
    dispute = fields.String(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)


class TransactionList(Schema):
    """Movements, newest first."""

    object = fields.String(required=True, metadata={"enum": ["list"]})
    data = fields.List(fields.Nested(Transaction), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)
