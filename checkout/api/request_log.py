"""What every request gets: an id, a line in the log, a place in the metrics."""

from __future__ import annotations

import time

import structlog
from flask import Flask, Response

from checkout.audit import context as audit_context
from checkout.core import ids
from checkout.core.cause import Cause
from checkout.gate.asked import asked, noted
from checkout.gate.client_address import client_ip
from checkout.observability import metrics

UNROUTED = "(none)"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger()


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget_author)


def request_id() -> str:
    """This request's own id. A client's is never taken: it could name another's request."""
    known = noted()
    result: str | None = known.get("request_id")
    if result is None:
        result = known["request_id"] = ids.new("req")
    return result


def request_cause() -> Cause:
    return Cause("request", request_id())


def _begin() -> None:
    noted()["started_ns"] = time.perf_counter_ns()
    id = request_id()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=id)
    audit_context.begin(ip=client_ip(), request_id=id)


def _end(response: Response) -> Response:
    known = noted()
    now = time.perf_counter_ns()
    seconds = (now - known.get("started_ns", now)) / 1e9
    call = asked()
    route = call.url_rule.rule if call.url_rule else UNROUTED
    method = call.method if call.method in METHODS else "OTHER"
    response.headers.add("Request-Id", request_id())
    metrics.observe_request(method, route, response.status_code, seconds)
    fields = {"code": known["problem_code"]} if "problem_code" in known else {}
    if "principal" in known:
        fields["actor"] = known["principal"].actor
    log.info(
        "http.request",
        method=method,
        route=route,
        status=response.status_code,
        duration_ms=round(seconds * 1000, 2),
        **fields,
    )
    return response


def _forget_author(_error: BaseException | None) -> None:
    audit_context.end()
