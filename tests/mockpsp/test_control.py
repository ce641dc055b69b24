"""The control API: on the loopback interface alone, and honest about what happened."""

from __future__ import annotations

import time

import pytest
import requests

from checkout.mockpsp.app import create_mock_psp
from checkout.mockpsp.settings import MockSettings
from tests.mockpsp.conftest import session_params


@pytest.fixture
def app(tmp_path):
    app = create_mock_psp(
        MockSettings(
            sqlite_path=tmp_path / "m.sqlite3",
            public_base="http://localhost",
            webhook_url="",
            webhook_secrets=(),
        )
    )
    yield app
    app.extensions["mock_psp_stop"]()
    app.extensions["mock_psp"].store.close()


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200), ("::1", {}, 200), ("10.0.0.1", {}, 403), ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403), ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 403),
    ],
)  # fmt: skip
def test_only_this_machine_controls_the_mock(app, address, headers, status):
    """A proxy in front would make every caller look local, so its headers are refused."""
    response = app.test_client().get("/_mock/clock", headers=headers, environ_base={"REMOTE_ADDR": address})

    assert response.status_code == status


def test_the_journal_tells_each_movement_once(new_session, pay, control):
    """A charge and its fee, with our reference, our key and the balance transaction that books both."""
    session = new_session()
    pay(session, "4000000000000002")
    pay(session, "4242424242424242")

    entries = control("GET", "/journal")["entries"]

    assert [(entry["seq"], entry["kind"], entry["amount"], entry["currency"]) for entry in entries] == [
        (1, "charge", 2490, "eur"),
        (2, "fee", 102, "eur"),
    ]
    assert {entry["reference"] for entry in entries} == {"pay_1"}
    assert {entry["account"] for entry in entries} == {"platform"}
    assert len({entry["balance_transaction"] for entry in entries}) == 1
    assert control("GET", "/journal?after=1")["entries"] == entries[1:]


def test_the_journal_names_the_key_of_the_session(client, pay, control):
    session = client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "pay_1:register"})
    pay(session, "4242424242424242")

    assert control("GET", "/journal")["entries"][0]["idempotency_key"] == "pay_1:register"


def test_the_journal_adds_up_to_the_balance(client, new_session, pay, control):
    for amount, currency in ((2490, "eur"), (990, "eur"), (12340, "kwd"), (5000, "jpy")):
        pay(new_session(amount=amount, currency=currency), "4242424242424242")

    sums = {}
    for entry in control("GET", "/journal")["entries"]:
        sign = -1 if entry["kind"] == "fee" else 1
        sums[entry["currency"]] = sums.get(entry["currency"], 0) + sign * entry["amount"]

    assert sums == {line.currency: line.amount for line in client.v1.balance.retrieve().available}
    assert sums == {"eur": 2490 - 102 + 990 - 59, "kwd": 12340 - 458, "jpy": 5000 - 145}


def test_funds_are_available_at_once_unless_a_test_wants_them_pending(client, new_session, pay, control):
    """Asked for, they become available by the clock two days later."""
    control("POST", "/funds", {"available_after_seconds": 2 * 86_400})
    pay(new_session(), "4242424242424242")
    assert client.v1.balance_transactions.list().data[0].status == "pending"

    control("POST", "/clock", {"advance_seconds": 2 * 86_400})

    assert client.v1.balance_transactions.list().data[0].status == "available"
    balance = client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (2388, 0)


def test_the_clock_moves_what_is_created_but_no_signature(new_session, pay, control, shop):
    before = new_session().created
    control("POST", "/clock", {"advance_seconds": 1_000_000})

    session = new_session()
    pay(session, "4242424242424242")
    shop.wait_for(3)

    assert 1_000_000 <= session.created - before < 1_000_060
    signed_at = int(shop.received[0].signature.partition(",")[0].removeprefix("t="))
    assert abs(signed_at - before) < 60
    assert control("GET", "/clock")["advance_seconds"] == 1_000_000


def test_a_leap_of_days_happens_as_the_days_would(client, new_session, pay, control):
    """A debit settles on its second day, a session ends after its hour, whatever the size of the leap."""
    started = new_session(expires_at=int(time.time()) + 3600)
    debited = new_session()
    pay(debited, iban="DE89370400440532013000")

    control("POST", "/clock", {"advance_seconds": 30 * 86_400})

    ended = {event.type: event.created - debited.created for event in client.v1.events.list().data}
    assert 3595 <= ended["checkout.session.expired"] <= 3600
    assert 2 * 86_400 <= ended["checkout.session.async_payment_succeeded"] <= 2 * 86_400 + 5
    assert client.v1.checkout.sessions.retrieve(started.id).status == "expired"


def test_paying_with_nothing_or_an_unknown_answer_is_refused(mock, new_session):
    session_id = new_session().id
    with requests.Session() as session:
        for more in ({}, {"card": "4242424242424242", "three_d_secure": "perhaps"}):
            body = {"session": session_id} | more
            assert session.post(f"{mock.base}/_mock/pay", json=body, timeout=30).status_code == 422


def test_turning_back_leads_to_the_shop_and_leaves_the_session_open(client, new_session, pay):
    session = new_session()

    assert pay(session, action="cancel") == {
        "outcome": "canceled",
        "redirect_url": "http://localhost:8000/s/token",
    }
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/pay", {"session": "cs_test_unknown", "card": "4242424242424242"}), ("/pay", {}), ("/pay", []),
        ("/clock", {"advance_seconds": -1}), ("/clock", {"advance_seconds": True}), ("/clock", {}),
        ("/webhooks", {"mode": "unknown"}), ("/webhooks", {"mode": "delay", "seconds": -1}),
        ("/webhooks/send", {"type": "charge.succeeded", "object": "ch_unknown"}), ("/webhooks/send", {"kind": "x"}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_a_reason(standing, path, body):
    with requests.Session() as session:
        response = session.post(f"{standing.base}/_mock{path}", json=body, timeout=30)

    assert response.status_code == 422
    assert response.json()["error"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/faults", {"kind": []}),
        ("/webhooks", {"mode": {}}),
        ("/accounts", {"account": "acct_1", "action": []}),
        ("/refunds", {"refund": "re_1", "action": []}),
        ("/disputes", {"charge": "ch_1", "action": {}}),
        ("/disputes", {"charge": [], "action": "open"}),
        ("/funds", {"refunds_wait": "yes"}),
        ("/funds", {}),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_name(standing, path, body):
    """A list where a word belongs is a mistake of the test that sends it, and it is told so."""
    response = requests.post(f"{standing.base}/_mock{path}", json=body, timeout=30)

    assert response.status_code == 422
    assert response.json()["error"]
