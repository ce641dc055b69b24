"""From a domain error to HTTP: RFC 9457 problems, everywhere the same shape. Nothing else maps errors to statuses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from flask import Flask, Response, current_app, g
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException

from checkout.api.error_table import ERRORS
from checkout.api.problem import PROBLEM_TYPE, RETRY_AFTER_SECONDS, headers_of, is_retryable, problem
from checkout.api.request_log import request_id
from checkout.core.errors import DomainError, FieldError
from checkout.db.session import constraint_name, sqlstate

HTML_PAGES = (
    "checkout_error_pages"  # app.extensions: page(status) answers a browser, None where a problem is wanted
)

CODE_OF_STATUS = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
    422: "invalid_parameter",
    429: "rate_limited",
    500: "internal_error",
}
# SQLSTATEs (whole, or by class) that say "not now" rather than "never": connections, resources, locks, cancellations.
UNAVAILABLE_STATES = ("08", "53", "57", "58", "25P03", "40001", "40P01", "55P03")

log = structlog.get_logger()


def register(app: Flask) -> None:
    app.register_error_handler(DomainError, _from_domain)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(exc.SQLAlchemyError, _from_database)
    app.register_error_handler(Exception, _from_fault)


def problem_response(
    code: str,
    detail: str = "",
    *,
    status: int | None = None,
    errors: Sequence[FieldError] = (),
    extra: Mapping[str, Any] | None = None,
    retryable: bool | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem as JSON, or as a page where a browser asks for one."""
    g.problem_code = code
    shown = status or ERRORS[code].status
    page = current_app.extensions.get(HTML_PAGES)
    response: Response | None = page(shown) if page is not None else None
    if response is None:
        body = problem(
            code,
            detail,
            public_url=current_app.config["PUBLIC_URL"],
            request_id=request_id(),
            status=status,
            errors=errors,
            extra=extra,
            retryable=retryable,
        )
        response = Response(json.dumps(body, ensure_ascii=False), shown, content_type=PROBLEM_TYPE)
        response.headers["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def _from_domain(error: DomainError) -> Response:
    if error.code not in ERRORS or error.code == "internal_error":
        return _from_fault(error)
    return problem_response(
        error.code,
        error.detail,
        errors=error.pointers,
        extra=error.extra,
        retryable=is_retryable(error),
        headers=headers_of(error),
    )


def _from_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    code = CODE_OF_STATUS.get(status, "bad_request" if status < 500 else "internal_error")
    kept = {
        name: value
        for name, value in error.get_headers()
        if name in ("Allow", "Retry-After", "WWW-Authenticate")
    }
    return problem_response(code, status=status, headers=kept)


def _from_database(error: exc.SQLAlchemyError) -> Response:
    """What passes by itself is 503; so is a lost race for a unique value, which the repeated request sees settled."""
    if not _passes_by_itself(error):
        return _from_fault(error)
    log.warning("database.unavailable", exc_info=error)
    return problem_response(
        "database_unavailable", headers={"Retry-After": str(RETRY_AFTER_SECONDS)}, retryable=True
    )


def _passes_by_itself(error: exc.SQLAlchemyError) -> bool:
    if isinstance(error, exc.TimeoutError):
        return True  # the pool is exhausted
    if not isinstance(error, exc.DBAPIError):
        return False
    state = sqlstate(error)
    if error.connection_invalidated:
        return True  # broken, or given up: the next one is another
    if state is None:  # no answer of the server's: the connection failed
        return isinstance(error, exc.OperationalError | exc.InterfaceError)
    unique_violation = state == "23505" and constraint_name(error) is not None
    return unique_violation or state.startswith(UNAVAILABLE_STATES)


def _from_fault(error: Exception) -> Response:
    log.error("request.failed", exc_info=error)
    return problem_response("internal_error")
