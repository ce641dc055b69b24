"""Approvals: what one person proposed, for another to decide. They are the platform's: no key and no seller has them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from checkout import approvals as proposals
from checkout.api import access_examples as examples
from checkout.api.answers import JSON_TYPE, listing, resource, respond
from checkout.api.auth import principal, reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.cursors import Place
from checkout.api.idempotent_effect import once_in_one
from checkout.api.lists import list_json, window_of
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.representations import as_bytes, moment
from checkout.api.schemas.approvals import (
    Approval,
    ApprovalList,
    ApprovalsQuery,
    ApproveSchema,
    RejectSchema,
)
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.payments.answer import Answer

approvals = ApiBlueprint("approvals", __name__, description="What takes two people: proposed, then decided.")

APPROVAL_ID = {
    "in": "path",
    "name": "approval_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "apr_…",
    "example": examples.APPROVAL["id"],
}
JSON = {"Content-Type": JSON_TYPE}
REFUSALS = ("not_found", "four_eyes_required", "invalid_approval_state", *KEY_ERRORS)


@approvals.route("/v1/approvals", methods=["GET"])
@approvals.requires("approvals:read")
@approvals.answers(
    200, ApprovalList, description="A page of approvals, newest first.", example=examples.APPROVAL_LIST
)
@approvals.refuses("invalid_cursor")
@approvals.takes(ApprovalsQuery)
def list_approvals(query: dict[str, Any]) -> Response:
    """List approvals

    What waits for a decision, with `status=pending`, and what was decided.
    """
    window = window_of("approvals", query)
    rows = proposals.list_approvals(
        limit=window.limit + 1,
        status=query.get("status"),
        after=window.after,
        before=window.before,
    )
    page = list_json(
        "approvals",
        window,
        rows if reach().everything else [],
        place_of=lambda found: Place(found.created_at, found.id),
        show=approval_json,
    )
    return listing(as_bytes(page))


@approvals.route("/v1/approvals/<approval_id>", methods=["GET"], parameters=[APPROVAL_ID])
@approvals.requires("approvals:read")
@approvals.answers(200, Approval, description="The approval.", example=examples.APPROVAL)
@approvals.answers(304, description="It is as the ETag in If-None-Match says.")
@approvals.refuses("not_found")
def read_approval(approval_id: str) -> Response:
    """Read an approval

    What was proposed, by whom, and how it was decided.
    """
    return resource(as_bytes(approval_json(proposals.get_approval(_own(approval_id)))))


@approvals.route(
    "/v1/approvals/<approval_id>/approve", methods=["POST"], parameters=[APPROVAL_ID, KEY_HEADER]
)
@approvals.requires("approvals:decide")
@approvals.answers(200, Approval, description="Approved.", example=examples.APPROVED)
@approvals.refuses(*REFUSALS)
@approvals.accepts(ApproveSchema, example={}, optional=True)
def approve(approval_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Approve a proposal

    It is carried out soon after. Whoever proposed it cannot approve it.
    """
    id = _own(approval_id)

    def work(session: Session) -> Answer:
        return _answer(proposals.approve(session, id, by=principal().cause, reason=body.get("reason")))

    return respond(once_in_one(sent, renderer(), work))


@approvals.route("/v1/approvals/<approval_id>/reject", methods=["POST"], parameters=[APPROVAL_ID, KEY_HEADER])
@approvals.requires("approvals:decide")
@approvals.answers(200, Approval, description="Rejected.", example=examples.REJECTED)
@approvals.refuses(*REFUSALS)
@approvals.accepts(RejectSchema, example={"reason": examples.REJECTED["reason"]})
def reject(approval_id: str, body: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Reject a proposal

    It will not be carried out. Whoever proposed it cannot reject it either.
    """
    id = _own(approval_id)

    def work(session: Session) -> Answer:
        return _answer(proposals.reject(session, id, by=principal().cause, reason=body["reason"]))

    return respond(once_in_one(sent, renderer(), work))


def approval_json(found: proposals.Approval) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "object": "approval",
        "kind": found.kind,
        "subject": found.subject,
        "proposal": dict(found.proposal),
        "proposed_by": found.proposer,
        "created_at": moment(found.created_at),
        "expires_at": moment(found.expires_at),
        "status": found.status,
        "decided_by": found.decided_by,
        "decided_at": moment(found.decided_at) if found.decided_at else None,
        "reason": found.reason,
    }


def _answer(found: proposals.Approval) -> Answer:
    return Answer(200, as_bytes(approval_json(found)), JSON)


def _own(approval_id: str) -> UUID:
    """Approvals belong to the platform: a narrower reach, should a role ever have one, sees none."""
    id = decode("apr", approval_id)
    if not reach().everything:
        raise NotFound("no such approval")
    return id
