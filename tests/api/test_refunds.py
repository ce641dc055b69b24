"""Refunds over the API: asked for once a key, read by whom they concern, orders called off, many from a file."""

from __future__ import annotations

from io import BytesIO

import pytest

from checkout.core.ids import new_uuid
from tests.api.test_document import answer_schema, check
from tests.api.world import captured, key_of, make_world, token_of


@pytest.fixture
def world(caller, stranger, db):
    """My payment of 24.90, 15.00 of it Ada's, has its money."""
    world = make_world(caller, stranger)
    captured(world.ids["own"]["payment_id"])
    return world


@pytest.fixture
def payment(world):
    return world.ids["own"]["payment_id"]


def bearer(credential, **more):
    return {"Authorization": f"Bearer {credential}", "Idempotency-Key": str(new_uuid()), **more}


def refunded(db, payment):
    from checkout.core.ids import decode

    return db.value("SELECT amount_refunded_minor FROM payments WHERE id = %(id)s", id=decode("pay", payment))


def test_a_refund_is_made_once_under_a_key(caller, db, payment, client):
    """201 with what it takes of each order; the same key the same bytes; another key is another refund."""
    asked = {"payment": payment, "amount": 1000, "reason": "duplicate", "metadata": {"ticket": "7"}}
    first = caller.post("/v1/refunds", asked, key="k1")
    again = caller.post("/v1/refunds", asked, key="k1")
    other = caller.post("/v1/refunds", asked, key="k2")
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 201)
    assert (first.data == again.data, first.json["id"] != other.json["id"]) == (True, True)
    assert [part["amount"] for part in first.json["orders"]] == [602, 398]
    assert (first.json["status"], first.json["to_card"], first.json["metadata"]) == (
        "requested",
        1000,
        {"ticket": "7"},
    )
    assert first.headers["Location"] == f"/v1/refunds/{first.json['id']}"
    assert caller.get(first.headers["Location"]).json == first.json
    assert caller.get(f"/v1/payments/{payment}").json["amount_refunded"] == 2000
    document = client.get("/openapi.json").get_json()
    check(document, answer_schema(document, "/v1/refunds/{refund_id}", "get", 200), first.json)
    page = caller.get("/v1/refunds").json
    check(document, answer_schema(document, "/v1/refunds", "get", 200), page)


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"amount": 2491}, 422, "refund_exceeds_captured", "/amount"),
        ({"amount": 100, "currency": "USD"}, 422, "currency_mismatch", None),
        ({"amount": 0}, 422, "invalid_parameter", "/amount"),
        ({"amount": 10.5}, 422, "invalid_parameter", "/amount"),
        ({"orders": [{"order": "ord_x"}]}, 422, "invalid_parameter", "/orders/0/order"),
        ({"lines": [{"line": "x", "quantity": 1}]}, 422, "invalid_parameter", "/lines/0/line"),
        ({"order": "ord_x"}, 422, "invalid_parameter", "/payment"),
        ({"reason": "bored"}, 422, "invalid_parameter", "/reason"),
        ({"reason": "other"}, 422, "invalid_parameter", "/note"),
        ({"return_logistics": "yes"}, 422, "invalid_parameter", "/return_logistics"),
    ],
)
def test_bad_input_names_its_field_and_changes_nothing(caller, db, payment, body, status, code, pointer):
    answer = caller.post("/v1/refunds", {"payment": payment, **body})
    assert (answer.status_code, answer.json["code"]) == (status, code)
    if pointer is not None:
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert refunded(db, payment) == 0


def test_what_is_disputed_is_refused_with_its_reason(caller, db, payment):
    db.rows("UPDATE payments SET amount_disputed_minor = 2490 WHERE amount_received_minor > 0")
    answer = caller.post("/v1/refunds", {"payment": payment})
    assert (answer.status_code, answer.json["code"]) == (409, "payment_disputed")


def test_a_payment_that_is_not_paid_is_409(caller, world):
    unpaid = caller.create()["id"]
    answer = caller.post("/v1/refunds", {"payment": unpaid})
    assert (answer.status_code, answer.json["code"]) == (409, "invalid_payment_state")


def test_without_a_key_nothing_goes_back(client, caller, payment, db):
    answer = client.post(
        "/v1/refunds",
        json={"payment": payment},
        headers={"Authorization": f"Bearer {caller.shop.key}"},
    )
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_missing")
    assert refunded(db, payment) == 0


def test_a_seller_gives_back_and_sees_its_own_part_alone(client, caller, world, payment):
    """Ada refunds the payment: her 15.00. Of a refund of the whole she sees her part; Bao's order is none of hers."""
    ada = key_of(world, "seller", {"refunds:write", "refunds:read"})
    mine = client.post("/v1/refunds", json={"payment": payment, "amount": 500}, headers=bearer(ada))
    assert [part["seller"] for part in mine.json["orders"]] == [world.ids["own"]["seller_id"]]
    foreign = world.ids["seller"]["order_id"]
    refused = client.post("/v1/refunds", json={"order": foreign}, headers=bearer(ada))
    assert (refused.status_code, refused.json["code"]) == (404, "not_found")
    whole = caller.post("/v1/refunds", {"payment": payment}).json
    seen = client.get(f"/v1/refunds/{whole['id']}", headers=bearer(ada)).json
    assert (whole["amount"], seen["amount"], len(seen["orders"])) == (1990, 1000, 1)


def test_a_person_above_the_limit_waits_for_a_second_one(db, client, world, caller):
    """20 000.00 by finance: awaiting_approval, an approval is proposed, and no money has moved."""
    from checkout.core.ids import decode

    big = caller.create(
        amount=2_000_000, orders=[{"seller": world.ids["own"]["seller_id"], "amount": 2_000_000}]
    )["id"]
    db.rows(
        "UPDATE payments SET status = 'succeeded', amount_received_minor = amount_minor, psp_intent_id = 'pi_b',"
        " psp_charge_id = 'ch_b' WHERE id = %(id)s",
        id=decode("pay", big),
    )
    db.rows(
        "UPDATE orders SET status = 'paid', card_part_minor = amount_minor, wallet_part_minor = 0"
        " WHERE payment_id = %(id)s",
        id=decode("pay", big),
    )
    token = token_of(db, "finance", world)
    made = client.post("/v1/refunds", json={"payment": big}, headers=bearer(token)).json
    assert (made["status"], made["approval"][:4]) == ("awaiting_approval", "apr_")
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'refund_requested'") == 0


def test_refunds_are_listed_by_what_they_are_of(caller, payment, world):
    made = caller.post("/v1/refunds", {"order": world.ids["own"]["order_id"]}).json
    for query, found in (
        (f"order={world.ids['own']['order_id']}&status=requested", [made["id"]]),
        (f"payment={payment}&status=requested", [made["id"]]),
        ("seller=sel_x", []),
        ("currency=USD", []),
    ):
        page = caller.get(f"/v1/refunds?{query}").json
        assert [item["id"] for item in page["data"]] == found, query


def test_an_order_is_called_off(caller, payment, world):
    """Canceled with its refund; calling it off again is 409."""
    order = world.ids["own"]["order_id"]
    answer = caller.post(f"/v1/orders/{order}/cancel")
    assert (answer.status_code, answer.json["status"], answer.json["amount_refunded"]) == (
        200,
        "canceled",
        1500,
    )
    again = caller.post(f"/v1/orders/{order}/cancel")
    assert (again.status_code, again.json["code"], again.json["order_status"]) == (
        409,
        "invalid_order_state",
        "canceled",
    )


def test_a_payments_story_and_movements_tell_of_its_refunds(caller, payment):
    made = caller.post("/v1/refunds", {"payment": payment, "amount": 100}).json
    story = caller.get(f"/v1/payments/{payment}/timeline").json
    assert made["id"] in {item["object"] for item in story["data"]}
    moved = caller.get(f"/v1/transactions?payment={payment}&type=refund_requested").json["data"]
    assert {row["refund"] for row in moved} == {made["id"]}


def send(caller, text, *, dry_run):
    return caller.client.post(
        f"/v1/refund_uploads?dry_run={dry_run}",
        data={"file": (BytesIO(text.encode()), "refunds.csv")},
        headers={"Authorization": f"Bearer {caller.shop.key}"},
    )


def test_a_file_is_looked_at_then_refunded_once(caller, db, payment, world):
    """Two rows fit, the third is beyond what they leave, one is nobody's: the look changes nothing, the refunds come once."""
    text = (
        "payment,amount,currency,reason\n"
        f"{payment},20.00,EUR,duplicate\n{payment},4.90,EUR,\n{payment},0.01,EUR,\npay_x,1.00,EUR,\n"
        f"{payment},1.001,EUR,\n"
    )
    look = send(caller, text, dry_run="true").json
    assert [row["status"] for row in look["rows"]] == ["would_refund"] * 2 + ["refused"] * 3
    assert [row["code"] for row in look["rows"][2:]] == [
        "refund_exceeds_captured",
        "not_found",
        "invalid_format",
    ]
    assert look["totals"] == [{"currency": "EUR", "amount": 2490, "refunds": 2}]
    assert refunded(db, payment) == 0
    done = send(caller, text, dry_run="false").json
    again = send(caller, text, dry_run="false").json
    assert [row["status"] for row in done["rows"][:2]] == ["refunded"] * 2
    assert [row["status"] for row in again["rows"][:2]] == ["unchanged"] * 2
    assert [row["refund"] for row in again["rows"]] == [row["refund"] for row in done["rows"]]
    assert refunded(db, payment) == 2490


@pytest.mark.parametrize("text", ["", "seller\nx\n", "payment,payment\nx,y\n", "payment\n", "pay ment\nx\n"])
def test_what_is_no_such_file_is_refused_whole(caller, text):
    answer = send(caller, text, dry_run="true")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_parameter")


def test_answers_of_uploads_are_as_documented(caller, payment, client):
    document = client.get("/openapi.json").get_json()
    answer = send(caller, f"payment\n{payment}\n", dry_run="true").json
    check(document, answer_schema(document, "/v1/refund_uploads", "post", 200), answer)
