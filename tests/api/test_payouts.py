"""Payouts over the API: asked for once, read with what they are made of, approved by another, called off."""

from __future__ import annotations

import pytest

from checkout.core.ids import decode, encode, new_uuid
from checkout.payouts.eligibility import REASONS
from checkout.payouts.words import FAILURES, WAITING
from checkout.psp.payout_failures import PAYOUT_FAILURES
from tests.api.test_document import answer_schema, check
from tests.api.world import key_of, make_world, token_of
from tests.payouts.conftest import fund


@pytest.fixture
def world(caller, stranger, db):
    """My seller is verified and has an account at the PSP."""
    world = make_world(caller, stranger)
    db.rows("DELETE FROM payouts")
    for seller in ("own", "seller"):
        id = decode("sel", world.ids[seller]["seller_id"])
        db.rows("UPDATE sellers SET verification_status = 'verified', payouts_enabled = true")
        db.rows(
            """
            INSERT INTO connected_accounts (seller_id, psp, idempotency_key, request, psp_account_id, created_at)
            VALUES (%(id)s, 'stripe', %(key)s, '{}', %(account)s, now())
            """,
            id=id,
            key=str(id),
            account=f"acct_{id.hex[-8:]}",
        )
    return world


@pytest.fixture
def mine(world):
    return world.ids["own"]["seller_id"]


def bearer(credential: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}", "Idempotency-Key": str(new_uuid()), **more}


def test_all_that_is_eligible_is_paid_once_under_a_key(caller, db, world, mine, client):
    """201 with its items; the same key the same bytes; another key finds nothing left."""
    order = fund(world.seller, 1050)
    asked = {"seller": mine, "currency": "EUR"}

    first = caller.post("/v1/payouts", asked, key="k1")
    again = caller.post("/v1/payouts", asked, key="k1")
    other = caller.post("/v1/payouts", asked, key="k2")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.data == again.data
    assert first.json["status"] == "reserved"
    assert (first.json["amount"], first.json["currency_exponent"]) == (1050, 2)
    item = first.json["items"][-1]  # before it a cent that came and went, of the world's making
    assert (item["kind"], item["order"], item["amount"]) == ("order_released", encode("ord", order), 1050)
    assert [step["status"] for step in first.json["timeline"]] == ["scheduled", "reserved"]
    assert first.headers["Location"] == f"/v1/payouts/{first.json['id']}"
    assert (other.json["code"], other.json["reason"]) == ("payout_not_eligible", "balance_not_positive")
    assert other.json["detail"] == REASONS["balance_not_positive"]
    assert db.value("SELECT count(*) FROM payouts") == 1
    assert caller.get(f"/v1/payouts/{first.json['id']}").json == first.json


def test_answers_are_as_documented(caller, world, mine, client):
    document = client.get("/openapi.json").get_json()
    fund(world.seller, 1050)
    made = caller.post("/v1/payouts", {"seller": mine, "currency": "EUR"}).json
    schedule = caller.get(f"/v1/sellers/{mine}/payout_schedule?currency=EUR").json

    one = answer_schema(document, "/v1/payouts/{payout_id}", "get", 200)
    check(document, one, made)
    check(document, answer_schema(document, "/v1/payouts", "get", 200), caller.get("/v1/payouts").json)
    check(
        document,
        answer_schema(document, "/v1/sellers/{seller_id}/payout_schedule", "get", 200),
        schedule,
    )
    documented = document["components"]["schemas"]["Payout"]["properties"]
    assert set(made) == set(documented)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"currency": "EUR"}, "/seller"),
        ({"seller": "sel_x", "currency": "EUX"}, "/currency"),
        ({"seller": "sel_x", "currency": "EUR", "method": "fast"}, "/method"),
        ({"seller": "sel_x", "currency": "EUR", "amount": 1}, "/amount"),
    ],
)
def test_bad_input_names_its_field(caller, body, pointer):
    answer = caller.post("/v1/payouts", body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_without_a_key_nothing_is_paid(client, world, mine, caller, db):
    answer = client.post(
        "/v1/payouts",
        json={"seller": mine, "currency": "EUR"},
        headers={"Authorization": f"Bearer {caller.shop.key}"},
    )

    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_missing")
    assert db.value("SELECT count(*) FROM payouts") == 0


def test_anothers_seller_does_not_exist(client, world, db):
    """A seller's key, with the other's id: 404 in the body as in the path."""
    fund(decode("sel", world.ids["seller"]["seller_id"]), 1050)
    key = key_of(world, "seller", {"payouts:write", "payouts:read"})

    for seller in (world.ids["seller"]["seller_id"], "sel_00000000000000000000000000", "x"):
        answer = client.post("/v1/payouts", json={"seller": seller, "currency": "EUR"}, headers=bearer(key))
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert db.value("SELECT count(*) FROM payouts") == 0


def test_a_person_asks_with_a_fresh_second_factor(client, world, mine, db):
    """The owner gave a code six minutes ago: refused; just now: paid."""
    fund(world.seller, 1050)
    body = {"seller": mine, "currency": "EUR"}
    stale = token_of(db, "seller_owner", world)
    db.rows("UPDATE token_families SET second_factor_at = second_factor_at - interval '6 minutes'")
    fresh = token_of(db, "seller_owner", world)

    refused = client.post("/v1/payouts", json=body, headers=bearer(stale))
    paid = client.post("/v1/payouts", json=body, headers=bearer(fresh))

    assert (refused.status_code, refused.json["code"]) == (403, "step_up_required")
    assert paid.status_code == 201


def test_a_pause_says_until_when(caller, world, mine, db):
    """The bank account was changed: payouts go on 48 hours later, to the second."""
    fund(world.seller, 1050)
    db.rows(
        """
        INSERT INTO payout_accounts (id, seller_id, currency, country, last4, details_sealed, changed_by, created_at,
                                     payouts_paused_until)
        VALUES (gen_random_uuid(), %(id)s, 'EUR', 'DE', '3000', '', 'test', now(), '2099-01-02T03:04:05Z')
        """,
        id=world.seller,
    )

    answer = caller.post("/v1/payouts", {"seller": mine, "currency": "EUR"})

    assert (answer.status_code, answer.json["reason"]) == (409, "bank_account_changed")
    assert answer.json["until"] == "2099-01-02T03:04:05.000Z"


def test_a_currency_that_the_psp_does_not_pay(caller, world, mine):
    answer = caller.post("/v1/payouts", {"seller": mine, "currency": "CHF"})

    assert (answer.status_code, answer.json["reason"]) == (409, "currency_not_paid_out")


def test_a_large_payout_is_let_go_by_somebody_else(caller, client, world, mine, db):
    """10 000.01: whoever asked is refused, the second person lets it go, a third time is too late."""
    fund(world.seller, 1_000_001)
    asker, approver = token_of(db, "admin", world), token_of(db, "finance_approver", world)
    body = {"seller": mine, "currency": "EUR"}
    made = client.post("/v1/payouts", json=body, headers=bearer(asker)).json
    assert (made["status"], made["waiting_because"]["code"]) == ("awaiting_approval", "approval")
    path = f"/v1/payouts/{made['id']}/approve"

    own = client.post(path, json={}, headers=bearer(asker))
    assert (own.status_code, own.json["code"]) == (403, "four_eyes_required")
    done = client.post(path, json={}, headers=bearer(approver))
    assert (done.status_code, done.json["status"]) == (200, "reserved")
    late = client.post(path, json={}, headers=bearer(approver))
    assert (late.status_code, late.json["code"]) == (409, "invalid_payout_state")
    assert late.json["payout_status"] == "reserved"


def test_a_payout_is_called_off_before_it_is_sent(caller, world, mine):
    fund(world.seller, 1050)
    made = caller.post("/v1/payouts", {"seller": mine, "currency": "EUR"}).json

    canceled = caller.post(f"/v1/payouts/{made['id']}/cancel", {"reason": "wrong day"})
    again = caller.post(f"/v1/payouts/{made['id']}/cancel")

    assert (canceled.status_code, canceled.json["status"]) == (200, "canceled")
    assert sum(item["amount"] for item in canceled.json["items"]) == canceled.json["amount"] == 1050
    assert (again.status_code, again.json["code"]) == (409, "invalid_payout_state")


def test_lists_are_filtered_and_hold_what_the_caller_may_see(caller, client, world, mine, db):
    """Two of mine, one of the other; a seller's staff sees its own, a filter for nobody finds nothing."""
    other = world.ids["seller"]["seller_id"]
    for minor in (1000, 2000):
        fund(world.seller, minor)
        caller.post("/v1/payouts", {"seller": mine, "currency": "EUR"})
    fund(decode("sel", other), 3000)
    caller.post("/v1/payouts", {"seller": other, "currency": "EUR"})
    staff = token_of(db, "seller_staff", world)

    def amounts(query: str, credential: str) -> list[int]:
        answer = client.get(f"/v1/payouts{query}", headers=bearer(credential))
        assert answer.status_code == 200, answer.text
        return [row["amount"] for row in answer.json["data"]]

    key = caller.shop.key
    assert amounts("", key) == [3000, 2000, 1000]
    assert amounts("", staff) == [2000, 1000]
    assert amounts(f"?seller={mine}&status=reserved&currency=EUR&kind=manual", key) == [2000, 1000]
    assert amounts("?kind=scheduled", key) == amounts("?seller=nobody", key) == []
    page = client.get("/v1/payouts?limit=2", headers=bearer(key)).json
    assert amounts(f"?after={page['next_cursor']}", key) == [1000]


def test_a_schedule_is_set_and_says_its_next_dates(caller, client, world, mine):
    """Each with the time zone, and why it moved; what says nothing for the rhythm is refused."""
    path = f"/v1/sellers/{mine}/payout_schedule"

    def put(**body):
        return client.put(path, json={"currency": "EUR", **body}, headers=bearer(caller.shop.key))

    answer = put(rhythm="weekly", weekday=6, minimum=500)

    assert answer.status_code == 200
    assert (answer.json["rhythm"], answer.json["weekday"], answer.json["minimum"]) == ("weekly", 6, 500)
    assert [day["moved_because"] for day in answer.json["next"]] == ["weekend"] * 3
    assert {day["timezone"] for day in answer.json["next"]} == {"Europe/Berlin"}
    assert caller.get(f"{path}?currency=EUR").json == answer.json
    assert caller.get(f"{path}?currency=JPY").json["rhythm"] == "manual"
    for wrong in (
        {"rhythm": "weekly", "weekday": 7},
        {"rhythm": "daily", "weekday": 1},
        {"rhythm": "hourly"},
    ):
        assert put(**wrong).status_code == 422


def test_every_code_of_a_payout_has_its_words():
    """The codes that are written stand in the lists that are shown."""
    assert set(PAYOUT_FAILURES) <= set(FAILURES)
    assert {"refused", "not_executed", "not_covered", "canceled_at_psp"} <= set(FAILURES)
    assert {"platform_funds_pending", "approval", *REASONS} <= set(WAITING)
    assert all(text.endswith(".") for text in [*FAILURES.values(), *WAITING.values(), *REASONS.values()])
