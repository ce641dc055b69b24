"""Store credit over HTTP: whose it is, what it says, how it comes in and how it pays."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from checkout.core.clock import utcnow
from checkout.core.ids import decode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal
from checkout.ledger.verify import verify_ledger
from checkout.ledger.wallet_recipes import wallet_topped_up
from checkout.tasks import ClaimedTask
from checkout.wallets.balance import credit
from checkout.wallets.propose import apply_decision
from tests.api.conftest import CAUSE, Caller
from tests.api.world import make_world, token_of


def put_in(customer: str, amount: Money) -> None:
    """Store credit that was paid for elsewhere."""
    id, now = decode("cus", customer), utcnow()
    paid = {"payment_id": new_uuid(), "psp": "stripe", "charge_id": f"ch_{uuid4()}"}
    with atomic() as session:
        credit(session, shopper_id=id, amount=amount, now=now)
        journal.post(session, wallet_topped_up(**paid, customer_id=id, amount=amount), cause=CAUSE)


@pytest.fixture
def jo(caller: Caller) -> str:
    """The customer of the caller's checkouts."""
    return caller.create()["customer"]


def test_a_payment_names_its_customer_and_an_address_finds_them(caller, stranger, jo):
    """In whatever case; at the caller's own storefront alone."""
    stranger.create()
    answer = caller.get("/v1/customers?email=JO@example.org").get_json()

    assert [each["id"] for each in answer["data"]] == [jo]
    assert caller.get("/v1/customers?email=nobody@example.org").get_json()["data"] == []
    assert caller.get("/v1/customers").status_code == 422


def test_paying_in_part_and_reading_the_wallet(caller, jo):
    """20.00 in, 4.90 of a checkout of 24.90: what is free, what is held, as of which entry; then its statement."""
    put_in(jo, Money(2000, "EUR"))
    payment = caller.create(wallet_amount=490)
    assert (payment["amount"], payment["wallet_amount"], payment["amount_received"]) == (2490, 490, 0)

    wallet = caller.get(f"/v1/customers/{jo}/wallet").get_json()
    (line,) = wallet["balances"]
    assert (line["currency"], line["free"], line["held"], line["promotional"]) == ("EUR", 1510, 490, 0)

    entries = caller.get(f"/v1/customers/{jo}/wallet/entries?currency=EUR").get_json()["data"]
    assert [(e["type"], e["amount"], e["balance"]) for e in entries] == [
        ("wallet_held", -490, 1510),
        ("wallet_topped_up", 2000, 2000),
    ]
    assert (entries[0]["source"], entries[0]["entry"]) == (payment["id"], line["as_of"])
    timeline = caller.get(f"/v1/payments/{payment['id']}/timeline").get_json()["data"]
    assert "wallet_held" in [item["name"] for item in timeline]
    held = caller.get(f"/v1/customers/{jo}/wallet/entries?currency=EUR&of=held").get_json()["data"]
    assert [(e["amount"], e["balance"]) for e in held] == [(490, 490)]


def test_the_statement_goes_on_page_by_page(caller, jo):
    """Each page's balances follow from the page before."""
    for amount in (100, 200, 300):
        put_in(jo, Money(amount, "JPY"))
    path = f"/v1/customers/{jo}/wallet/entries?currency=JPY&limit=2"
    first = caller.get(path).get_json()
    rest = caller.get(f"{path}&after={first['next_cursor']}").get_json()

    assert [e["balance"] for e in first["data"] + rest["data"]] == [600, 300, 100]
    assert (first["has_more"], rest["has_more"]) == (True, False)


def test_paying_all_of_it(caller, jo):
    """Succeeded in the answer: nowhere to send the shopper, each order's parts said."""
    put_in(jo, Money(2490, "EUR"))
    payment = caller.create(wallet_amount=2490)

    assert (payment["status"], payment["next_action"], payment["amount_received"]) == (
        "succeeded",
        None,
        2490,
    )
    assert [(o["status"], o["card_part"], o["wallet_part"]) for o in payment["orders"]] == [
        ("paid", 0, 1500),
        ("paid", 0, 990),
    ]
    assert verify_ledger().holds


@pytest.mark.parametrize(
    ("wallet_amount", "code"),
    [(491, "wallet_too_small"), (0, "invalid_parameter"), (2491, "invalid_parameter")],
)
def test_what_does_not_go(caller, jo, wallet_amount, code):
    """422 at /wallet_amount: too little store credit, nothing, more than the amount."""
    put_in(jo, Money(490, "EUR"))
    answer = caller.post("/v1/payments", caller.shop.body(wallet_amount=wallet_amount))

    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert [each["pointer"] for each in problem["errors"]] == ["/wallet_amount"]
    assert "490" not in str(problem["errors"])


def test_anothers_customer_is_not_there(caller, stranger):
    """Read, topped up, given credit: 404, as for one who does not exist."""
    theirs = stranger.create()["customer"]
    ends = (utcnow() + timedelta(days=1)).isoformat()
    for id in (theirs, "cus_01jd2k8wz5e8p9c4m6h7r3t1vx", "cus_x"):
        path = f"/v1/customers/{id}/wallet"
        top_up = {"amount": 2000, "currency": "EUR", "return_url": "https://shop.example/w"}
        gift = {"amount": 1, "currency": "EUR", "expires_at": ends, "reason": "x"}
        asked = [
            caller.get(path),
            caller.get(f"{path}/entries?currency=EUR"),
            caller.post(f"{path}/top_ups", top_up),
            caller.post(f"{path}/credits", gift),
        ]
        assert [answer.status_code for answer in asked] == [404] * 4


def test_topping_up(caller, jo):
    """A payment without orders, registered like any; it can be read."""
    body = {"amount": 2000, "currency": "EUR", "return_url": "https://shop.example/wallet"}
    answer = caller.post(f"/v1/customers/{jo}/wallet/top_ups", body, key="k")
    again = caller.post(f"/v1/customers/{jo}/wallet/top_ups", body, key="k")

    payment = answer.get_json()
    assert (answer.status_code, payment["purpose"], payment["orders"]) == (201, "wallet_top_up", [])
    assert payment["next_action"]["type"] == "redirect"
    assert (again.data, again.headers["Idempotency-Replayed"]) == (answer.data, "true")
    assert caller.get(f"/v1/payments/{payment['id']}").get_json() == payment


def test_a_top_up_needs_a_key(caller, jo):
    """It moves money."""
    headers = {"Authorization": f"Bearer {caller.shop.key}"}
    body = {"amount": 2000, "currency": "EUR", "return_url": "https://shop.example/wallet"}
    answer = caller.client.post(f"/v1/customers/{jo}/wallet/top_ups", json=body, headers=headers)

    assert answer.get_json()["code"] == "idempotency_key_missing"


def test_giving_credit(caller, jo):
    """4.90 until a day: answered, shown in the wallet, once per key."""
    ends = utcnow() + timedelta(days=30)
    body = {"amount": 490, "currency": "EUR", "expires_at": ends.isoformat(), "reason": "late parcel"}
    answer = caller.post(f"/v1/customers/{jo}/wallet/credits", body, key="k")
    again = caller.post(f"/v1/customers/{jo}/wallet/credits", body, key="k")

    given = answer.get_json()
    (line,) = caller.get(f"/v1/customers/{jo}/wallet").get_json()["balances"]
    assert (answer.status_code, again.data) == (201, answer.data)
    assert (line["free"], line["promotional"], line["credits"]) == (490, 490, [given])


def test_much_credit_takes_two(db, caller, stranger, jo):
    """10 000.01 EUR: proposed, approved by somebody else, given by the task."""
    world = make_world(caller, stranger)
    ends = (utcnow() + timedelta(days=30)).isoformat()
    body = {"amount": 1_000_001, "currency": "EUR", "expires_at": ends, "reason": "a very late parcel"}
    answer = caller.post(f"/v1/customers/{jo}/wallet/credits", body)
    approval = answer.get_json()
    assert (answer.status_code, approval["object"], approval["status"]) == (202, "approval", "pending")
    assert caller.get(f"/v1/customers/{jo}/wallet").get_json()["balances"] == []

    headers = {"Authorization": f"Bearer {token_of(db, 'finance_approver', world)}"}
    decided = caller.client.post(f"/v1/approvals/{approval['id']}/approve", json={}, headers=headers)
    assert decided.status_code == 200
    (task,) = db.rows("SELECT id, args FROM tasks WHERE kind = 'wallets.credit_decided'")
    with atomic() as session:
        apply_decision(
            session, ClaimedTask(task["id"], "default", "wallets.credit_decided", task["args"], 1, 8, 1)
        )

    assert caller.get(f"/v1/customers/{jo}/wallet").get_json()["balances"][0]["promotional"] == 1_000_001
    granted_by = db.value("SELECT actor FROM audit_log WHERE action = 'wallet.credit'")
    assert granted_by == db.value("SELECT decided_by FROM approvals WHERE kind = 'wallet.credit'")
    # The world's refunds are rows to look at, without money: of store credit nothing differs.
    assert [found for found in verify_ledger().differences if found.code.startswith("wallet")] == []
