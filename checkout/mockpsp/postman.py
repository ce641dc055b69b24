"""Carries one signed body to the webhook address over a kept-alive connection. One postman per sending thread.

It speaks HTTP/1.1 by itself: the standard library's client takes ten times as long for one delivery, and several
hundred events a second would leave no processor time for the payments that cause them.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final
from urllib.parse import urlsplit

from checkout.mockpsp import signatures
from checkout.mockpsp.clock import MockClock

TIMEOUT_SECONDS: Final = 10.0
MAX_LINE_BYTES: Final = 16 * 1024
MAX_HEADERS: Final = 100
MAX_ANSWER_BYTES: Final = (
    64 * 1024
)  # of the answer only the status matters; the rest keeps the connection usable


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: the endpoint could not be reached, or did not speak HTTP."""

    status: int
    body: str = ""

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


class NotHttp(OSError):
    """What came back is no HTTP answer."""


class Postman:
    def __init__(self, url: str, secrets: Sequence[str], clock: MockClock) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "https"
        self._address = (parts.hostname or "localhost", parts.port or (443 if self._tls else 80))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._head = (
            f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json; charset=utf-8\r\n"
            "User-Agent: MockPSP/1.0 (Stripe's wire protocol)\r\nAccept: */*\r\n"
        )
        self._secrets = secrets
        self._clock = clock
        self._connection: tuple[socket.socket, BinaryIO] | None = None

    def deliver(
        self, body: bytes, *, secrets: Sequence[str] | None = None, timestamp: int | None = None
    ) -> Answer:
        """Sends one body, signed now. A kept-alive connection that has gone stale is opened anew, once."""
        signature = signatures.header(
            body,
            secrets=self._secrets if secrets is None else secrets,
            timestamp=self._clock.wallclock() if timestamp is None else timestamp,
        )
        head = f"{self._head}Stripe-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        message = head.encode() + body
        was_open = self._connection is not None
        try:
            return self._exchange(message)
        except (OSError, ValueError) as error:
            self.close()
            if not was_open or isinstance(error, TimeoutError):
                return Answer(0, type(error).__name__)
        try:
            return self._exchange(message)
        except (OSError, ValueError) as error:
            self.close()
            return Answer(0, type(error).__name__)

    def close(self) -> None:
        if self._connection is not None:
            raw, reader = self._connection
            self._connection = None
            reader.close()
            raw.close()

    def _exchange(self, message: bytes) -> Answer:
        if self._connection is None:
            self._connection = self._connect()
        raw, reader = self._connection
        raw.sendall(message)
        status, headers = _read_head(reader)
        body, whole = _read_body(reader, status, headers)
        if not whole or "close" in headers.get("connection", "").lower():
            self.close()
        return Answer(status, body.decode("utf-8", "replace"))

    def _connect(self) -> tuple[socket.socket, BinaryIO]:
        raw = socket.create_connection(self._address, TIMEOUT_SECONDS)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            raw = ssl.create_default_context().wrap_socket(raw, server_hostname=self._address[0])
        return raw, raw.makefile("rb")


def _read_head(reader: BinaryIO) -> tuple[int, dict[str, str]]:
    parts = reader.readline(MAX_LINE_BYTES).split(None, 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
        raise NotHttp("no status line")
    headers: dict[str, str] = {}
    for _ in range(MAX_HEADERS):
        line = reader.readline(MAX_LINE_BYTES)
        if line in (b"\r\n", b"\n"):
            return int(parts[1]), headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise NotHttp("a header without a colon")
        headers[name.strip().lower()] = value.strip()
    raise NotHttp("too many headers")


def _read_body(reader: BinaryIO, status: int, headers: dict[str, str]) -> tuple[bytes, bool]:
    """The body, and whether all of it was read."""
    if status in (204, 304):
        return b"", True
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _read_chunks(reader)
    length = headers.get("content-length")
    if length is None:
        return reader.read(MAX_ANSWER_BYTES), False
    wanted = int(length)
    body = reader.read(min(wanted, MAX_ANSWER_BYTES))
    return body, len(body) == wanted


def _read_chunks(reader: BinaryIO) -> tuple[bytes, bool]:
    body = b""
    while len(body) <= MAX_ANSWER_BYTES:
        size = int(reader.readline(MAX_LINE_BYTES).split(b";")[0], 16)
        body += reader.read(min(size, MAX_ANSWER_BYTES))
        if size > MAX_ANSWER_BYTES:
            break
        reader.readline(MAX_LINE_BYTES)
        if size == 0:
            return body, True
    return body, False
