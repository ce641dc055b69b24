"""What a failure means: told by status, code and how far the request came, never by the SDK's class of exception."""

from __future__ import annotations

import os
import socket
import threading
import time
from http.client import HTTPConnection

import pytest

from checkout.core.clock import utcnow
from checkout.psp import Declined, InvalidRequest, OutcomeUnknown, RateLimited, Unavailable
from checkout.psp.stripe import transport
from tests.psp.conftest import adapter_at
from tests.psp.stub import error, hang_up, http, refusing_address, silence


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Short waits: the pause between two attempts and the time for an answer."""
    monkeypatch.setattr(transport.PooledClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(transport, "READ_SECONDS", 0.5)


@pytest.fixture
def register(stub, request_of):
    """Registers a payment at the stub, which answers with the given script."""

    def call(*script):
        stub.answers(*script)
        return adapter_at(stub.base).register_payment(request_of())

    return call


def session(request, **changes):
    """A session as Stripe answers it, for the request."""
    return {
        "id": "cs_test_1",
        "object": "checkout.session",
        "client_reference_id": request.reference,
        "amount_total": request.amount.amount_minor,
        "currency": request.amount.currency.lower(),
        "expires_at": int(request.expires_at.timestamp()),
        "livemode": False,
        "payment_intent": None,
        "payment_status": "unpaid",
        "status": "open",
        "url": "https://checkout.example/pay/cs_test_1",
        **changes,
    }


def test_a_request_is_sent_in_one_piece(stub, request_of, monkeypatch):
    """Head and body together, on a fresh connection and on one that is kept; what comes back is read as ever."""
    sent = []
    send = HTTPConnection.send
    monkeypatch.setattr(HTTPConnection, "send", lambda self, data: sent.append(data) or send(self, data))
    adapter = adapter_at(stub.base)
    for _ in range(2):
        request = request_of()
        stub.answers(http(200, session(request)))
        assert adapter.register_payment(request).session_id == "cs_test_1"

    assert len(sent) == 2
    assert all(
        whole.startswith(b"POST /v1/checkout/sessions") and b"&mode=payment" in whole for whole in sent
    )


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_fault_of_the_psp_leaves_the_outcome_unknown(register, status):
    with pytest.raises(OutcomeUnknown):
        register(error(status, "api_error", type="api_error"))


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Bad gateway</html>",
        b'{"id": "cs_te',
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b'"text"',
        b"[" * 100_000,
        b'{"id": 1e999}',
    ],
    ids=["html", "truncated", "empty", "not-utf-8", "list", "null", "text", "deep", "infinite"],
)
@pytest.mark.parametrize("status", [200, 201, 299])
def test_an_unreadable_success_leaves_the_outcome_unknown(register, status, body):
    with pytest.raises(OutcomeUnknown):
        register(http(status, body))


@pytest.mark.parametrize(
    "body",
    [b"<html>Forbidden</html>", b"{}", b'{"error": "nope"}', b'{"error": ["x"]}', b'{"error": null}', b"[]"],
    ids=["html", "no-error", "oauth", "list", "null", "a-list"],
)
@pytest.mark.parametrize("status", [400, 402, 403, 404, 451])
def test_a_refusal_that_is_not_the_psps_own_is_not_believed(register, status, body):
    """Something in between answered, a proxy or a firewall: it does not know what the PSP did."""
    with pytest.raises(OutcomeUnknown):
        register(http(status, body))


def test_a_redirect_is_not_followed(register, stub):
    """An API that redirects is not the API we know."""
    with pytest.raises(OutcomeUnknown):
        register(http(302, {}, Location="http://127.0.0.1:1/"))

    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("status", "code", "type"),
    [
        (400, "parameter_invalid_empty", "invalid_request_error"),
        (401, "api_key_expired", "invalid_request_error"),
        (403, "account_invalid", "invalid_request_error"),
        (404, "resource_missing", "invalid_request_error"),
    ],
)
def test_a_refusal_of_the_psp_is_an_invalid_request(register, stub, status, code, type):
    """It is never sent again by itself."""
    with pytest.raises(InvalidRequest) as refused:
        register(error(status, code, type=type))

    assert refused.value.psp_code == code
    assert len(stub.requests) == 1


def test_a_card_error_is_a_decline_with_our_reason(register):
    body = {
        "error": {
            "type": "card_error",
            "code": "card_declined",
            "decline_code": "lost_card",
            "message": "No.",
        }
    }

    with pytest.raises(Declined) as declined:
        register(http(402, body))

    assert (declined.value.reason, declined.value.psp_code) == ("generic_decline", "lost_card")


def test_a_key_in_flight_is_for_later(register, stub):
    with pytest.raises(RateLimited) as later:
        register(error(409, "idempotency_key_in_use", type="idempotency_error"))

    assert later.value.retry_after_seconds == 1
    assert len({headers["idempotency-key"] for _, headers, _ in stub.requests}) == 1


def test_too_many_requests_says_when_to_come_back(register):
    with pytest.raises(RateLimited) as later:
        register(error(429, "rate_limit", Retry_After="7"))

    assert later.value.retry_after_seconds == 7


@pytest.mark.parametrize("asked", ["x", "-1", "1.5", "99999999999", "Fri, 31 Dec 2027 23:59:59 GMT"])
def test_a_strange_retry_after_is_as_good_as_none(register, asked):
    with pytest.raises(RateLimited) as later:
        register(error(429, "rate_limit", Retry_After=asked))

    assert later.value.retry_after_seconds == 1


def test_nothing_is_sent_again_before_the_psp_wants_it(register, stub):
    """The SDK's own retry would come half a second later, whatever the header says."""
    with pytest.raises(OutcomeUnknown) as unknown:
        register(error(503, "api_error", Retry_After="60"))

    assert unknown.value.retry_after_seconds == 60
    assert len(stub.requests) == 1


def test_a_fault_is_tried_once_more_under_the_same_key(stub, request_of):
    request = request_of()
    stub.answers(error(500, "api_error"), http(200, session(request)))

    registered = adapter_at(stub.base).register_payment(request)

    assert registered.session_id == "cs_test_1"
    keys = [headers["idempotency-key"] for _, headers, _ in stub.requests]
    assert keys == [request.idempotency_key, request.idempotency_key]


def test_a_refused_connection_means_nothing_was_executed(request_of):
    with pytest.raises(Unavailable):
        adapter_at(refusing_address()).register_payment(request_of())


def test_a_refusal_after_an_attempt_that_got_through_proves_nothing(stub, request_of, monkeypatch):
    """The first attempt is cut off, at the second nobody listens any more: the first may have been executed."""

    def last_words(connection: socket.socket) -> None:
        stub.leave()

    stub.answers(last_words)
    monkeypatch.setattr(transport.PooledClient, "INITIAL_DELAY", 0.2)

    with pytest.raises(OutcomeUnknown) as unknown:
        adapter_at(stub.base).register_payment(request_of())

    assert "NewConnectionError" in str(unknown.value)  # by its last attempt alone, nothing was executed


def test_a_connection_that_ends_without_an_answer_is_unknown(register, stub):
    with pytest.raises(OutcomeUnknown):
        register(hang_up)

    assert len(stub.requests) == 2


def test_silence_is_unknown_after_the_time_for_an_answer(stub, request_of, monkeypatch):
    """The call ends in time, and the late answer changes nothing."""
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    stub.answers(silence)
    began = time.monotonic()

    with pytest.raises(OutcomeUnknown):
        adapter_at(stub.base).register_payment(request_of())

    assert time.monotonic() - began < 50  # the answer would come after sixty


def test_an_address_that_does_not_speak_tls_is_unknown(request_of):
    """Whoever answers there is not the PSP; what it did with the request nobody knows."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer_in_clear() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(16)
                connection.sendall(http(200, {}))

        thread = threading.Thread(target=answer_in_clear)
        thread.start()
        with pytest.raises(OutcomeUnknown, match="SSLError"):
            adapter_at(f"https://127.0.0.1:{listener.getsockname()[1]}").register_payment(request_of())
        thread.join(timeout=60)


def test_a_body_cut_short_is_unknown(register):
    whole = http(200, {"id": "cs_test_1"})

    def cut(connection: socket.socket) -> None:
        connection.sendall(whole[:-5])

    with pytest.raises(OutcomeUnknown):
        register(cut)


def test_a_body_without_end_is_not_read_to_it(register, stub):
    """Ten megabytes announced: reading stops at the bound, and nothing is sent again."""
    with pytest.raises(OutcomeUnknown):
        register(http(200, b"x" * (10 * 1024 * 1024)))

    assert len(stub.requests) == 1


def test_a_body_that_trickles_is_not_waited_for(stub, request_of, monkeypatch):
    """Each piece comes in time, the whole would not."""
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 601\r\n\r\n")
        for _ in range(600):
            connection.sendall(b" ")
            time.sleep(0.1)

    stub.answers(trickle)
    began = time.monotonic()

    with pytest.raises(OutcomeUnknown):
        adapter_at(stub.base).register_payment(request_of())

    assert time.monotonic() - began < 50  # it takes one; the whole would take two minutes


@pytest.mark.parametrize(
    "change",
    [
        {"amount_total": 1},
        {"currency": "usd"},
        {"currency": "xxx"},
        {"amount_total": "2490"},
        {"amount_total": 2490.0},
        {"amount_total": True},
        {"client_reference_id": "pay_other"},
        {"client_reference_id": None},
        {"livemode": True},
        {"url": None},
        {"url": "javascript:alert(1)"},
        {"id": ""},
        {"expires_at": 10**15},
        {"status": "complete", "payment_status": "paid"},
    ],
    ids=str,
)
def test_an_answer_that_is_not_about_our_payment_is_not_believed(stub, request_of, change):
    """A readable 200 with another amount, currency, reference or mode is as unknown as no answer."""
    request = request_of()
    stub.answers(http(200, session(request, **change)))

    with pytest.raises(OutcomeUnknown):
        adapter_at(stub.base).register_payment(request)


def test_another_session_than_the_one_asked_for_is_not_believed(stub, request_of):
    stub.answers(http(200, session(request_of(), id="cs_test_2")))

    with pytest.raises(OutcomeUnknown):
        adapter_at(stub.base).fetch_payment("cs_test_1")


def test_a_list_without_end_is_left_after_a_hundred_pages(stub):
    page = {"object": "list", "has_more": True, "data": [{"id": "cs_test_1", "client_reference_id": "pay_x"}]}
    stub.answers(http(200, page))

    with pytest.raises(OutcomeUnknown):
        adapter_at(stub.base).find_payment("pay_y", utcnow())

    assert len(stub.requests) == 100


def test_nothing_of_the_psps_message_stands_in_ours(register):
    """Its message may repeat what it was sent: an email, a key."""
    body = {"error": {"type": "invalid_request_error", "code": "email_invalid", "param": "customer_email",
                      "message": "Invalid email address: jo@example.org"}}  # fmt: skip

    with pytest.raises(InvalidRequest) as refused:
        register(http(400, body))

    assert "jo@" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_every_request_names_version_and_key(stub, request_of):
    request = request_of()
    stub.answers(http(200, session(request)))

    adapter_at(stub.base).register_payment(request)

    ((line, headers, _),) = stub.requests
    assert line == "POST /v1/checkout/sessions HTTP/1.1"
    assert headers["stripe-version"] == "2026-10-28.endive"
    assert headers["authorization"] == "Bearer sk_test_mock"
    assert headers["idempotency-key"] == request.idempotency_key
    assert "x-stripe-client-telemetry" not in headers


def test_a_forked_child_makes_its_own_connections(stub, request_of):
    """Two processes on one socket would read each other's answers."""
    request = request_of()
    stub.answers(http(200, session(request)))
    adapter = adapter_at(stub.base)
    adapter.register_payment(request)
    before = adapter._client._sdk()[1]

    child = os.fork()
    if child == 0:
        os._exit(0 if adapter._client._sdk()[1] is not before else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert adapter._client._sdk()[1] is before
