"""Approvals: what comes in and what goes out."""

from __future__ import annotations

from marshmallow import Schema, fields

from checkout.api.schemas.queries import PageQuery
from checkout.api.schemas.strict import Choice, StrictSchema, Text
from checkout.approvals.decide import REASON_LENGTH
from checkout.approvals.states import STATUSES


class ApprovalsQuery(PageQuery):
    """Which approvals, and where in the list."""

    status = Choice(STATUSES)


class ApproveSchema(StrictSchema):
    """A word for the record, if there is one; the body may be left out."""

    reason = Text(REASON_LENGTH, allow_none=True)


class RejectSchema(StrictSchema):
    """Why it is refused: the proposer reads it."""

    reason = Text(REASON_LENGTH, required=True)


def _text(description: str = "", *, nullable: bool = False) -> fields.String:
    return fields.String(
        required=True, allow_none=nullable, metadata={"description": description} if description else {}
    )


def _moment(*, nullable: bool = False) -> fields.DateTime:
    return fields.DateTime(
        required=True, allow_none=nullable, metadata={"description": "RFC 3339, UTC, milliseconds."}
    )


class Approval(Schema):
    """A proposal and, once there is one, its decision."""

    id = _text("apr_…")
    object = fields.String(required=True, metadata={"enum": ["approval"]})
    kind = _text("What is proposed, as payout.send.")
    subject = _text("The id of what it is about.")
    proposal = fields.Dict(required=True, metadata={"description": "What will be done; it never changes."})
    proposed_by = _text("person:usr_…, key:key_… or task:tsk_….")
    created_at = _moment()
    expires_at = _moment()
    status = fields.String(required=True, metadata={"enum": list(STATUSES)})
    decided_by = _text("person:usr_…", nullable=True)
    decided_at = _moment(nullable=True)
    reason = _text(nullable=True)


class ApprovalList(Schema):
    """Approvals, newest first."""

    object = fields.String(required=True, metadata={"enum": ["list"]})
    data = fields.List(fields.Nested(Approval), required=True)
    has_more = fields.Boolean(required=True)
    next_cursor = _text("Pass it on as `after` (or as `before`, if that was asked for).", nullable=True)
