"""Creating, reading and listing payments through the API."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from checkout.psp.errors import InvalidRequest, OutcomeUnknown
from tests.api.conftest import PUBLIC_URL, Caller
from tests.concurrency import at_once


def test_a_checkout_is_registered(caller, psp):
    """201 with what the documentation promises: ids, amounts, fees, where to send the shopper."""
    answer = caller.post("/v1/payments", caller.shop.body())

    payment = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/payments/{payment['id']}"
    assert re.fullmatch(r"pay_[0-9a-hjkmnp-tv-z]{26}", payment["id"])
    assert payment["status"] == "awaiting_shopper"
    assert (payment["amount"], payment["currency"], payment["currency_exponent"]) == (2490, "EUR", 2)
    assert payment["next_action"]["url"] == "https://psp.example/pay/1"
    assert payment["status_url"].startswith(f"{PUBLIC_URL}/s/")
    assert payment["metadata"] == {"cart": "c-77"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", payment["created_at"])
    first, second = payment["orders"]
    assert (first["amount"], first["commission"], first["logistics_fee"], first["seller_amount"]) == (
        1500,
        150,
        300,
        1050,
    )
    assert (second["amount"], second["commission"], second["seller_amount"]) == (990, 79, 911)
    assert first["estimated_delivery"] == {"from": "2026-12-01", "to": "2026-12-03"}
    assert psp.calls == ["register"]


def test_the_same_key_gets_the_same_bytes(caller, psp):
    """Replayed with its header; the PSP is asked once."""
    body = caller.shop.body()

    first = caller.post("/v1/payments", body, key="k-1")
    again = caller.post("/v1/payments", dict(reversed(body.items())), key='"k-1"')

    assert (again.status_code, again.data) == (201, first.data)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Request-Id"] != first.headers["Request-Id"]
    assert psp.calls == ["register"]


def test_a_key_used_for_another_body_is_refused(caller, db):
    caller.create(key="k-1")

    answer = caller.post("/v1/payments", caller.shop.body(metadata={"cart": "c-78"}), key="k-1")

    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency_key_reused")
    assert db.value("SELECT count(*) FROM payments") == 1


def test_a_key_is_not_burnt_by_a_body_that_fails(caller):
    """A corrected body may use it."""
    refused = caller.post("/v1/payments", caller.shop.body(amount=2491), key="k-1")
    malformed = caller.client.post(
        "/v1/payments",
        data=b"{",
        content_type="application/json",
        headers={"Authorization": f"Bearer {caller.shop.key}", "Idempotency-Key": "k-1"},
    )
    answer = caller.post("/v1/payments", caller.shop.body(), key="k-1")

    assert (refused.status_code, refused.get_json()["code"]) == (422, "order_amounts_do_not_add_up")
    assert malformed.status_code == 400
    assert answer.status_code == 201


def test_two_storefronts_may_use_the_same_key(caller, stranger):
    """Keys belong to their storefront: no answer and no existence leaks."""
    mine = caller.create(key="k-1")

    theirs = stranger.create(key="k-1")

    assert theirs["id"] != mine["id"]


def test_another_key_of_the_storefront_replays_too(caller, client):
    """Rolling an API key does not forget what was asked under the old one."""
    from dataclasses import replace

    from checkout.db.session import atomic
    from checkout.identity import api_keys
    from tests.api.conftest import CAUSE

    first = caller.create(key="k-1")
    with atomic() as session:
        _, key = api_keys.create(session, caller.shop.storefront.id, "rolled", livemode=False, cause=CAUSE)

    again = Caller(client, replace(caller.shop, key=key)).post("/v1/payments", caller.shop.body(), key="k-1")

    assert again.get_json()["id"] == first["id"]


def test_the_key_is_required(caller):
    answer = caller.client.post(
        "/v1/payments", json=caller.shop.body(), headers={"Authorization": f"Bearer {caller.shop.key}"}
    )

    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("keys", [["a", "b"], [""], ["x" * 256], ["with space"], ["schlüssel"]])
def test_keys_that_are_none(caller, keys):
    from werkzeug.datastructures import Headers

    headers = Headers(
        [("Authorization", f"Bearer {caller.shop.key}"), *(("Idempotency-Key", key) for key in keys)]
    )

    answer = caller.client.post("/v1/payments", json=caller.shop.body(), headers=headers)

    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency_key_invalid")


def test_the_same_payment_id_finds_the_payment(caller):
    """Another key with the same body: 200 and the payment that exists; with another body: 409."""
    payment_id = str(uuid4())
    first = caller.create(payment_id=payment_id)

    again = caller.post("/v1/payments", caller.shop.body(payment_id=payment_id))
    other = caller.post("/v1/payments", caller.shop.body(payment_id=payment_id, metadata={}))

    assert (again.status_code, again.get_json()["id"]) == (200, first["id"])
    assert (other.status_code, other.get_json()["code"]) == (409, "payment_id_in_use")


def test_an_unknown_outcome_is_503_and_the_same_key_goes_on(caller, psp, db):
    psp.failures.append(OutcomeUnknown("read timeout"))

    first = caller.post("/v1/payments", caller.shop.body(), key="k-1")
    second = caller.post("/v1/payments", caller.shop.body(), key="k-1")

    problem = first.get_json()
    assert (first.status_code, problem["code"], problem["retryable"]) == (503, "psp_unavailable", True)
    assert int(first.headers["Retry-After"]) >= 1
    assert (second.status_code, second.get_json()["id"]) == (201, problem["payment"])
    assert db.value("SELECT count(*) FROM payments") == 1
    assert len(psp.sessions) == 1


def test_a_refusal_of_the_psp_is_424(caller, psp):
    psp.failures.append(InvalidRequest("no such currency for this account"))

    answer = caller.post("/v1/payments", caller.shop.body(), key="k-1")
    again = caller.post("/v1/payments", caller.shop.body(), key="k-1")

    assert (answer.status_code, answer.get_json()["code"], answer.get_json()["retryable"]) == (
        424,
        "psp_rejected",
        False,
    )
    assert again.data == answer.data
    assert again.content_type == "application/problem+json"


def test_a_double_click_is_one_payment(caller, psp, db):
    """The same request from 20 threads at one moment: one payment; everybody gets it or is told to wait."""
    body = caller.shop.body()

    answers = at_once(*[lambda: caller.post("/v1/payments", body, key="k-1") for _ in range(20)])

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.data for answer in answers if answer.status_code == 201}) == 1
    assert db.value("SELECT count(*) FROM payments") == 1
    assert len(psp.sessions) == 1


def test_a_payment_is_found_by_either_id(caller):
    payment_id = str(uuid4())
    payment = caller.create(payment_id=payment_id)

    by_ours = caller.get(f"/v1/payments/{payment['id']}")
    by_theirs = caller.get(f"/v1/payments/{payment_id}")

    assert by_ours.get_json() == by_theirs.get_json() == payment


def test_a_read_has_an_etag(caller):
    payment = caller.create()
    first = caller.get(f"/v1/payments/{payment['id']}")

    again = caller.get(f"/v1/payments/{payment['id']}", If_None_Match=first.headers["ETag"])
    changed = caller.get(f"/v1/payments/{payment['id']}", If_None_Match='"other"')

    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200


@pytest.mark.parametrize(
    "id",
    [
        "pay_01jd2k8wz5e8p9c4m6h7r3t1vx",
        "pay_",
        "PAY_01JD2K8WZ5E8P9C4M6H7R3T1VX",
        "ord_01jd2k8wz5e8p9c4m6h7r3t1vx",
        "0190c7f4-1111-7111-8111-111111111111",
        "{0190c7f4-1111-7111-8111-111111111111}",
        "x",
        "%00",
        "%ff%fe",
        "pay_" + "z" * 5000,
        "..%2f..",
    ],
)
def test_malformed_and_unknown_ids_are_the_same_404(caller, id):
    unknown = caller.get("/v1/payments/pay_01jd2k8wz5e8p9c4m6h7r3t1v0").get_json()

    answer = caller.get(f"/v1/payments/{id}")

    problem = answer.get_json()
    assert answer.status_code == 404
    assert {**problem, "request_id": "", "instance": ""} == {**unknown, "request_id": "", "instance": ""}


@pytest.mark.parametrize(
    "path",
    ["/v1/orders/ord_x", "/v1/orders/ord_01jd2k8wz5e8p9c4m6h7r3t1v0", "/v1/sellers/sel_x", "/v1/nothing"],
)
def test_every_404_says_the_same(caller, path):
    """Its words give no hint whether the id is malformed, unknown or another's."""
    unknown = caller.get("/v1/payments/pay_01jd2k8wz5e8p9c4m6h7r3t1v0").get_json()

    assert caller.get(path).get_json()["detail"] == unknown["detail"]


def test_anothers_payment_and_order_are_the_same_404(caller, stranger):
    payment = caller.create(payment_id=str(uuid4()))
    paths = [
        f"/v1/payments/{payment['id']}",
        f"/v1/payments/{payment['payment_id']}",
        f"/v1/orders/{payment['orders'][0]['id']}",
    ]

    answers = [stranger.get(path) for path in paths]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert all(caller.get(path).status_code == 200 for path in paths)


def test_an_order_is_read_alone(caller):
    payment = caller.create()

    order = caller.get(f"/v1/orders/{payment['orders'][0]['id']}")

    assert order.get_json() == payment["orders"][0]
    assert "ETag" in order.headers


def test_sellers_are_read(caller):
    listed = caller.get("/v1/sellers").get_json()
    one = caller.get(f"/v1/sellers/{caller.shop.sellers[0]}").get_json()

    assert [seller["name"] for seller in listed["data"]] == ["Bao Tea", "Ada's Pottery"]
    assert one == listed["data"][1]
    assert one["fee_plans"][0]["commission_bps"] == 1000


def test_the_timeline_tells_everything_with_its_cause(caller):
    """Oldest first, in the API's own spelling of ids and times."""
    payment = caller.create()
    caller.post(f"/v1/payments/{payment['id']}/cancel")

    answer = caller.get(f"/v1/payments/{payment['id']}/timeline")

    items = answer.get_json()["data"]
    transitions = [
        item["name"] for item in items if item["object"] == payment["id"] and item["kind"] == "transition"
    ]
    assert transitions == ["created", "awaiting_shopper", "canceled"]
    assert next(item["name"] for item in items if item["kind"] == "event") == "payment.created"
    assert all(
        re.fullmatch(r"request:req_[0-9a-z]{26}", item["cause"])
        for item in items
        if item["kind"] == "transition"
    )
    assert [item["at"] for item in items] == sorted(item["at"] for item in items)
    assert answer.get_json()["has_more"] is False
