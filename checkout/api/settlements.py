"""Settlement files: hand one in, list them, read one."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from flask import Response

from checkout.api import settlement_examples as examples
from checkout.api.answers import JSON_TYPE, listing, resource, respond
from checkout.api.auth import principal
from checkout.api.blueprint import ApiBlueprint
from checkout.api.context import renderer
from checkout.api.cursors import Place
from checkout.api.idempotent import once
from checkout.api.lists import list_json, window_of
from checkout.api.payments import KEY_ERRORS, KEY_HEADER
from checkout.api.representations import as_bytes
from checkout.api.request_log import request_cause
from checkout.api.schemas.settlements import (
    NewSettlementFile,
    SettlementFile,
    SettlementFileList,
    SettlementFilesQuery,
)
from checkout.api.settlement_json import file_json
from checkout.api.upload import FORM_TYPE, read_form
from checkout.api.validation import validated
from checkout.core.ids import decode, new_uuid
from checkout.payments.answer import Answer
from checkout.reconciliation import lists
from checkout.reconciliation.files.limits import IN_A_REQUEST_MOST
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.queries import get_file

settlements = ApiBlueprint("settlements", __name__, description="What the PSP says it did, file by file.")

NAME_LENGTH: Final = 200
FILE_ID: Final = {
    "in": "path",
    "name": "file_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "file_…",
    "example": examples.FILE_ID,
}
FORM: Final = {
    "required": True,
    "content": {
        FORM_TYPE: {
            "schema": {
                "type": "object",
                "required": ["file", "psp", "business_on"],
                "properties": {
                    "file": {"type": "string", "contentMediaType": "application/octet-stream"},
                    "psp": {"type": "string", "enum": ["stripe", "adyen", "paypal", "bank"]},
                    "business_on": {"type": "string", "format": "date"},
                },
            },
            "example": examples.FORM,
        }
    },
}


@settlements.route("/v1/settlements/files", methods=["POST"], parameters=[KEY_HEADER])
@settlements.requires("reconciliation:write")
@settlements.answers(201, SettlementFile, description="Taken in, whole.", example=examples.FILE)
@settlements.answers(
    200, SettlementFile, description="The same bytes were taken in before.", example=examples.FILE
)
@settlements.refuses(
    "invalid_parameter",
    "settlement_batch_conflict",
    "settlement_file_invalid",
    "payload_too_large",
    "unsupported_media_type",
    *KEY_ERRORS,
)
@settlements.doc(requestBody=FORM)  # type: ignore[untyped-decorator]
def hand_in() -> Response:
    """Hand in a settlement file

    Up to 32 MiB; larger ones go by the command line. It is taken in whole or refused whole, with up to 100 errors that
    name their lines; single rows that cannot be read are kept out and told. The same bytes again are the same file.
    """
    form = read_form(IN_A_REQUEST_MOST)
    wanted = validated(NewSettlementFile(), form.fields)
    delivery = Delivery(
        psp=wanted["psp"],
        business_on=wanted["business_on"],
        name=form.name[:NAME_LENGTH] or "upload",
        origin="upload",
        by=principal().actor,
    )

    def work() -> Answer:
        file, fresh = receive_file(BytesIO(form.data), delivery, cause=request_cause())
        headers = {"Content-Type": JSON_TYPE, "Location": f"/v1/settlements/files/{file.public_id}"}
        return Answer(201 if fresh else 200, as_bytes(file_json(file)), headers)

    return respond(once(new_uuid(), [sha256(form.data).hexdigest(), form.fields], renderer(), work))


@settlements.route("/v1/settlements/files", methods=["GET"])
@settlements.requires("reconciliation:read")
@settlements.answers(
    200,
    SettlementFileList,
    description="A page of files, newest first.",
    example=examples.page(examples.FILE),
)
@settlements.refuses("invalid_cursor")
@settlements.takes(SettlementFilesQuery)
def list_files(query: dict[str, Any]) -> Response:
    """List settlement files

    Refused ones too, with what was wrong with them.
    """
    window = window_of("settlement_files", query)
    rows = lists.list_files(query, limit=window.limit + 1, after=window.after, before=window.before)
    page = list_json(
        "settlement_files", window, rows, place_of=lambda row: Place(row.received_at, row.id), show=file_json
    )
    return listing(as_bytes(page))


@settlements.route("/v1/settlements/files/<file_id>", methods=["GET"], parameters=[FILE_ID])
@settlements.requires("reconciliation:read")
@settlements.answers(200, SettlementFile, description="The file.", example=examples.FILE)
@settlements.answers(304, description="It is as the ETag in If-None-Match says.")
@settlements.refuses("not_found")
def read(file_id: str) -> Response:
    """Read a settlement file

    Its counts, its totals per currency, and what was wrong with single rows.
    """
    return resource(as_bytes(file_json(get_file(decode("file", file_id)))))
