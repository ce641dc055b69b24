"""What is done about a difference: what comes in."""

from __future__ import annotations

from marshmallow import Schema, fields

from checkout.api.schemas.queries import Moment
from checkout.api.schemas.refunds import Flag
from checkout.api.schemas.settlements import MINOR, SettlementAlert
from checkout.api.schemas.strict import Choice, StrictSchema, Text
from checkout.reconciliation.resolutions import EXPLAINING, WORDS

NOTE_LENGTH = 2_000


class AssignAlert(StrictSchema):
    """Whose work it is from now on; left out, whoever asks."""

    assignee = Text(64, metadata={"description": "usr_…"})


class SnoozeAlert(StrictSchema):
    """Until when it is put off, at most 90 days, and why."""

    until = Moment(required=True)
    reason = Text(NOTE_LENGTH, required=True)


class ReopenAlert(StrictSchema):
    """Why it is looked at again."""

    reason = Text(NOTE_LENGTH, required=True)


class NewNote(StrictSchema):
    text = Text(NOTE_LENGTH, required=True)


class ResolveAlert(StrictSchema):
    """How a difference is explained. dry_run shows the entries and posts nothing."""

    way = Choice(tuple(WORDS), required=True)
    note = Text(NOTE_LENGTH, required=True)
    account = Choice(tuple(EXPLAINING), metadata={"description": "For post_correction."})
    until = Moment(metadata={"description": "For expected_later."})
    dry_run = Flag(load_default=False)


class AlertNote(Schema):
    kind = fields.String(required=True)
    author = fields.String(required=True)
    text = fields.String(required=True)
    at = fields.DateTime(required=True)


class PlannedPosting(Schema):
    account = fields.String(required=True)
    amount = fields.Integer(required=True, metadata=MINOR)
    currency = fields.String(required=True)


class PlannedEntry(Schema):
    kind = fields.String(required=True)
    postings = fields.List(fields.Nested(PlannedPosting), required=True)


class Resolution(Schema):
    """Debit is positive. `approval`: who decides, where a second person does; nothing is posted before."""

    object = fields.String(required=True)
    way = fields.String(required=True)
    entries = fields.List(fields.Nested(PlannedEntry), required=True)
    second_person = fields.Boolean(required=True)
    unexplained = fields.Integer(required=True, metadata={"description": "What stays so after it."})
    currency = fields.String(required=True)
    dry_run = fields.Boolean(required=True)
    approval = fields.String(required=True, allow_none=True)
    alert = fields.Nested(SettlementAlert, required=True)


class AlertWork(Schema):
    """An alert with what was done about it, and how it may be resolved."""

    alert = fields.Nested(SettlementAlert, required=True)
    assignee = fields.String(required=True, allow_none=True)
    snoozed_until = fields.DateTime(required=True, allow_none=True)
    times_reopened = fields.Integer(required=True)
    ways = fields.List(fields.String(), required=True)
    notes = fields.List(fields.Nested(AlertNote), required=True)
