"""A card number, a key, an email: planted in every place a client can reach, looked for in every line and row."""

from __future__ import annotations

import json

import pytest

from checkout.psp.errors import OutcomeUnknown
from checkout.shoppers import Details
from tests.api.conftest import Caller
from tests.conftest import Database
from tests.shoppers.reading import people

CARD = "4000056655665556"
SPACED = "4000 0566 5566 5556"
EMAIL = "planted.shopper@leaks.example"
NAME = "Planted Shopperson"


def everything_in(db: Database) -> dict[str, str]:
    tables = db.rows(
        "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    return {
        table["name"]: json.dumps(
            [row["row"] for row in db.rows(f'SELECT row_to_json(t)::text AS row FROM "{table["name"]}" t')]
        )
        for table in tables
    }


def plant(caller: Caller) -> list[int]:
    """Everything a client may try, well-formed and not."""
    body = caller.shop.body(customer={"email": EMAIL, "name": NAME})
    auth = {"Authorization": f"Bearer {caller.shop.key}"}
    client = caller.client
    payment = caller.create(customer={"email": EMAIL, "name": NAME})
    answers = [
        caller.get(f"/v1/payments/{payment['id']}"),
        caller.get(f"/v1/payments/{payment['id']}/timeline"),
        caller.get(f"/v1/payments?reference={SPACED}"),
        caller.get(f"/v1/payments?email={EMAIL}"),
        caller.get(f"/v1/payments/{CARD}"),
        caller.get(f"/v1/payments?key={caller.shop.key}"),
        caller.get(f"/{CARD}/{EMAIL}/{caller.shop.key}"),
        caller.post(f"/v1/payments/{payment['id']}/cancel", {EMAIL: CARD}),
        caller.post("/v1/payments", {**body, "metadata": {"note": SPACED}}),
        caller.post("/v1/payments", {**body, "metadata": {CARD: "x"}}),
        caller.post("/v1/payments", {**body, EMAIL: 1}),
        caller.post("/v1/payments", {**body, "amount": EMAIL}),
        caller.post("/v1/payments", {**body, "return_url": f"https://{EMAIL}/{CARD}"}),
        caller.post("/v1/payments", body, key=CARD),
        client.post("/v1/payments", data=f"{EMAIL} {CARD}", headers=auth),
        client.post(
            "/v1/payments",
            data=f'{{"a": "{EMAIL}',
            content_type="application/json",
            headers={**auth, "Idempotency-Key": "k"},
        ),
        client.get(
            "/v1/payments",
            headers={
                "Authorization": f"Bearer {caller.shop.key}x",
                "User-Agent": f"{EMAIL} {CARD}",
                "Referer": CARD,
            },
        ),
        client.post(
            "/webhooks/stripe", data=f"{EMAIL} {CARD}", headers={"Stripe-Signature": caller.shop.key}
        ),
        client.open(f"/{CARD}", method="POST", headers={"Cookie": f"k={caller.shop.key}"}),
    ]
    return [answer.status_code for answer in answers]


def test_no_line_and_no_row_holds_what_was_planted(caller, psp, db, capfd):
    """Also when the PSP fails with the shopper's data in its words."""
    statuses = plant(caller)
    psp.failures.append(OutcomeUnknown(f"timeout for {EMAIL} with {CARD} and {caller.shop.key}"))
    failed = caller.post("/v1/payments", caller.shop.body(customer={"email": EMAIL}))

    captured = capfd.readouterr()
    lines = captured.out + captured.err
    rows = everything_in(db)
    secret = caller.shop.key.rpartition("_")[2]
    assert len(lines.splitlines()) >= len(statuses)
    for planted in (CARD, SPACED, EMAIL, NAME, secret):
        assert planted not in lines, planted
        holders = {table for table, text in rows.items() if planted in text}
        assert holders == set(), f"{planted} stands in {holders}"
    assert Details(EMAIL, NAME) in people(db)  # the control: what was planted did arrive
    assert failed.status_code == 503
    for word in (CARD, EMAIL, secret):
        assert word not in failed.get_data(as_text=True)


def test_a_fault_of_ours_leaks_nothing_either(app, caller, capfd, monkeypatch):
    """The worst case: an exception that nobody foresaw, with everything in its text."""

    def fails(*_, **__):
        raise RuntimeError(f"{EMAIL} {CARD} {caller.shop.key}")

    monkeypatch.setattr("checkout.api.payments.start_payment", fails)

    answer = caller.post("/v1/payments", caller.shop.body())

    lines = capfd.readouterr().err
    assert answer.status_code == 500
    assert answer.get_json()["code"] == "internal_error"
    assert '"event":"request.failed"' in lines
    assert answer.headers["Request-Id"] in lines
    for planted in (CARD, EMAIL, caller.shop.key):
        assert planted not in lines + answer.get_data(as_text=True)


def test_the_control_finds_what_is_not_scrubbed(caller, capfd, monkeypatch):
    """With the scrubbing off the same fault is found: the test can fail."""
    monkeypatch.setattr("checkout.observability.logs.scrub", lambda text: text)

    def fails(*_, **__):
        raise RuntimeError(EMAIL)

    monkeypatch.setattr("checkout.api.payments.start_payment", fails)

    caller.post("/v1/payments", caller.shop.body())

    assert EMAIL in capfd.readouterr().err


@pytest.mark.parametrize("path", ["/v1/payments/{}", "/docs/errors/{}", "/s/{}", "/{}"])
def test_a_path_is_logged_as_its_rule(caller, capfd, path):
    caller.get(path.format("secret-path-segment"))

    assert "secret-path-segment" not in capfd.readouterr().err
