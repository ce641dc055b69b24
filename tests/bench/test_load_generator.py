"""The load generator tells the truth: what it counts, from when it times, and what it does when a server misbehaves."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from bench.load.engine import Engine, Journey, Request
from bench.load.journeys import WebhookRequest, payment_request
from bench.peers.psp_stub import Stub
from checkout.core.clock import wallclock
from checkout.psp.stripe.webhook import verified_event

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Answerer = Callable[[int], bytes]


@contextmanager
def server(answer: Answerer, *, requests_per_connection: int = 1_000_000) -> Iterator[int]:
    """Answers each request with what `answer(number)` says, one connection a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    numbers = iter(range(1_000_000))

    def serve(line: socket.socket) -> None:
        with line, suppress(OSError):
            for _ in range(requests_per_connection):
                if not line.recv(65_536):
                    return
                line.sendall(answer(next(numbers)))

    def accept() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def asks(port: int) -> Callable[[], Journey]:
    def journey() -> Journey:
        yield Request("get", ("127.0.0.1", port), b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")

    return journey


def test_a_closed_loop_counts_every_answer_by_its_status():
    """Each third answer is an error: it is counted as one."""
    refusal = b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"
    with server(lambda number: refusal if number % 3 == 2 else OK) as port:
        tally = Engine(asks(port)).closed(connections=2, seconds=1.0, warm_up_seconds=0.0)

    assert set(tally.statuses["get"]) == {"200", "503"}
    assert tally.statuses["get"]["200"] == pytest.approx(2 * tally.statuses["get"]["503"], abs=4)
    assert sum(tally.statuses["get"].values()) == len(tally.times["get"]) == tally.journeys


def test_an_open_loop_times_from_the_tick_so_that_a_stall_shows():
    """A server that stalls once for 0.3 s delays what was due meanwhile: all of it counts as late, not one request."""

    def stall_at_the_tenth(number: int) -> bytes:
        if number == 9:
            time.sleep(0.3)
        return OK

    with server(stall_at_the_tenth) as port:
        engine = Engine(asks(port))
        engine.limit_sockets(1)
        tally = engine.open(rate=100, seconds=1.0, warm_up_seconds=0.0)

    assert len(tally.times["get"]) == pytest.approx(100, abs=1)
    assert sum(1 for seconds in tally.times["get"] if seconds > 0.1) >= 15


def test_a_connection_that_the_server_closed_costs_a_new_one_not_a_failure():
    """Servers end idle connections: the request is sent again, once."""
    with server(lambda number: OK, requests_per_connection=3) as port:
        tally = Engine(asks(port)).closed(connections=1, seconds=0.5, warm_up_seconds=0.0)

    assert set(tally.statuses["get"]) == {"200"}
    assert tally.reconnects > 0


def test_a_server_that_never_answers_is_a_failure():
    """Status 0 is what a lost request counts as."""
    with server(lambda number: b"", requests_per_connection=1) as port:
        tally = Engine(asks(port)).closed(connections=1, seconds=0.5, warm_up_seconds=0.0)

    assert set(tally.statuses["get"]) == {"0"}


def test_each_payment_request_has_its_own_key_and_payment_id():
    """Nothing that is measured as a creation may be a replay."""
    make = payment_request(80, "/v1/payments", {}, {"amount": 2490, "customer": {"name": "Jo"}})

    requests = [make() for _ in range(50)]

    bodies = [json.loads(request.split(b"\r\n\r\n", 1)[1]) for request in requests]
    keys = {
        line for request in requests for line in request.split(b"\r\n") if line.startswith(b"Idempotency-Key")
    }
    assert len({body["payment_id"] for body in bodies}) == len(keys) == 50
    assert all(len(request.split(b"\r\n\r\n", 1)[1]) == _length(request) for request in requests)


def test_a_webhook_is_signed_as_the_product_expects():
    """Otherwise the benchmark would measure refusals."""
    event = {
        "id": "evt_ID",
        "object": "event",
        "type": "charge.succeeded",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": {"id": "ch_ID"}},
    }
    sign = WebhookRequest(80, "/webhooks/stripe", "whsec_a", json.dumps(event))

    head, body = sign({"ch_ID": "ch_7"}).split(b"\r\n\r\n", 1)

    signature = head.split(b"Stripe-Signature: ")[1].split(b"\r\n")[0].decode()
    found = verified_event(body, [signature], secrets=("whsec_a",), livemode=False, now=wallclock())
    assert found.event_id.startswith("evt_bench")
    assert found.payload["data"]["object"]["id"] == "ch_7"


def test_the_stub_answers_the_same_session_under_the_same_key():
    """Its amount is the sum of the lines, as the adapter checks."""
    body = (
        b"client_reference_id=pay_1&line_items[0][quantity]=2&line_items[0][price_data][currency]=eur"
        b"&line_items[0][price_data][unit_amount]=995&line_items[1][price_data][currency]=eur"
        b"&line_items[1][price_data][unit_amount]=500"
    )
    stub = Stub()

    _, first, _ = stub.answer("POST", "/v1/checkout/sessions", "key-1", body)
    _, again, _ = stub.answer("POST", "/v1/checkout/sessions", "key-1", body)

    session = json.loads(first)
    assert first == again
    assert (session["amount_total"], session["currency"], session["client_reference_id"]) == (
        2490,
        "eur",
        "pay_1",
    )


def _length(request: bytes) -> int:
    return int(request.split(b"Content-Length: ")[1].split(b"\r\n")[0])
