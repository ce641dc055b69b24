"""`flask orders`: release what is due with a progress bar on stderr, and see why an order's money is held."""

from __future__ import annotations

import json

import pytest

from tests.orders.conftest import deliver, paid_order, psp, ship, shop

__all__ = ["paid_order", "psp", "shop"]

EIGHT_DAYS = str(8 * 86_400)


@pytest.fixture
def later(flask_command, settings):
    """The command, eight days later."""
    from dataclasses import replace

    return lambda *words: flask_command(*words, settings=replace(settings, clock_offset_seconds=8 * 86_400))


def test_release_says_what_it_did(db, paid_order, later, flask_command):
    """Two orders delivered, one shipped; JSON alone on stdout, nothing due the second time."""
    orders = [paid_order() for _ in range(3)]
    for order in orders:
        ship(order.id)
    for order in orders[:2]:
        deliver(order.id)

    assert json.loads(flask_command("orders", "release", "--json").stdout)["released"] == 0
    result = later("orders", "release", "--json")
    again = later("orders", "release")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "delivered_by_window": 0,
        "released": 2,
        "held_back": 0,
        "reserves_released": 0,
    }
    assert "released             0" in again.stdout


def test_an_order_that_differs_ends_with_7(db, paid_order, later):
    """Held back, and said: partial."""
    order = paid_order()
    ship(order.id)
    deliver(order.id)
    db.rows("UPDATE orders SET amount_refunded_minor = 1")

    result = later("orders", "release")

    assert result.exit_code == 7
    assert "1 orders differ from the journal" in result.output


def test_ship_deliver_and_get_say_what_holds_the_money(db, paid_order, flask_command):
    """From not_shipped to in_hold; a second delivery is no error, another shipment is (5); nobody's order is 3."""
    order = paid_order().public_id

    def reason(*words):
        result = flask_command("orders", *words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)["hold_reason"]

    parcel = ("ship", order, "--carrier", "DHL", "--tracking-number", "1")
    assert reason("get", order) == "not_shipped"
    assert reason(*parcel) == "not_delivered"
    assert reason("deliver", order) == "in_hold"
    assert reason("deliver", order) == "in_hold"
    assert flask_command("orders", *parcel).exit_code == 5
    assert flask_command("orders", "get", "ord_1").exit_code == 3
