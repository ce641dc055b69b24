"""Many parcels at once, from a CSV file."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from flask import Response

from checkout.api import fulfilment_examples
from checkout.api.answers import JSON_TYPE, respond
from checkout.api.auth import reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.idempotent import once
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.representations import as_bytes
from checkout.api.request_log import request_cause
from checkout.api.schemas.fulfilment import ShipmentUpload
from checkout.api.upload import FORM_TYPE, read_file
from checkout.core.ids import encode, new_uuid
from checkout.orders.bulk_file import BYTES_MOST
from checkout.orders.ship_bulk import Outcome, ship_bulk
from checkout.payments.answer import Answer

uploads = ApiBlueprint("shipment_uploads", __name__, description="")

FORM = {
    "required": True,
    "content": {
        FORM_TYPE: {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "contentMediaType": "text/csv"}},
            },
            "example": {"file": fulfilment_examples.UPLOADED_FILE},
        }
    },
}


@uploads.route("/v1/shipments/uploads", methods=["POST"], parameters=[KEY_HEADER], tags=["shipments"])
@uploads.requires("orders:write")
@uploads.answers(
    200,
    ShipmentUpload,
    description="What became of each row.",
    example=fulfilment_examples.SHIPMENT_UPLOAD,
)
@uploads.refuses("invalid_parameter", "payload_too_large", "unsupported_media_type", *KEY_ERRORS)
@uploads.doc(requestBody=FORM)  # type: ignore[untyped-decorator]
def upload() -> Response:
    """Ship from a CSV file

    Columns order, carrier, tracking_number; optional line and quantity, delivery_from and delivery_to. Rows with the
    same order, carrier and number are one parcel. Each row has its own outcome; the same file again changes nothing.
    """
    data, found = read_file(BYTES_MOST), reach()

    def work() -> Answer:
        outcomes = ship_bulk(data, reach=found, cause=request_cause())
        return Answer(200, as_bytes(_upload_json(outcomes)), {"Content-Type": JSON_TYPE})

    return respond(once(new_uuid(), sha256(data).hexdigest(), renderer(), work))


def _upload_json(outcomes: list[Outcome]) -> dict[str, Any]:
    counts = {
        status: sum(1 for outcome in outcomes if outcome.status == status)
        for status in ("shipped", "unchanged", "refused")
    }
    return {"object": "shipment_upload", **counts, "rows": [_row_json(outcome) for outcome in outcomes]}


def _row_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "row": outcome.row,
        "status": outcome.status,
        "order": encode("ord", outcome.order_id) if outcome.order_id else None,
        "shipment": encode("shp", outcome.shipment_id) if outcome.shipment_id else None,
        "code": outcome.code,
        "detail": outcome.detail,
    }
