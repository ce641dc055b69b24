"""Files: upload, retrieve, list. The mock keeps what a file is, not what is in it."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import lists, shapes
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.params import EXPAND, Record, Text, Upload
from checkout.mockpsp.uploads import Uploaded

Json = dict[str, Any]
KIND: Final = "file"
ROOT: Final = "/v1/files"
PURPOSES: Final = ("dispute_evidence",)
MAX_FILE_BYTES: Final = 5 * 1024 * 1024
MAX_BODY_BYTES: Final = MAX_FILE_BYTES + 64 * 1024  # its parts' heads, and the purpose


def create(call: Call) -> Json:
    given: Uploaded = call.params["file"]
    if not 0 < given.size <= MAX_FILE_BYTES:
        raise InvalidRequest(
            f"File size must be between 1 and {MAX_FILE_BYTES} bytes for this purpose.", param="file"
        )
    if given.kind is None:
        raise InvalidRequest("Invalid file type: evidence is a PDF, a JPEG or a PNG.", param="file")
    made = shapes.file(
        name=given.name,
        kind=given.kind,
        size=given.size,
        purpose=call.params["purpose"],
        now=call.work.now,
    )
    call.work.tx.insert(made, private={"digest": given.digest})
    return made


def retrieve(call: Call) -> Json:
    return required(call.work, KIND, call.ids["file"], "file")


def list_files(call: Call) -> Json:
    return lists.page(call, KIND, ROOT, filters=("purpose",))


_CREATE: Final = Record(
    {"expand": EXPAND, "file": Upload(), "purpose": Text(choices=PURPOSES)}, required=("purpose", "file")
)
ENDPOINTS: Final = (
    Endpoint("POST", ROOT, _CREATE, create, max_bytes=MAX_BODY_BYTES),
    Endpoint("GET", ROOT, lists.accepts(purpose=Text(choices=PURPOSES)), list_files),
    Endpoint("GET", f"{ROOT}/<file>", Record({"expand": EXPAND}), retrieve),
)
