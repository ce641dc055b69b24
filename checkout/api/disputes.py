"""Disputes: list, read. What is said against one stands in dispute_evidence.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from checkout.api import dispute_examples as examples
from checkout.api.answers import listing, resource
from checkout.api.auth import reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.cursors import Place
from checkout.api.dispute_json import dispute_json, summary_json
from checkout.api.lists import list_json, window_of
from checkout.api.representations import as_bytes
from checkout.api.schemas.disputes import Dispute, DisputeList, DisputesQuery
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.disputes import queries
from checkout.disputes.dispute import Dispute as DisputeRow
from checkout.disputes.evidence import Evidence, read_evidence, read_evidence_of_seller
from checkout.disputes.queries import DisputeFilter, answers_alone, dispute_within, own_amounts
from checkout.identity.access import Reach

disputes = ApiBlueprint(
    "disputes",
    __name__,
    description="A shopper's bank takes money back: how it stands, and the answer to it.",
)

DISPUTE_ID = {
    "in": "path",
    "name": "dispute_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "dp_…",
    "example": examples.DISPUTE_ID,
}


@disputes.route("/v1/disputes", methods=["GET"])
@disputes.requires("disputes:read")
@disputes.answers(
    200, DisputeList, description="A page of disputes, newest first.", example=examples.DISPUTE_LIST
)
@disputes.refuses("invalid_cursor")
@disputes.takes(DisputesQuery)
def list_disputes(query: dict[str, Any]) -> Response:
    """List disputes

    All of the platform, those of a storefront's payments, or those that touch a seller's orders.
    """
    window, found, filters = window_of("disputes", query), reach(), _filter(query)
    rows: Sequence[DisputeRow] = (
        queries.list_disputes(
            filters, found, limit=window.limit + 1, after=window.after, before=window.before
        )
        if filters
        else []
    )
    amounts = own_amounts(rows, found)
    page = list_json(
        "disputes",
        window,
        rows,
        place_of=lambda row: Place(row.created_at, row.id),
        show=lambda row: summary_json(row, amounts[row.id]),
    )
    return listing(as_bytes(page))


@disputes.route("/v1/disputes/<dispute_id>", methods=["GET"], parameters=[DISPUTE_ID])
@disputes.requires("disputes:read")
@disputes.answers(200, Dispute, description="The dispute.", example=examples.DISPUTE)
@disputes.answers(304, description="It is as the ETag in If-None-Match says.")
@disputes.refuses("not_found")
def read_dispute(dispute_id: str) -> Response:
    """Read a dispute

    What the bank took and from which orders, until when it can be answered, what would help, and what would be
    submitted as it stands.
    """
    found = reach()
    id = dispute_within(dispute_id, found)
    evidence = _evidence(id, found)
    with atomic() as session:
        document = document_of(session, id, found, evidence)
    return resource(as_bytes(document))


def document_of(
    session: Session, dispute_id: UUID, found: Reach, evidence: Evidence | None
) -> dict[str, Any]:
    """The dispute as the caller may see it."""
    view = queries.view_dispute(session, dispute_id, found)
    return dispute_json(
        view,
        own_amounts([view.dispute], found)[dispute_id],
        evidence,
        shows_platform=found.holds(storefront_id=view.storefront_id),
    )


def _evidence(dispute_id: UUID, found: Reach) -> Evidence | None:
    with atomic() as session:
        storefront_id = queries.view_dispute(session, dispute_id, found).storefront_id
        alone = answers_alone(session, dispute_id, found)
    if found.holds(storefront_id=storefront_id):
        return read_evidence(dispute_id)
    return read_evidence_of_seller(dispute_id) if alone else None


def _filter(query: dict[str, Any]) -> DisputeFilter | None:
    """None where the seller or the payment is nobody's: a filter that finds nothing is an empty list, not an error."""
    ids: dict[str, UUID | None] = {"seller": None, "payment": None}
    for name, prefix in (("seller", "sel"), ("payment", "pay")):
        if (text := query.pop(name, None)) is not None:
            try:
                ids[name] = decode(prefix, text)
            except NotFound:
                return None
    return DisputeFilter(seller_id=ids["seller"], payment_id=ids["payment"], **query)
