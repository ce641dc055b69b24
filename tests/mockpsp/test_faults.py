"""Faults: each breaks the wire in its own way, and the journal and the lists tell what truly happened."""

from __future__ import annotations

import time

import pytest
import requests

from tests.mockpsp.conftest import session_form

SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
def fault(control):
    def add(kind, **more):
        return control("POST", "/faults", {"path": SESSIONS, "method": "POST", "kind": kind} | more)

    return add


@pytest.fixture
def raw(mock):
    """A plain client, for answers that are no answers."""
    with requests.Session() as session:

        def send(key="k1", **changes):
            return session.post(
                mock.base + SESSIONS,
                data=session_form(**changes),
                headers={"Authorization": "Bearer sk_test_123456", "Idempotency-Key": key},
                timeout=30,
            )

        yield send


def made(client):
    return len(client.v1.checkout.sessions.list().data)


@pytest.mark.parametrize(("kind", "executed"), [("refuse", 0), ("drop_request", 0), ("drop_response", 1)])
def test_a_dropped_connection(kind, executed, fault, raw, client):
    """The client cannot tell the three apart; the lists can. The same key then finishes the work once."""
    fault(kind, times=1)

    with pytest.raises(requests.ConnectionError):
        raw()

    assert made(client) == executed
    assert raw().status_code == 200
    assert made(client) == 1


def test_latency_waits_and_then_does_it(fault, raw, client):
    fault("latency", after_ms=300, times=1)
    began = time.monotonic()

    assert raw().status_code == 200

    assert time.monotonic() - began >= 0.3
    assert made(client) == 1


@pytest.mark.parametrize("status", [429, 503, 409])
def test_a_status_with_retry_after(status, fault, raw, client):
    """Nothing is done, nothing is kept under the key: the next request goes through."""
    fault("status", status=status, retry_after=2, times=1)

    response = raw()

    assert (response.status_code, response.headers["Retry-After"]) == (status, "2")
    assert made(client) == 0
    assert raw().status_code == 200


def test_a_500_is_replayed_under_its_key_as_stripe_does(fault, raw, client, control):
    """Execution had begun: the key is spent until it expires."""
    fault("status", status=500, times=1)
    assert raw().status_code == 500

    again = raw()
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (500, "true")
    assert made(client) == 0

    control("POST", "/clock", {"advance_seconds": 24 * 3600 + 1})
    assert raw().status_code == 200


@pytest.mark.parametrize(
    ("body", "starts", "length"),
    [(None, "<!doctype html>", 0), ("[]", "[]", 0), ("truncated", '{"', 0), ("huge", '{"padding":"xxx', 10_000_000)],
)  # fmt: skip
def test_garbage_with_status_200(body, starts, length, fault, raw, client):
    """The work was done, the answer says nothing of it; the same key tells later."""
    fault("garbage", times=1, **({"body": body} if body else {}))

    response = raw()

    assert response.status_code == 200
    assert response.text.startswith(starts)
    assert len(response.content) >= length
    if body in (None, "truncated", "[]"):
        assert made(client) == 1
    assert raw().json()["object"] == "checkout.session"


def test_a_wrong_amount_is_what_the_shopper_would_pay(fault, client, new_session, pay, control):
    """The PSP wrote down another amount: the answer, the charge and the journal agree, only the shop asked otherwise."""
    fault("wrong_amount", times=1)

    session = new_session(amount=2490)
    pay(session, "4242424242424242")

    assert session.amount_total == 2590
    assert client.v1.charges.list().data[0].amount == 2590
    assert control("GET", "/journal")["entries"][0]["amount"] == 2590


def test_a_wrong_amount_in_a_read_is_a_lie(control, client, new_session, pay):
    session = new_session(amount=2490)
    pay(session, "4242424242424242")
    control("POST", "/faults", {"path": f"{SESSIONS}/{session.id}", "kind": "wrong_amount", "times": 1})

    assert client.v1.checkout.sessions.retrieve(session.id).amount_total == 2590
    assert client.v1.checkout.sessions.retrieve(session.id).amount_total == 2490
    assert control("GET", "/journal")["entries"][0]["amount"] == 2490


def test_forgotten_keys_do_it_again(fault, raw, client):
    """The control of every "once": without the key's memory there are two."""
    raw()
    fault("forget_keys", times=1)

    assert "Idempotent-Replayed" not in raw().headers
    assert made(client) == 2


def test_a_share_strikes_by_its_seed(fault, raw, control):
    """Seed 7 at 30 % strikes the same requests in every run."""

    def strikes():
        control("DELETE", "/faults")
        fault("status", status=503, share=0.3, seed=7)
        return [raw(key=f"k{number}").status_code == 503 for number in range(20)]

    first, second = strikes(), strikes()

    assert first == second
    assert 2 <= sum(first) <= 12


def test_a_path_matches_exactly_and_delete_clears(fault, control, raw, client):
    fault("status", status=503)

    assert raw().status_code == 503
    assert client.v1.checkout.sessions.list().data == []
    assert control("DELETE", "/faults") == {"cleared": 1}
    assert raw().status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "unknown"}, {}, {"kind": "status", "status": 200}, {"kind": "latency", "after_ms": -1},
        {"kind": "latency", "share": 2}, {"kind": "latency", "shares": 1}, {"kind": "latency", "times": "x"},
        {"kind": "latency", "path": 7},
    ],
)  # fmt: skip
def test_a_fault_that_makes_no_sense_is_refused(standing, body):
    with requests.Session() as session:
        assert session.post(f"{standing.base}/_mock/faults", json=body, timeout=30).status_code == 422
