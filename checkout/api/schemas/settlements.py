"""Settlement files, the runs that compare them with the books, and what differs: what comes in and what goes out."""

from __future__ import annotations

from marshmallow import Schema, fields

from checkout.api.schemas.queries import PageQuery
from checkout.api.schemas.strict import Choice, Currency, Day, StrictSchema, Text, Wrong
from checkout.reconciliation.desk.alert_lists import AGES, SORTS

PSPS = ("stripe", "adyen", "paypal", "bank")
FILE_STATUSES = ("received", "validated", "imported", "matched", "closed", "rejected")
ALERT_STATUSES = ("open", "assigned", "snoozed", "resolved", "unresolved")
SEVERITIES = ("low", "medium", "high", "critical")
MINOR = {"description": "Minor units of the currency."}


class NewSettlementFile(StrictSchema):
    """The fields of the form beside its file."""

    psp = Choice(PSPS, required=True)
    business_on = Day(required=True, metadata={"description": "The day that it settles, in UTC."})


class NewRun(StrictSchema):
    """Which day is compared."""

    psp = Choice(PSPS, required=True)
    business_on = Day(required=True)


class SettlementFilesQuery(PageQuery):
    """Which files, and where in the list."""

    psp = Choice(PSPS)
    business_on = Day()
    status = Choice(FILE_STATUSES)


class RunsQuery(PageQuery):
    """Which runs, and where in the list."""

    psp = Choice(PSPS)
    business_on = Day()


class Minor(Text):
    """An amount in minor units, without its sign: digits, since a query string knows no numbers."""

    def _convert(self, value: str) -> int:
        if not (value.isascii() and value.isdigit()):
            raise Wrong("invalid_format", "must be digits, in minor units")
        return int(value)


class AlertsQuery(PageQuery):
    """Which differences, in which order, and where in the list."""

    psp = Choice(PSPS)
    business_on = Day()
    status = Choice(ALERT_STATUSES, metadata={"description": "unresolved: all but the resolved ones."})
    code = Text(60)
    severity = Choice(SEVERITIES)
    assignee = Text(64, metadata={"description": "usr_…, me or none."})
    age = Choice(tuple(AGES), metadata={"description": "Whole days since it was found."})
    currency = Currency()
    minimum = Minor(
        15, metadata={"description": "Least difference without its sign, in minor units; with currency."}
    )
    maximum = Minor(15, metadata={"description": "Largest difference, as minimum."})
    run = Text(64, metadata={"description": "run_…: of the day that it compared."})
    seller = Text(64, metadata={"description": "sel_…: of payments that hold an order of theirs."})
    due_by = Day(metadata={"description": "Due on that day or before."})
    cause = Text(64, metadata={"description": "alr_…: those that hang on it."})
    sort = Choice(SORTS, load_default="newest")


class FileError(Schema):
    pointer = fields.String(
        required=True, metadata={"description": "/file/lines/N, counted from 1 with the header."}
    )
    code = fields.String(required=True)
    detail = fields.String(required=True)


class FileTotals(Schema):
    rows = fields.Integer(required=True)
    gross = fields.Integer(required=True, metadata=MINOR)
    fee = fields.Integer(required=True, metadata=MINOR)
    net = fields.Integer(required=True, metadata=MINOR)


class SettlementFile(Schema):
    """A file as it was received. rows_total = rows_kept + rows_rejected."""

    id = fields.String(required=True)
    object = fields.String(required=True, metadata={"enum": ["settlement_file"]})
    psp = fields.String(required=True)
    business_on = fields.String(required=True)
    timezone = fields.String(required=True)
    account = fields.String(required=True)
    batch = fields.String(required=True)
    format = fields.String(required=True)
    name = fields.String(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    status = fields.String(required=True)
    rows_total = fields.Integer(required=True)
    rows_kept = fields.Integer(required=True)
    rows_rejected = fields.Integer(required=True)
    totals = fields.Dict(keys=fields.String(), values=fields.Nested(FileTotals), required=True)
    errors = fields.List(fields.Nested(FileError), required=True)
    received_at = fields.DateTime(required=True)


class SettlementFileList(Schema):
    object = fields.String(required=True)
    data = fields.List(fields.Nested(SettlementFile), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class RunFile(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    sha256 = fields.String(required=True)
    rows = fields.Integer(required=True)


class CodeCount(Schema):
    count = fields.Integer(required=True)
    amounts = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": "By currency."}
    )


class Run(Schema):
    """rows = matched + differing + rejected. missing: booked here and in no file; waiting: may still come in the
    files of the next days. difference = ours − theirs."""

    id = fields.String(required=True)
    object = fields.String(required=True)
    psp = fields.String(required=True)
    business_on = fields.String(required=True)
    timezone = fields.String(required=True)
    status = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    finished_at = fields.DateTime(required=True, allow_none=True)
    files = fields.List(fields.Nested(RunFile), required=True)
    rows = fields.Integer(required=True)
    matched = fields.Integer(required=True)
    differing = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    missing = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    open = fields.Integer(required=True)
    totals = fields.Dict(keys=fields.String(), values=fields.Nested(FileTotals), required=True)
    differences = fields.Dict(keys=fields.String(), values=fields.Nested(CodeCount), required=True)
    unexplained = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class RunList(Schema):
    object = fields.String(required=True)
    data = fields.List(fields.Nested(Run), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class SettlementAlert(Schema):
    """One difference, with what both sides say. difference = ours − theirs, in minor units."""

    id = fields.String(required=True)
    object = fields.String(required=True)
    code = fields.String(required=True)
    severity = fields.String(required=True)
    status = fields.String(required=True)
    psp = fields.String(required=True)
    business_on = fields.String(required=True)
    timezone = fields.String(required=True)
    difference = fields.Integer(required=True, metadata=MINOR)
    currency = fields.String(required=True)
    currency_exponent = fields.Integer(required=True)
    ours = fields.Integer(required=True, allow_none=True, metadata=MINOR)
    theirs = fields.Integer(required=True, allow_none=True, metadata=MINOR)
    payment = fields.String(required=True, allow_none=True)
    entry = fields.String(required=True, allow_none=True)
    file = fields.String(required=True, allow_none=True)
    line = fields.Integer(required=True, allow_none=True)
    psp_number = fields.String(
        required=True, allow_none=True, metadata={"description": "The PSP's number of the movement."}
    )
    psp_source = fields.String(
        required=True, allow_none=True, metadata={"description": "The PSP's object that moved."}
    )
    detail = fields.String(required=True)
    resolution = fields.String(required=True, allow_none=True)
    assignee = fields.String(required=True, allow_none=True)
    due_on = fields.String(required=True, allow_none=True)
    age_days = fields.Integer(required=True)
    cause = fields.String(
        required=True, allow_none=True, metadata={"description": "alr_…: what it hangs on."}
    )
    last_note = fields.String(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)


class SettlementAlertList(Schema):
    object = fields.String(required=True)
    data = fields.List(fields.Nested(SettlementAlert), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)
