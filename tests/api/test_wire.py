"""Over a real socket, through gunicorn as it runs: what cannot be parsed as HTTP is a problem too."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys

import pytest
import requests

import config
from checkout.db import session
from tests.api.conftest import Shop
from tests.product import bare_environ, free_port, wait_until

CARD = "4242424242424242"


class Served:
    def __init__(self, port, shop, log):
        self.port, self.shop, self.log = port, shop, log

    def send(self, raw: bytes) -> tuple[int, dict[str, str], bytes]:
        """The first answer to raw bytes: status, headers, body."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(raw)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines[1:])
            while len(body) < int(headers["Content-Length"]):
                body += connection.recv(65536)
        return int(lines[0].split()[1]), headers, body


@pytest.fixture
def served(app, db, shop: Shop, tmp_path):
    """One worker on the test's database; the test's own connections are closed first."""
    port = free_port()
    log = tmp_path / "web.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "wsgi:app()", "--workers", "1"),
                *("--config", "python:tests.gate.hasty_gunicorn", "--bind", f"127.0.0.1:{port}"),
            ],
            cwd=config.PROJECT,
            env=bare_environ(
                DATABASE_URL=db.url,
                REDIS_URL="redis://127.0.0.1:1/0",
                DATA_DIR=str(tmp_path),
                SECRET_KEY="a secret for tests that is long enough",
                STRIPE_WEBHOOK_SECRETS="whsec_test",
                ENCRYPTION_KEYS="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            ),
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def ready():
        try:
            return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=30).ok
        except requests.RequestException:  # not there yet, or still reading the product in
            return False

    try:
        wait_until(ready, 60, "gunicorn")
        yield Served(port, shop, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        session.configure(db.url, pool_size=60)


def broken_requests(key: str) -> dict[str, tuple[bytes, int]]:
    post = (
        f"POST /v1/payments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nIdempotency-Key: k\r\n"
        "Content-Type: application/json\r\n"
    ).encode()
    return {
        "no HTTP": (f"PAY {CARD}\r\n\r\n".encode(), 400),
        "negative length": (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        "long address": (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        "long header": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", 431),
        "bytes in the address": (b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        "unknown coding": (b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        "two lengths": (
            b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
        ),
        "bad header name": (f"GET / HTTP/1.1\r\nHost: localhost\r\n{CARD} : x\r\n\r\n".encode(), 400),
        "no chunk": (post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        "chunk too long": (post + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh\r\n0\r\n\r\n", 400),
        "length too large": (post + b"Content-Length: 5000000\r\n\r\n{}", 413),
        "unknown method": (b"FOO /v1/payments HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        "no host": (b"GET /v1/payments HTTP/1.1\r\n\r\n", 400),
    }


def whatever_is_broken_is_a_problem_and_is_not_quoted(served):
    """Statuses of their own, one shape, an id; and nothing of the request in the log."""
    for name, (raw, status) in broken_requests(served.shop.key).items():
        answered, headers, body = served.send(raw)
        assert answered == status, (name, answered, body)
        assert headers["Content-Type"] == "application/problem+json", name
        problem = json.loads(body)
        assert problem["status"] == status, name
        assert problem["request_id"] == headers["Request-Id"], name
        assert {"type", "title", "detail", "instance", "code", "retryable"} <= set(problem), name

    log = served.log.read_text()
    assert CARD not in log
    assert served.shop.key not in log
    assert log.count('"event":"http.unreadable"') >= 6


def a_good_request_gets_through(served):
    key = served.shop.key.encode()

    status, headers, body = served.send(
        b"GET /v1/payments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        + key
        + b"\r\nConnection: close\r\n\r\n"
    )

    assert (status, json.loads(body)["data"]) == (200, [])
    assert headers["Request-Id"].startswith("req_")


def two_idempotency_keys_are_refused_and_a_comma_is_part_of_one(served):
    """WSGI has one value a header: two are joined on the way, and must not look like one key."""
    head = f"POST /v1/payments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {served.shop.key}\r\n".encode()
    body = json.dumps(served.shop.body(amount=1)).encode()
    rest = (
        b"Content-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body
    )

    two = served.send(head + b"Idempotency-Key: a\r\nidempotency-key: b\r\n" + rest)
    quoted = served.send(head + b'Idempotency-Key: "a"\r\nIdempotency-Key: "b"\r\n' + rest)
    comma = served.send(head + b"Idempotency-Key: a,b\r\n" + rest)

    assert [json.loads(answer[2])["code"] for answer in (two, quoted)] == ["idempotency_key_invalid"] * 2
    assert json.loads(comma[2])["code"] == "order_amounts_do_not_add_up"  # its key is one


def a_client_that_stops_in_the_middle_is_let_go(served):
    """After the deadline for its body, and not for ever: 408."""
    key = served.shop.key.encode()

    status, _, body = served.send(
        b"POST /v1/payments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        + key
        + b"\r\nIdempotency-Key: k\r\n"
        b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
    )

    assert (status, json.loads(body)["code"]) == (408, "bad_request")


def test_what_comes_over_a_plain_connection(served):
    """One server for all of it: starting one takes longer than everything that is asked here."""
    a_good_request_gets_through(served)
    whatever_is_broken_is_a_problem_and_is_not_quoted(served)
    two_idempotency_keys_are_refused_and_a_comma_is_part_of_one(served)
    a_client_that_stops_in_the_middle_is_let_go(served)
