"""A seller's balances and their movements over HTTP; whose they are, and the running balance through the pages."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import decode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import chart, journal, release_recipes
from checkout.ledger.entry import Entry, credit, debit
from checkout.ledger.horizon import settled_horizon
from checkout.ledger.snapshots import take_snapshots
from tests.api.conftest import Caller

CAUSE = Cause("cli", "test")


def captured(seller: UUID, amount: int, currency: str, *, release: bool) -> UUID:
    """So much taken in for an order of the seller; released with 10 % commission and 1 % reserve."""
    order, money = new_uuid(), Money(amount, currency)
    entries = [
        Entry(
            "payment_captured",
            f"ch_{order}",
            "pay_test",
            (
                debit(chart.psp_balance("stripe"), money),
                credit(chart.seller_pending(seller), money, order_id=order),
            ),
        )
    ]
    if release:
        entries.append(
            release_recipes.order_released(
                order_id=order,
                seller_id=seller,
                left=money,
                commission=Money(amount // 10, currency),
                logistics_fee=Money.zero(currency),
                tax=Money.zero(currency),
                reserve=Money(amount // 100, currency),
            )
        )
    with atomic() as session:
        for entry in entries:
            journal.post(session, entry, cause=CAUSE)
    return order


@pytest.fixture
def ada(caller: Caller) -> UUID:
    """Sells in the caller's storefront."""
    caller.create()
    return decode("sel", caller.shop.sellers[0])


def test_four_amounts_per_currency(caller, ada):
    """EUR, JPY and KWD, each with its exponent; nothing of another seller."""
    captured(ada, 1500, "EUR", release=False)
    captured(ada, 2000, "EUR", release=True)
    captured(ada, 1000, "JPY", release=True)
    captured(ada, 7000, "KWD", release=False)
    captured(new_uuid(), 999, "EUR", release=True)

    found = caller.get(f"/v1/sellers/{caller.shop.sellers[0]}/balance").get_json()

    lines = [tuple(line.values()) for line in found["balances"]]
    assert lines == [
        ("EUR", 2, 1500, 1780, 20, 0),
        ("JPY", 0, 0, 890, 10, 0),
        ("KWD", 3, 7000, 0, 0, 0),
    ]


def test_a_seller_without_money_has_no_lines(caller, ada):
    answer = caller.get(f"/v1/sellers/{caller.shop.sellers[0]}/balance")

    assert (answer.status_code, answer.get_json()["balances"]) == (200, [])
    assert caller.get(
        f"/v1/sellers/{caller.shop.sellers[0]}/balance", If_None_Match=answer.headers["ETag"]
    ).status_code == 304  # fmt: skip


def test_each_movement_says_what_stood_there_after_it(caller, ada):
    """Five releases of 10.00 to 50.00 at two a page, forward to the oldest and back; a snapshot in between."""
    for n in range(1, 6):
        captured(ada, 1000 * n, "EUR", release=True)
        if n == 3:
            horizon = settled_horizon()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("checkout.ledger.snapshots.POSTINGS_PER_SNAPSHOT", 1)
                assert take_snapshots(horizon) >= 1
    path = f"/v1/sellers/{caller.shop.sellers[0]}/balance/entries?currency=EUR&limit=2"

    pages = [caller.get(path).get_json()]
    while pages[-1]["has_more"]:
        pages.append(caller.get(f"{path}&after={pages[-1]['next_cursor']}").get_json())

    seen = [(item["amount"], item["balance"]) for page in pages for item in page["data"]]
    assert seen == [(4450, 13350), (3560, 8900), (2670, 5340), (1780, 2670), (890, 890)]
    assert {item["type"] for page in pages for item in page["data"]} == {"order_released"}
    held = caller.get(path.replace("limit=2", "of=on_hold")).get_json()["data"]
    assert [item["balance"] for item in held][:2] == [0, 5000]


def test_balances_as_they_were_and_their_explanation(caller, ada):
    """Before and after a release; the explanation of the same moment has the same amount."""
    seller = caller.shop.sellers[0]
    captured(ada, 2000, "EUR", release=True)
    before, now = "2020-01-01T00:00:00Z", utcnow().isoformat().replace("+00:00", "Z")

    then = caller.get(f"/v1/sellers/{seller}/balance?at={before}").get_json()
    later = caller.get(f"/v1/sellers/{seller}/balance?at={now}").get_json()
    why = caller.get(f"/v1/explanations/{seller}/balance.available.EUR?at={now}").get_json()

    assert (then["at"], then["balances"]) == ("2020-01-01T00:00:00.000Z", [])
    assert later["balances"][0]["available"] == why["amount"] == 1780
    assert why["at"] == now


@pytest.mark.parametrize("at", ["yesterday", "2020-01-01", "2999-01-01T00:00:00Z", "2020-02-30T00:00:00Z"])
def test_a_moment_that_is_none_or_has_not_come_is_refused(caller, ada, at):
    for path in (
        f"sellers/{caller.shop.sellers[0]}/balance",
        f"explanations/{caller.shop.sellers[0]}/balance.available.EUR",
    ):
        answer = caller.get(f"/v1/{path}?at={at}")
        assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/at")


def test_nobody_elses_balances_are_there(caller, stranger, ada):
    """A storefront in which the seller never sold, an unknown id and a malformed one: the same 404."""
    for seller in (caller.shop.sellers[0], f"sel_{'0' * 26}", "sel_1"):
        for path in ("balance", "balance/entries?currency=EUR"):
            assert stranger.get(f"/v1/sellers/{seller}/{path}").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["", "?currency=EURO", "?currency=EUR&of=owed", "?currency=EUR&limit=0", "?currency=EUR&status=x"],
)
def test_a_question_that_makes_no_sense_is_refused(caller, ada, query):
    assert caller.get(f"/v1/sellers/{caller.shop.sellers[0]}/balance/entries{query}").status_code == 422


def test_a_cursor_of_another_list_is_refused(caller, ada):
    """Another seller's, another currency's: 400."""
    for _ in range(2):
        captured(ada, 1000, "EUR", release=True)
    clock.configure(offset_seconds=int(timedelta(hours=1).total_seconds()))
    path = f"/v1/sellers/{caller.shop.sellers[0]}/balance/entries"
    cursor = caller.get(f"{path}?currency=EUR&limit=1").get_json()["next_cursor"]

    assert caller.get(f"{path}?currency=JPY&limit=1&after={cursor}").status_code == 400
