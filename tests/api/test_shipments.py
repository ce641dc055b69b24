"""Shipping and delivering over HTTP: the answers, the refusals, the key, and nobody else's order."""

from __future__ import annotations

import pytest

from checkout.core.ids import decode
from tests.api.conftest import Caller
from tests.api.fake_psp import FakePsp


@pytest.fixture
def paid(caller: Caller, db):
    """Ada's order of 3 mugs, paid."""

    def make(by: Caller = caller):
        orders = [
            {
                "seller": by.shop.sellers[0],
                "amount": 1500,
                "lines": [{"name": "Mug", "quantity": 3, "unit_amount": 500}],
            }
        ]
        payment = by.create(amount=1500, orders=orders)
        db.rows("UPDATE orders SET status = 'paid' WHERE status = 'pending'")
        db.rows("UPDATE sellers SET verification_status = 'verified', payouts_enabled = true")
        return by.get(f"/v1/orders/{payment['orders'][0]['id']}").get_json()

    return make


PARCEL = {"carrier": "DHL", "tracking_number": "JJD000390007882823"}


def test_a_parcel_is_answered_and_shown_on_its_order(caller, paid):
    """2 of 3 leave with a new estimate: the order stays paid and names the parcel."""
    order = paid()
    line = order["lines"][0]["id"]
    body = {
        **PARCEL,
        "lines": [{"line": line, "quantity": 2}],
        "estimated_delivery": {"from": "2026-12-02", "to": "2026-12-03"},
    }

    answer = caller.post(f"/v1/orders/{order['id']}/shipments", body)

    made = answer.get_json()
    assert answer.status_code == 201
    assert made["id"].startswith("shp_")
    assert made["lines"] == [{"line": line, "quantity": 2}]
    assert made["estimated_delivery"] == {"from": "2026-12-02", "to": "2026-12-03"}
    shown = caller.get(f"/v1/orders/{order['id']}").get_json()
    assert (shown["status"], shown["shipments"]) == ("paid", [made])
    assert shown["lines"][0]["shipped_quantity"] == 2
    assert shown["hold"]["reason"] == "not_shipped"


def test_shipped_then_delivered_says_when_the_money_is_free(caller, paid):
    """The hold's reason and date change with each step; delivered twice answers the same."""
    order = paid()
    caller.post(f"/v1/orders/{order['id']}/shipments", PARCEL)
    assert caller.get(f"/v1/orders/{order['id']}").get_json()["hold"]["reason"] == "not_delivered"

    first = caller.post(f"/v1/orders/{order['id']}/deliver", {})
    again = caller.post(f"/v1/orders/{order['id']}/deliver")

    assert (first.status_code, again.status_code) == (200, 200)
    shown = first.get_json()
    assert shown["status"] == "delivered"
    assert shown["hold"]["reason"] == "in_hold"
    assert shown["hold"]["releases_at"] > shown["delivered_at"]
    assert again.get_json()["delivered_at"] == shown["delivered_at"]


def test_the_same_key_ships_once_and_answers_the_same_bytes(caller, paid, db):
    """A repeated request is not refused as a second shipment: it is the first one's answer."""
    path = f"/v1/orders/{paid()['id']}/shipments"

    first = caller.post(path, PARCEL, key="k-1")
    again = caller.post(path, PARCEL, key="k-1")
    other = caller.post(path, {**PARCEL, "carrier": "UPS"}, key="k-1")
    without = caller.post(path, PARCEL, key="k-2")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")
    assert (without.status_code, without.get_json()["code"]) == (409, "invalid_order_state")
    assert caller.post(path, PARCEL, key="k-2").data == without.data
    assert db.value("SELECT count(*) FROM shipments") == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"carrier": None}, "/carrier"),
        ({"tracking_number": ""}, "/tracking_number"),
        ({"tracking_number": "x" * 61}, "/tracking_number"),
        ({"carrier": "D\nHL"}, "/carrier"),
        ({"lines": []}, "/lines"),
        ({"lines": [{"line": "oli_1", "quantity": 1}]}, "/lines/0/line"),
        ({"lines": [{"line": "LINE", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"line": "LINE", "quantity": 4}]}, "/lines/0/quantity"),
        ({"lines": [{"line": "LINE", "quantity": 1}, {"line": "LINE", "quantity": 1}]}, "/lines/1/line"),
        ({"estimated_delivery": {"from": "2026-12-03", "to": "2026-12-02"}}, "/estimated_delivery/to"),
        ({"weight": 3}, "/weight"),
    ],
)
def test_what_is_wrong_is_pointed_at(caller, paid, change, pointer):
    """Each field and its rule; nothing is shipped."""
    order = paid()
    body = {**PARCEL, **change}
    for each in body.get("lines") or ():
        each["line"] = each["line"].replace("LINE", order["lines"][0]["id"])

    answer = caller.post(f"/v1/orders/{order['id']}/shipments", body)

    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.get_json()["errors"]]
    assert caller.get(f"/v1/orders/{order['id']}").get_json()["shipments"] == []


def test_another_storefronts_order_is_not_there(caller, stranger, paid):
    """Neither to read nor to ship nor to deliver: the same 404 as for an order that never was."""
    order = paid()
    for path, body in [("shipments", PARCEL), ("deliver", {})]:
        answer = stranger.post(f"/v1/orders/{order['id']}/{path}", body)
        nobody = stranger.post(f"/v1/orders/ord_{'0' * 26}/{path}", body)
        assert (answer.status_code, answer.get_json()["detail"]) == (404, nobody.get_json()["detail"])


def test_what_is_not_paid_is_not_shipped(caller: Caller, psp: FakePsp):
    """409 with the order's status."""
    order = caller.create()["orders"][0]

    for path, body in [("shipments", PARCEL), ("deliver", {})]:
        answer = caller.post(f"/v1/orders/{order['id']}/{path}", body)
        problem = answer.get_json()
        assert (answer.status_code, problem["code"]) == (409, "invalid_order_state")
        assert problem["order_status"] == "pending"


def test_the_key_of_a_stored_answer_names_its_order(caller, paid, db):
    """By it the answer, which repeats the order's texts, is found when the shopper's data is erased."""
    order = paid()

    caller.post(f"/v1/orders/{order['id']}/shipments", PARCEL, key="parcel")
    caller.post(f"/v1/orders/{order['id']}/deliver", {}, key="arrived")

    named = db.rows("SELECT resource_id FROM idempotency_keys WHERE key IN ('parcel', 'arrived')")
    assert [row["resource_id"] for row in named] == [decode("ord", order["id"])] * 2
