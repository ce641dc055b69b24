"""A problem as data: RFC 9457's members and ours. Needs no request, since tasks make stored answers too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from checkout.api.error_table import ERRORS
from checkout.core.errors import DomainError, FieldError

PROBLEM_TYPE: Final = "application/problem+json"
RETRYABLE: Final = frozenset(
    {"database_unavailable", "psp_unavailable", "idempotency_key_in_use", "rate_limited"}
)
UNEXPLAINED: Final = frozenset(
    {"not_found"}
)  # words of its own would tell malformed, unknown and foreign apart
RETRY_AFTER_SECONDS: Final = 1  # where the error itself names no wait
FIELD_ERRORS_SHOWN: Final = 50


def problem(
    code: str,
    detail: str = "",
    *,
    public_url: str,
    request_id: str,
    status: int | None = None,
    errors: Sequence[FieldError] = (),
    extra: Mapping[str, Any] | None = None,
    retryable: bool | None = None,
) -> dict[str, Any]:
    """The members of one problem. `status` overrules the table's, for errors of HTTP itself."""
    kind = ERRORS[code]
    body: dict[str, Any] = {
        "type": f"{public_url}/docs/errors/{code}",
        "title": kind.title,
        "status": status or kind.status,
        "detail": kind.meaning if code in UNEXPLAINED else detail or kind.meaning,
        "instance": f"/v1/requests/{request_id}",
        "code": code,
        "request_id": request_id,
        "retryable": code in RETRYABLE if retryable is None else retryable,
    }
    if errors:
        body["errors"] = [
            {"pointer": error.pointer, "code": error.code, "detail": error.detail}
            for error in errors[:FIELD_ERRORS_SHOWN]
        ]
    body.update(extra or {})
    return body


def problem_of(error: DomainError, *, public_url: str, request_id: str) -> dict[str, Any]:
    """The problem that a domain error becomes."""
    return problem(
        error.code,
        error.detail,
        public_url=public_url,
        request_id=request_id,
        errors=error.pointers,
        extra=error.extra,
        retryable=is_retryable(error),
    )


def is_retryable(error: DomainError) -> bool:
    return error.retryable or error.code in RETRYABLE


def status_of(error: DomainError) -> int:
    return ERRORS[error.code].status


def headers_of(error: DomainError) -> dict[str, str]:
    """The headers that belong to an error: when to come back, how to authenticate."""
    headers = {}
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    elif error.code in RETRYABLE:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status_of(error) == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="checkout"'
    return headers
