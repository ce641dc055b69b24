"""What is done about a difference: what comes in."""

from __future__ import annotations

from marshmallow import Schema, fields

from checkout.alerts.escalate import ROLES
from checkout.alerts.notes import REASON_LEAST, TEXT_LENGTH
from checkout.api.schemas.payment_request import AMOUNT_MOST
from checkout.api.schemas.queries import Moment
from checkout.api.schemas.settlements import MINOR, SettlementAlert
from checkout.api.schemas.strict import Choice, Day, Flag, Integer, Several, StrictSchema, Text
from checkout.reconciliation.desk.bulk import BULK_MOST
from checkout.reconciliation.desk.link import TO_MOST
from checkout.reconciliation.desk.resolutions import EXPLAINING, WORDS

NOTE_LENGTH = TEXT_LENGTH


class AssignAlert(StrictSchema):
    """Whose work it is from now on; left out, whoever asks."""

    assignee = Text(64, metadata={"description": "usr_…"})


class SnoozeAlert(StrictSchema):
    """Until when it is put off, at most 90 days, and why."""

    until = Moment(required=True)
    reason = Text(NOTE_LENGTH, required=True)


class DueAlert(StrictSchema):
    """By when it should be explained, at most 366 days from now, and why; left out, by no day."""

    due_on = Day()
    reason = Text(NOTE_LENGTH, required=True)


class UnlinkAlert(StrictSchema):
    """Which join is taken back, and why. dry_run shows the entries and posts nothing."""

    other = Text(64, required=True, metadata={"description": "alr_…, with which it is joined."})
    reason = Text(NOTE_LENGTH, least=REASON_LEAST, required=True)
    dry_run = Flag(load_default=False)


class ReopenAlert(StrictSchema):
    """Why it is looked at again."""

    reason = Text(NOTE_LENGTH, required=True)


class NewNote(StrictSchema):
    text = Text(NOTE_LENGTH, required=True)


class EscalateAlert(StrictSchema):
    """Whom it is handed on to, with what to say."""

    to = Text(64, required=True, metadata={"description": f"usr_…, or a role: {', '.join(ROLES)}."})
    note = Text(NOTE_LENGTH, required=True)


class CauseOfAlert(StrictSchema):
    """What it hangs on; left out, nothing any more."""

    cause = Text(64, metadata={"description": "alr_…"})
    note = Text(NOTE_LENGTH, required=True)


class ResolveAlert(StrictSchema):
    """How a difference is explained, whole or in part. dry_run shows the entries and posts nothing."""

    way = Choice(tuple(WORDS), required=True)
    note = Text(NOTE_LENGTH, least=REASON_LEAST, required=True)
    account = Choice(
        tuple(EXPLAINING),
        metadata={"description": "For post_correction; onto seller_losses a second person decides."},
    )
    amount = Integer(
        -AMOUNT_MOST,
        AMOUNT_MOST,
        metadata={"description": "A part of what is unexplained, with its sign; left out: all of it."},
    )
    claim = Text(
        64, metadata={"description": "alr_…, for psp_claim_paid: whose claim, where several are open."}
    )
    to = Several(Text(64), least=1, most=TO_MOST, metadata={"description": "alr_…, for link_records."})
    until = Moment(metadata={"description": "For expected_later."})
    dry_run = Flag(load_default=False)


class AlertsToAssign(StrictSchema):
    """Whose they are from now on; left out, whoever asks."""

    alerts = Several(Text(64), least=1, most=BULK_MOST, required=True)
    assignee = Text(64, metadata={"description": "usr_…"})


class AlertsToSnooze(StrictSchema):
    """Until when they are put off, at most 90 days, and why."""

    alerts = Several(Text(64), least=1, most=BULK_MOST, required=True)
    until = Moment(required=True)
    reason = Text(NOTE_LENGTH, required=True)


class AlertsToBeDue(StrictSchema):
    """By when they should be explained, and why; left out, by no day."""

    alerts = Several(Text(64), least=1, most=BULK_MOST, required=True)
    due_on = Day()
    reason = Text(NOTE_LENGTH, required=True)


class AlertsToResolve(StrictSchema):
    """The one way in which all of them are explained, each whole."""

    alerts = Several(Text(64), least=1, most=BULK_MOST, required=True)
    way = Choice(tuple(way for way in WORDS if way not in ("link_records", "psp_claim_paid")), required=True)
    note = Text(NOTE_LENGTH, least=REASON_LEAST, required=True)
    account = Choice(
        tuple(EXPLAINING),
        metadata={"description": "For post_correction; onto seller_losses a second person decides."},
    )
    until = Moment(metadata={"description": "For expected_later."})


class BulkOutcome(Schema):
    """What became of one alert. code and detail: why it was refused."""

    alert = fields.String(required=True)
    done = fields.Boolean(required=True)
    code = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True)
    approval = fields.String(required=True, allow_none=True)


class Bulk(Schema):
    """Each alert was done or refused by itself."""

    object = fields.String(required=True)
    done = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    results = fields.List(fields.Nested(BulkOutcome), required=True)


class Suggestion(Schema):
    """What a difference may belong to. ids: for link_records, where kind is alert or alerts; for psp_claim_paid, where it
    is claim."""

    kind = fields.String(required=True)
    ids = fields.List(fields.String(), required=True)
    score = fields.Integer(required=True, metadata={"minimum": 0, "maximum": 100})
    reasons = fields.List(fields.String(), required=True)
    amount = fields.Integer(required=True, metadata=MINOR)
    currency = fields.String(required=True)


class SuggestionList(Schema):
    object = fields.String(required=True)
    data = fields.List(fields.Nested(Suggestion), required=True)


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


class AlertLink(Schema):
    """What it is joined with. size: how much the other record answers for, whatever this one's balance says of it."""

    alert = fields.String(required=True)
    amount = fields.Integer(required=True, metadata=MINOR)
    size = fields.Integer(required=True, metadata=MINOR)
    currency = fields.String(required=True)
    linked_by = fields.String(required=True)
    linked_at = fields.DateTime(required=True)


class Apart(Schema):
    """Both records once their join is taken back: what is unexplained of each. Debit is positive."""

    object = fields.String(required=True)
    entries = fields.List(fields.Nested(PlannedEntry), required=True)
    unexplained = fields.Integer(required=True)
    other = fields.String(required=True)
    other_unexplained = fields.Integer(required=True)
    currency = fields.String(required=True)
    dry_run = fields.Boolean(required=True)
    alert = fields.Nested(SettlementAlert, required=True)


class AlertWork(Schema):
    """An alert with what was done about it, and how it may be resolved."""

    alert = fields.Nested(SettlementAlert, required=True)
    assignee = fields.String(required=True, allow_none=True)
    snoozed_until = fields.DateTime(required=True, allow_none=True)
    times_reopened = fields.Integer(required=True)
    unexplained = fields.Integer(
        required=True, metadata={"description": "What is left of it now, in minor units."}
    )
    claimed = fields.Integer(
        required=True, metadata={"description": "Claimed for it and not paid, in minor units."}
    )
    ways = fields.List(fields.String(), required=True)
    links = fields.List(fields.Nested(AlertLink), required=True)
    notes = fields.List(fields.Nested(AlertNote), required=True)
