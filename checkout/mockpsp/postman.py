"""Carries one signed body to the webhook address over a kept-alive connection. One postman per sending thread."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from checkout.mockpsp import signatures
from checkout.mockpsp.clock import MockClock

TIMEOUT_SECONDS: Final = 10.0
MAX_ANSWER_BYTES: Final = (
    64 * 1024
)  # of the answer only the status matters; the rest is read to keep the connection


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: the endpoint could not be reached."""

    status: int
    body: str = ""

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


class Postman:
    def __init__(self, url: str, secrets: Sequence[str], clock: MockClock) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "localhost"
        self._port = parts.port
        self._tls = parts.scheme == "https"
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._secrets = secrets
        self._clock = clock
        self._connection: http.client.HTTPConnection | None = None

    def deliver(
        self, body: bytes, *, secrets: Sequence[str] | None = None, timestamp: int | None = None
    ) -> Answer:
        """Sends one body, signed now. A kept-alive connection that has gone stale is opened anew, once."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "MockPSP/1.0 (Stripe's wire protocol)",
            "Stripe-Signature": signatures.header(
                body,
                secrets=self._secrets if secrets is None else secrets,
                timestamp=self._clock.wallclock() if timestamp is None else timestamp,
            ),
        }
        fresh = self._connection is None
        try:
            return self._post(body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if fresh or isinstance(error, TimeoutError):
                return Answer(0, type(error).__name__)
        try:
            return self._post(body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return Answer(0, type(error).__name__)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, body: bytes, headers: dict[str, str]) -> Answer:
        if self._connection is None:
            maker = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
            self._connection = maker(self._host, self._port, timeout=TIMEOUT_SECONDS)
        self._connection.request("POST", self._path, body, headers)
        response = self._connection.getresponse()
        text = response.read(MAX_ANSWER_BYTES)
        if not response.isclosed() and response.read(1):
            self.close()
        return Answer(response.status, text.decode("utf-8", "replace"))
