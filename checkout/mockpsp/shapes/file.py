"""An uploaded file."""

from __future__ import annotations

from typing import Any

from checkout.mockpsp import object_ids

Json = dict[str, Any]


def file(*, name: str, kind: str | None, size: int, purpose: str, now: int) -> Json:
    file_id = object_ids.file_id()
    return {
        "id": file_id,
        "object": "file",
        "created": now,
        "expires_at": None,
        "filename": name,
        "links": {"object": "list", "data": [], "has_more": False, "url": f"/v1/file_links?file={file_id}"},
        "purpose": purpose,
        "size": size,
        "title": None,
        "type": kind,
        "url": None,
    }
