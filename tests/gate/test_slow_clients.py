"""Over a real socket, through the product's own server: who trickles is cut off, and what is too large is not read."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest

import config
from checkout.launcher import gunicorn_settings, slow_clients
from tests.product import bare_environ, free_port, wait_until

# One group: the tests share a running server, which each process of pytest-xdist would start for itself.
pytestmark = pytest.mark.xdist_group("slow clients")

CUT_OFF_SECONDS = 20  # it takes one; all that trickles would take thirty
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def port(own_database, tmp_path_factory):
    """One worker with its real class; nothing here needs a row in the database."""
    folder, port = tmp_path_factory.mktemp("slow"), free_port()
    with (folder / "web.log").open("w") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "wsgi:app()", "--workers", "1"),
                *("--config", "python:tests.gate.hasty_gunicorn", "--bind", f"127.0.0.1:{port}"),
            ],
            cwd=config.PROJECT,
            env=bare_environ(
                DATABASE_URL=own_database.url,
                REDIS_URL="redis://127.0.0.1:1/0",
                DATA_DIR=str(folder),
                SECRET_KEY="a secret for tests that is long enough",
                STRIPE_WEBHOOK_SECRETS="whsec_test",
                ENCRYPTION_KEYS="MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            ),
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: answer_to(port, GET + b"\r\n")[0] == 200, 60, (folder / "web.log").read_text())
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def answer_to(port: int, raw: bytes, trickle: bytes = b"", every: float = 0.1) -> tuple[int, str, float]:
    """Status, code and seconds; 0 where the connection ended without an answer. `trickle` comes byte by byte."""
    began = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(raw)
            connection.settimeout(every)
            answer = b""
            for index in range(1_000):
                try:
                    if index < len(trickle):
                        with suppress(
                            ConnectionError
                        ):  # cut off: what was answered before is there to be read
                            connection.sendall(trickle[index : index + 1])
                    while piece := connection.recv(65536):
                        answer += piece
                        if b"}" in piece:
                            break
                    break
                except TimeoutError:
                    continue
    except OSError:
        return 0, "", time.monotonic() - began
    head, _, body = answer.partition(b"\r\n\r\n")
    code = json.loads(body).get("code", "") if body else ""
    return int(head.split()[1]) if head else 0, code, time.monotonic() - began


def test_headers_that_trickle_are_cut_off(port):
    """A byte every tenth of a second never pauses for long, and yet has to end: 408 as a problem."""
    status, code, seconds = answer_to(port, GET, trickle=b"X-Slow: " + b"a" * 300)

    assert (status, code) == (408, "bad_request")
    assert seconds < CUT_OFF_SECONDS


def test_a_body_that_trickles_is_cut_off(port):
    """The deadline is for the whole body, not between two bytes of it."""
    head = b"POST /webhooks/stripe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400\r\n\r\n"

    status, code, seconds = answer_to(port, head, trickle=b"a" * 399)

    assert (status, code) == (408, "bad_request")
    assert seconds < CUT_OFF_SECONDS


def test_a_form_that_trickles_is_cut_off(port):
    """Pages' bodies are read by the framework: it refuses too, and keeps no thread."""
    head = (
        b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 400\r\nConnection: close\r\n\r\n"
    )

    status, code, seconds = answer_to(port, head, trickle=b"a" * 399)

    assert (status, code) == (400, "bad_request")
    assert seconds < CUT_OFF_SECONDS


def test_a_slow_client_keeps_nobody_else_waiting(port):
    """While some trickle, others are answered before these are cut off: the server is never at the end of its threads.
    A busy machine may be late; a server that waits for them would be so at every try."""
    for _ in range(10):
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(10)]
        for connection in slow:
            connection.sendall(GET)

        status, _, seconds = answer_to(port, GET + b"\r\n")

        for connection in slow:
            connection.close()
        if status == 200 and seconds < 0.5:  # the slow ones have 0.6
            return
    raise AssertionError(f"{status} after {seconds} s")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (GET + b"".join(b"X-%d: a\r\n" % n for n in range(70)) + b"\r\n", 431),
        (GET + b"X-Large: " + b"a" * 9_000 + b"\r\n\r\n", 431),
        (GET.replace(b"GET", b"POST") + b"Content-Length: 99999999\r\n\r\n", 405),
        (
            b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: 99999999\r\n\r\n",
            413,
        ),
        (
            b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
        ),
    ],
)
def test_what_is_too_large_or_broken_is_refused_unread(port, raw, status):
    """Request line, number and size of headers, forms: a problem each, and no 500. A machine that stood still for 0.6 s
    makes a slow client of us (408): then once more."""
    answers = (answer_to(port, raw)[0] for _ in range(10))

    assert next(answer for answer in answers if answer != 408) == status


def test_the_shipped_deadlines_are_below_a_requests_own():
    """A web request may take 30 s: a client's slowness must not use all of it."""
    assert slow_clients.HEAD_SECONDS <= 10
    assert slow_clients.BODY_SECONDS <= 20 < gunicorn_settings.timeout
