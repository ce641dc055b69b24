"""A PSP on a socket that answers exactly what a test scripts, byte by byte, and remembers what it was sent."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

Script = bytes | Callable[[socket.socket], None]


class Stub:
    """Answers the scripted answers in turn, the last one for ever."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.requests: list[tuple[str, dict[str, str], str]] = []
        self.script: list[Script] = []

    def leave(self) -> None:
        """Nobody listens any more; connections that are there stay."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def answers(self, *script: Script) -> None:
        self.script = list(script)
        self.requests.clear()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with (
            suppress(OSError),
            connection,
            connection.makefile("rb") as incoming,
        ):  # the client may hang up any time
            while line := incoming.readline():
                headers = {}
                while (header := incoming.readline().strip()) != b"":
                    name, _, value = header.decode().partition(":")
                    headers[name.lower()] = value.strip()
                body = incoming.read(int(headers.get("content-length", "0"))).decode()
                self.requests.append((line.decode().strip(), headers, body))
                answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if callable(answer):
                    answer(connection)
                    return
                connection.sendall(answer)


def http(status: int, body: Any, **headers: str) -> bytes:
    """A whole answer; a body that is no bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(raw)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def error(status: int, code: str, *, type: str = "invalid_request_error", **headers: str) -> bytes:
    """An error object as Stripe sends it."""
    return http(status, {"error": {"type": type, "code": code, "message": "No."}}, **headers)


def hang_up(connection: socket.socket) -> None:
    """Closes without a word, after the request was read."""


def silence(connection: socket.socket) -> None:
    """Answers nothing for longer than anyone waits: until the other side hangs up."""
    connection.settimeout(60)
    connection.recv(1)


@contextmanager
def running_stub() -> Iterator[Stub]:
    stub = Stub(socket.create_server(("127.0.0.1", 0)))
    threading.Thread(target=stub.serve, daemon=True).start()
    yield stub
    stub.leave()


def refusing_address() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
