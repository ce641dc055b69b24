"""Reads an uploaded file: one part named `file` of a multipart form, bounded before it is parsed."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.formparser import parse_form_data

from checkout.api.body import escape_pointer, read_bounded
from checkout.api.schemas.strict import NAME_SHOWN
from checkout.core.errors import InvalidParameter

FORM_TYPE = "multipart/form-data"
FRAME_BYTES = 4 * 1024  # boundaries and headers around the file
PARTS_MOST = 10


@dataclass(frozen=True, slots=True)
class UploadedForm:
    """A form's one file, its name as the client gave it, and the form's other fields, each given once."""

    data: bytes
    name: str
    fields: dict[str, str]


def read_file(limit_bytes: int) -> bytes:
    """The bytes of the form's file, which is all the form has.

    Raises:
        As read_form().
    """
    found = read_form(limit_bytes)
    if found.fields:
        raise InvalidParameter.at("/file", "must be the form's one part, and a file", "required")
    return found.data


def read_form(limit_bytes: int) -> UploadedForm:
    """A form with one file in the part `file`, and fields.

    Raises:
        UnsupportedMediaType: it is no such form. RequestEntityTooLarge: more than the limit. InvalidParameter: there is
        no file in it, or several; or a field stands twice.
    """
    if request.mimetype != FORM_TYPE:
        raise UnsupportedMediaType
    raw = read_bounded(limit_bytes + FRAME_BYTES)
    environ = {**request.environ, "wsgi.input": BytesIO(raw), "CONTENT_LENGTH": str(len(raw))}
    _, form, files = parse_form_data(
        environ, stream_factory=_in_memory, max_form_parts=PARTS_MOST, max_form_memory_size=len(raw) + 1
    )
    found = files.getlist("file")
    if len(found) != 1 or len(files) != 1:
        raise InvalidParameter.at("/file", "must be the form's one file", "required")
    if None in form:
        raise InvalidParameter.at("", "a field of the form has no name", "unknown_field")
    twice = [name for name in form if len(form.getlist(name)) > 1]
    if twice:
        raise InvalidParameter.at(
            f"/{escape_pointer(twice[0][:NAME_SHOWN])}", "stands twice in the form", "given_twice"
        )
    data: bytes = found[0].read()
    if len(data) > limit_bytes:
        raise InvalidParameter.at("/file", f"has more than {limit_bytes} bytes", "too_large")
    name = "".join(letter for letter in found[0].filename or "" if letter.isprintable())
    return UploadedForm(data, name, form.to_dict())


def _in_memory(*_: Any, **__: Any) -> BytesIO:
    """It is there already, and bounded: no temporary file for it."""
    return BytesIO()
