"""An uploaded file, and one that a report has made."""

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


def report_file(*, file_id: str, size: int, base: str, now: int, expires_at: int) -> Json:
    """What a report run has come to: `url` is where its content is."""
    return file(name=f"{file_id}.csv", kind="csv", size=size, purpose="finance_report_run", now=now) | {
        "id": file_id,
        "expires_at": expires_at,
        "links": {"object": "list", "data": [], "has_more": False, "url": f"/v1/file_links?file={file_id}"},
        "title": "FinanceReportRun",
        "url": f"{base}/v1/files/{file_id}/contents",
    }
