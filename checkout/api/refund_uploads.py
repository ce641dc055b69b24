"""Many refunds at once, from a CSV file: first a look, then the refunds."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from flask import Response

from checkout.api import refund_examples as examples
from checkout.api.answers import JSON_TYPE, respond
from checkout.api.auth import principal, reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.idempotent import once
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.representations import as_bytes
from checkout.api.schemas.refunds import RefundUpload, UploadQuery
from checkout.api.upload import FORM_TYPE, read_file
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.identity import step_up
from checkout.identity.access import PERSON_KIND
from checkout.payments.answer import Answer
from checkout.psp import registry
from checkout.refunds.bulk_file import BYTES_MOST
from checkout.refunds.refund_bulk import Outcome, preview_refunds, refund_bulk

refund_uploads = ApiBlueprint("refund_uploads", __name__, description="")

FORM = {
    "required": True,
    "content": {
        FORM_TYPE: {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "contentMediaType": "text/csv"}},
            },
            "example": {"file": examples.UPLOADED_FILE},
        }
    },
}


@refund_uploads.route("/v1/refund_uploads", methods=["POST"], parameters=[KEY_HEADER], tags=["refunds"])
@refund_uploads.requires("refunds:write")
@refund_uploads.answers(
    200, RefundUpload, description="What becomes of each row.", example=examples.REFUND_UPLOAD
)
@refund_uploads.refuses(
    "invalid_parameter", "payload_too_large", "unsupported_media_type", "step_up_required", *KEY_ERRORS
)
@refund_uploads.doc(requestBody=FORM)  # type: ignore[untyped-decorator]
@refund_uploads.takes(UploadQuery)
def upload(query: dict[str, Any]) -> Response:
    """Refund from a CSV file

    Columns payment or order; amount as 15.00 with currency, left out for all that is left; reason, note, destination,
    return_logistics (yes or no). Looked at only, unless dry_run=false: then each row is a refund of its own, once. The
    same file again changes nothing, and goes on where it was stopped; what another file of the same caller gave back
    within a day, to the same amount, is not given back again.
    """
    is_dry = query["dry_run"] == "true"
    if principal().kind == PERSON_KIND and not is_dry:
        step_up.require(principal())
    data, found, who = read_file(BYTES_MOST), reach(), principal()

    def work() -> Answer:
        act = preview_refunds if is_dry else refund_bulk
        outcomes = act(data, principal=who.scope, reach=found, psp=registry.current(), cause=who.cause)
        return Answer(200, as_bytes(_upload_json(outcomes, is_dry)), {"Content-Type": JSON_TYPE})

    fingerprint = f"{sha256(data).hexdigest()}:{query['dry_run']}"
    return respond(once(new_uuid(), fingerprint, renderer(), work))


def _upload_json(outcomes: list[Outcome], is_dry: bool) -> dict[str, Any]:
    totals: dict[str, tuple[Money, int]] = {}
    for outcome in outcomes:
        if outcome.amount is not None:
            amount, count = totals.get(outcome.amount.currency, (Money.zero(outcome.amount.currency), 0))
            totals[outcome.amount.currency] = amount + outcome.amount, count + 1
    return {
        "object": "refund_upload",
        "dry_run": is_dry,
        "refused": sum(1 for outcome in outcomes if outcome.status == "refused"),
        "totals": [
            {"currency": currency, "amount": amount.amount_minor, "refunds": count}
            for currency, (amount, count) in sorted(totals.items())
        ],
        "rows": [_row_json(outcome) for outcome in outcomes],
    }


def _row_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "row": outcome.row,
        "status": outcome.status,
        "refund": encode("re", outcome.refund_id) if outcome.refund_id else None,
        "amount": outcome.amount.amount_minor if outcome.amount else None,
        "currency": outcome.amount.currency if outcome.amount else None,
        "code": outcome.code,
        "detail": outcome.detail,
    }
