"""Transactions and statements over HTTP: whose movements, page by page, and nothing of the platform's for a tenant."""

from __future__ import annotations

import pytest

from checkout.core.cause import Cause
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.identity import api_keys
from checkout.identity.access import EVERYTHING
from checkout.ledger import journal, recipes
from checkout.statements import verify_statement
from tests.api.conftest import Caller
from tests.api.world import make_world, token_of
from tests.statements.test_statements import day, earn


@pytest.fixture
def paid(caller: Caller) -> dict[str, object]:
    """24.90 EUR captured for two sellers."""
    payment = caller.create()
    parts = [
        recipes.OrderPart(decode("ord", o["id"]), decode("sel", o["seller"]), Money(o["amount"], "EUR"))
        for o in payment["orders"]
    ]
    with atomic() as session:
        journal.post(
            session,
            recipes.payment_captured(
                payment_id=decode("pay", payment["id"]),
                psp="stripe",
                charge_id="ch_1",
                amount=Money(2490, "EUR"),
                orders=parts,
            ),
            cause=Cause("cli", "test"),
        )
    return payment


def key_of(seller: str) -> str:
    with atomic() as session:
        _, text = api_keys.create(
            session, None, "t", seller_id=decode("sel", seller), scopes={"balances:read"}, livemode=False,
            cause=Cause("cli", "test"),
        )  # fmt: skip
    return text


def seen(caller: Caller, query: str = "", credential: str | None = None) -> list[tuple[str, str, int]]:
    headers = {"Authorization": f"Bearer {credential or caller.shop.key}"}
    answer = caller.client.get(f"/v1/transactions{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [(t["account"], t["direction"], t["amount"]) for t in answer.get_json()["data"]]


def test_each_reader_sees_its_own_legs(db, caller, stranger, paid):
    """The storefront both orders', Ada hers, finance the PSP's account too, a stranger nothing."""
    ada, bao = caller.shop.sellers
    mine = [("seller_pending", "credit", 990), ("seller_pending", "credit", 1500)]
    world = make_world(caller, stranger)

    assert seen(caller, "?type=payment_captured") == mine
    assert seen(caller, "?type=payment_captured", key_of(ada)) == mine[1:]
    assert seen(caller, f"?payment={paid['id']}", key_of(bao)) == mine[:1]
    assert seen(caller, f"?payment={paid['id']}", token_of(db, "finance", world)) == [
        *mine, ("psp_balance", "debit", 2490)
    ]  # fmt: skip
    assert seen(stranger, "?type=payment_captured", stranger.shop.key) == []


def test_filters_narrow_and_an_id_of_nobody_finds_nothing(db, caller, paid):
    ada = caller.shop.sellers[0]
    customer = encode("cus", db.value("SELECT shopper_id FROM payments"))

    assert len(seen(caller, f"?seller={ada}")) == 1
    assert len(seen(caller, f"?customer={customer}")) == 2
    assert len(seen(caller, "?currency=EUR&created_from=2020-01-01T00:00:00Z")) == 2
    for nothing in (
        "currency=JPY",
        "seller=sel_x",
        "customer=cus_x",
        "payment=pay_x",
        "created_before=2020-01-01T00:00:00Z",
    ):
        assert seen(caller, f"?{nothing}") == []
    assert caller.get("/v1/transactions?selller=x").status_code == 422


def test_pages_follow_each_other_and_are_known_by_their_etag(caller, paid):
    first = caller.get("/v1/transactions?limit=1")
    cursor = first.get_json()["next_cursor"]
    second = caller.get(f"/v1/transactions?limit=1&after={cursor}").get_json()
    again = caller.get("/v1/transactions?limit=1", If_None_Match=first.headers["ETag"])

    assert [item["amount"] for item in first.get_json()["data"] + second["data"]] == [990, 1500]
    assert second["has_more"] is False
    assert first.get_json()["data"][0]["payment"] == paid["id"]
    assert again.status_code == 304


def test_a_statement_from_the_api_can_be_checked(caller, paid):
    """As JSON byte for byte; as CSV with opening and closing; its list; another month is not there."""
    ada = caller.shop.sellers[0]
    earn(decode("sel", ada), 1500, day(5), commission=150)
    path = f"/v1/sellers/{ada}/statements/2025-05?currency=EUR"

    answer = caller.get(path)
    table = caller.get(f"{path}&format=csv")
    listed = caller.get(f"/v1/sellers/{ada}/statements").get_json()["data"]

    assert verify_statement(answer.data, EVERYTHING).status == "genuine"
    assert (answer.json["opening"], answer.json["closing"]) == (0, 1350)
    assert [row.split(",")[2] for row in table.text.splitlines()[1:]] == [
        "opening",
        "commission",
        "sales",
        "closing",
    ]
    assert [item["check_code"] for item in listed] == [answer.json["check_code"]]
    assert caller.get(path, If_None_Match=answer.headers["ETag"]).status_code == 304
    assert caller.get(f"{path}&revision=2").status_code == 404
    assert caller.get(path.replace("2025-05", "2024-05")).status_code == 404
    assert caller.get(f"{path}&revision=x").status_code == 422
