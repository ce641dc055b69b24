"""gunicorn's threaded worker, which answers what it cannot parse with a problem (RFC 9457) and repeats none of it.

gunicorn's own answer is HTML, and its log line quotes the request: a card number in a broken one would be kept.
"""

from __future__ import annotations

import json
import select
import time
from contextlib import suppress
from typing import Any, Final

import structlog
from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from checkout.core import ids
from checkout.launcher.shares import SHARES
from checkout.launcher.slow_clients import HeadTooSlow, PatientParser

TITLES: Final = {
    400: "Bad request",
    408: "Request timeout",
    414: "URI too long",
    417: "Expectation failed",
    431: "Request header fields too large",
    500: "Internal error",
}
STATUSES: Final = {
    HeadTooSlow: 408,
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.ExpectationFailed: 417,
    errors.ConfigurationProblem: 500,
    errors.InvalidResponseHeader: 500,
    errors.InvalidResponseHeaderName: 500,
}

# A client that has read an answer and goes on does so within a few milliseconds; who pauses longer costs no thread.
STAY_MILLISECONDS: Final = 20

log = structlog.get_logger()


class Worker(ThreadWorker):  # type: ignore[misc]
    """Everything but its word on errors, its patience with slow clients, its share of them and that a thread stays with
    its connection is gunicorn's."""

    def notify(self) -> None:
        """Once in each turn of its loop."""
        super().notify()
        SHARES.tell(self.age, self.nr_conns)

    def accept(self, listener: Any) -> None:
        """A new connection, unless a worker that holds fewer was faster."""
        if patience := SHARES.patience_seconds(self.nr_conns):
            time.sleep(patience)
        super().accept(listener)
        SHARES.tell(self.age, self.nr_conns)

    def handle(self, conn: Any) -> Any:
        """One request of a connection, in a thread, and those that follow at once: to give the connection back to the
        loop after each, and take it from there for the next, wakes two threads a request."""
        if conn.parser is None and not self.cfg.is_ssl:
            conn.parser = PatientParser(self.cfg, conn.sock, conn.client)
        kept = super().handle(conn)
        while kept is True and self._has_threads_for_all() and _goes_on(conn):
            kept = super().handle(conn)
        return kept

    def _has_threads_for_all(self) -> bool:
        """Nobody waits for the thread that stays; nobody stays in a worker that is about to end."""
        return bool(self.alive and not self.cfg.is_ssl and self.nr_conns <= self.cfg.threads)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """What never reached the application, or broke outside it."""
        status = STATUSES.get(type(exc), 400 if isinstance(exc, errors.ParseException) else 500)
        request_id = ids.new("req")
        if status < 500:
            log.info("http.unreadable", status=status, error=type(exc).__name__, request_id=request_id)
        else:
            log.error("http.failed", request_id=request_id, exc_info=exc)
        with suppress(OSError):  # the client may have gone
            write_nonblock(client, answer(status, request_id))


def _goes_on(conn: Any) -> bool:
    """Whether the next request of the connection begins to come in, or has come with the one before."""
    if conn.parser.unreader.buf.getvalue():
        return True
    waiting = select.poll()
    waiting.register(conn.sock, select.POLLIN)
    return bool(waiting.poll(STAY_MILLISECONDS))


def answer(status: int, request_id: str) -> bytes:
    """A whole HTTP response that ends the connection."""
    code = "bad_request" if status < 500 else "internal_error"
    problem = {
        "type": f"/docs/errors/{code}",
        "title": TITLES[status],
        "status": status,
        "detail": "the request could not be read as HTTP" if status < 500 else "the fault is ours",
        "instance": f"/v1/requests/{request_id}",
        "code": code,
        "request_id": request_id,
        "retryable": False,
    }
    body = json.dumps(problem).encode("ascii")
    head = (
        f"HTTP/1.1 {status} {TITLES[status]}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\nRequest-Id: {request_id}\r\nCache-Control: no-store\r\n\r\n"
    )
    return head.encode("ascii") + body
