"""The three calls of Vault's transit engine that are used, on a port of its own. Keeps its keys in memory."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.stand-in"


class Vault:
    """transit/checkout with its versions; `requests` are (method, path) as they came."""

    def __init__(self) -> None:
        self.versions = [AESGCM.generate_key(256)]
        self.requests: list[tuple[str, str]] = []
        self.answer: tuple[int, bytes] | None = None  # instead of the real one
        self.address = ""

    def rotate(self) -> None:
        self.versions.append(AESGCM.generate_key(256))

    def read_key(self) -> dict[str, Any]:
        return {"name": "checkout", "type": "aes256-gcm96", "latest_version": len(self.versions)}

    def encrypt(self, body: dict[str, str]) -> dict[str, Any]:
        nonce = os.urandom(12)
        sealed = AESGCM(self.versions[-1]).encrypt(nonce, _bytes(body["plaintext"]), _context(body))
        text = base64.b64encode(nonce + sealed).decode()
        return {"ciphertext": f"vault:v{len(self.versions)}:{text}", "key_version": len(self.versions)}

    def decrypt(self, body: dict[str, str]) -> dict[str, Any]:
        _, version, text = body["ciphertext"].split(":")
        sealed = _bytes(text)
        plain = AESGCM(self.versions[int(version[1:]) - 1]).decrypt(sealed[:12], sealed[12:], _context(body))
        return {"plaintext": base64.b64encode(plain).decode()}


@contextmanager
def running_vault() -> Iterator[Vault]:
    vault = Vault()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET", None)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self._answer("POST", json.loads(self.rfile.read(length)))

        def _answer(self, method: str, body: dict[str, str] | None) -> None:
            vault.requests.append((method, self.path))
            status, content = vault.answer or self._found(method, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _found(self, method: str, body: dict[str, str] | None) -> tuple[int, bytes]:
            if self.headers.get("X-Vault-Token") != TOKEN:
                return 403, b'{"errors":["permission denied"]}'
            try:
                match method, self.path:
                    case "GET", "/v1/transit/keys/checkout":
                        data = vault.read_key()
                    case "POST", "/v1/transit/encrypt/checkout":
                        data = vault.encrypt(body or {})
                    case "POST", "/v1/transit/decrypt/checkout":
                        data = vault.decrypt(body or {})
                    case _:
                        return 404, b'{"errors":[]}'
            except InvalidTag:
                return 400, b'{"errors":["cipher: message authentication failed"]}'
            return 200, json.dumps({"request_id": "x", "lease_duration": 0, "data": data}).encode()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vault.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


def _context(body: dict[str, str]) -> bytes:
    return _bytes(body.get("associated_data", ""))
