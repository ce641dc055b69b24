"""What a test needs around the mock: a webhook endpoint that keeps what it is sent, and a session of HTTP that checks
every exchange against Stripe's description. Tests of other packages may use both."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import requests
from werkzeug.formparser import parse_form_data

from checkout.mockpsp.server import RunningMock, running_mock
from tests.stripe_openapi import validate

API_KEY = "sk_test_mock0000000000000000"
SECRET = "whsec_test"
SUCCESS_URL = "http://localhost:8000/s/token?session={CHECKOUT_SESSION_ID}"
CANCEL_URL = "http://localhost:8000/s/token"
PATIENCE_SECONDS = 30.0  # what comes comes at once; a busy machine may take its time

__all__ = [
    "API_KEY",
    "SECRET",
    "CheckedSession",
    "Endpoint",
    "RunningMock",
    "endpoint",
    "eventually",
    "pdf",
    "running_mock",
]


@dataclass
class Received:
    signature: str
    raw: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.raw)


@dataclass
class Endpoint:
    """A webhook endpoint; `answer` decides the status of each delivery."""

    url: str
    received: list[Received] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], int] = lambda event: 200

    @property
    def types(self) -> list[str]:
        return [delivery.event["type"] for delivery in self.received]

    def wait_for(self, count: int, seconds: float = PATIENCE_SECONDS) -> list[str]:
        """The types received, once there are so many; fails when they do not come."""
        assert eventually(lambda: len(self.received) >= count, seconds), f"only {self.types} came"
        return self.types


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            place.received.append(Received(self.headers["Stripe-Signature"], raw))
            self.send_response(place.answer(json.loads(raw)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    place = Endpoint(f"http://127.0.0.1:{server.server_port}/webhooks/stripe")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield place
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class CheckedSession(requests.Session):
    """Every request and every answer of /v1 is held against Stripe's description.

    `request_errors` off: a test sends what Stripe would refuse.
    """

    def __init__(self, *, check_requests: bool = True) -> None:
        super().__init__()
        self.check_requests = check_requests
        self.seen: set[tuple[str, str]] = set()

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        response = super().send(request, **options)
        if not parts.path.startswith("/v1/"):
            return response
        form = parts.query if request.method == "GET" else _form_of(request)
        if self.check_requests:
            problems = validate.request_errors(request.method or "", parts.path, form)
            assert problems == [], f"{request.method} {parts.path}: {problems}"
        problems = validate.response_errors(
            request.method or "", parts.path, response.status_code, response.json()
        )
        assert problems == [], f"answer to {request.method} {parts.path}: {problems}"
        self.seen.add((request.method or "", parts.path))
        return response


def pdf(name: str, size: int = 100) -> io.BytesIO:
    """A document as the SDK uploads one; what is in it nobody reads."""
    file = io.BytesIO(b"%PDF-1.7".ljust(size, b"\n"))
    file.name = name
    return file


def _form_of(request: requests.PreparedRequest) -> Any:
    """The body as the description reads it; of a file only that there is one."""
    body, kind = request.body or b"", request.headers.get("Content-Type", "")
    if not kind.startswith("multipart/") or not isinstance(body, bytes):
        return body
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    _, fields, files = parse_form_data(environ)
    for file in files.values():
        file.close()
    return [*fields.items(multi=True), *((name, "a file") for name in files)]


def eventually(is_so: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether it becomes so within the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.01)
    return bool(is_so())
