"""Which documents are taken as evidence: what they are is read from their first bytes, never from their name. Pure.

A bank looks at PDF, JPEG and PNG, each up to 5 MB and 4.5 MB together (https://docs.stripe.com/disputes/responding).
Nothing else is taken, so that nothing that runs is ever stored.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from checkout.core.errors import InvalidParameter
from checkout.disputes.fields import FIELDS

FILE_BYTES_MOST: Final = 5 * 1024 * 1024
ALL_BYTES_MOST: Final = 4_500_000
NAME_LENGTH: Final = 80

_BEGINNINGS: Final = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
ENDINGS: Final = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
_NOT_IN_A_NAME: Final = re.compile(r"[^\w .()-]+")


def media_type_of(content: bytes) -> str:
    """What the document is.

    Raises:
        InvalidParameter: empty, too large, or none of the three kinds.
    """
    if not content:
        raise InvalidParameter.at("/file", "the file is empty", "empty")
    if len(content) > FILE_BYTES_MOST:
        raise InvalidParameter.at("/file", f"has more than {FILE_BYTES_MOST} bytes", "too_large")
    for beginning, media_type in _BEGINNINGS.items():
        if content.startswith(beginning):
            return media_type
    raise InvalidParameter.at("/file", "is no PDF, JPEG or PNG", "media_type")


def checked_field(name: str) -> str:
    """The field of evidence that a document is for.

    Raises:
        InvalidParameter: there is none of that name, or it takes words.
    """
    field = FIELDS.get(name)
    if field is None or not field.is_file:
        raise InvalidParameter.at("/field", "names no field of evidence that takes a file", "unknown")
    return name


def safe_name(given: str, media_type: str) -> str:
    """A name that is only a name: no path, no control or direction marks, the ending of what the document is."""
    last = unicodedata.normalize("NFKC", given).replace("\\", "/").rsplit("/", 1)[-1]
    stem = last.rsplit(".", 1)[0] if "." in last else last
    stem = _NOT_IN_A_NAME.sub("_", stem).strip(" ._")[:NAME_LENGTH]
    return (stem or "evidence") + ENDINGS[media_type]
