"""An order that was paid and not shipped is called off with its refund."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout.core.money import Money
from checkout.orders.errors import InvalidOrderState
from checkout.orders.ship import Parcel
from checkout.payments.commands import NewLine
from checkout.refunds.refund import read_refund
from tests.orders.conftest import ship
from tests.refunds.conftest import PEOPLE
from tests.refunds.test_races import cancels


def test_the_order_is_canceled_and_its_money_goes_back(desk):
    """Ada's 15.00 of 24.90 are called off; Bao's order stays paid."""
    payment = desk.paid(1500, 990)
    refund = read_refund(cancels(desk, payment.orders[0].id))
    desk.sends(refund)
    assert (refund.amount, desk.status(refund)) == (Money(1500, "EUR"), "succeeded")
    assert desk.order(payment.orders[0].id)["status"] == "canceled"
    assert desk.order(payment.orders[1].id)["status"] == "paid"
    assert desk.balances() == {"psp_balance": 990, "seller_pending:B": -990}
    assert desk.events("order.canceled", "refund.") == [
        "refund.created",
        "order.canceled",
        "refund.succeeded",
    ]


def test_what_was_refunded_before_is_not_refunded_again(desk):
    payment = desk.paid(1500)
    desk.refunds(payment, 500)
    assert read_refund(cancels(desk, payment.orders[0].id)).amount == Money(1000, "EUR")


def test_a_failed_refund_of_a_canceled_order_lies_apart(desk):
    """Nobody's order holds it any more: it waits as unapplied money, and the alert calls a person."""
    payment = desk.paid(1500)
    refund = read_refund(cancels(desk, payment.orders[0].id))
    desk.sends(refund)
    desk.hears(desk.psp.back.bounce(refund.public_id))
    assert desk.order(payment.orders[0].id)["status"] == "canceled"
    assert desk.balances() == {"psp_balance": 1500, "unapplied": -1500}
    wallet = desk.asks(payment, destination="wallet")
    assert (wallet.status, desk.balances()) == ("succeeded", {"psp_balance": 1500, "customer_wallet": -1500})


def test_an_order_that_is_not_paid_or_was_shipped_stays(desk):
    started = desk.shop.started((1500,))
    with pytest.raises(InvalidOrderState, match="cancel its payment"):
        cancels(desk, started.orders[0].id)
    payment = desk.paid(1500)
    ship(payment.orders[0].id)
    with pytest.raises(InvalidOrderState, match="shipped"):
        cancels(desk, payment.orders[0].id)


def test_an_order_of_which_a_part_was_shipped_stays(desk):
    command = desk.shop.command((1500,))
    lines = tuple(NewLine(f"Mug {n}", 1, Money(750, "EUR")) for n in range(2))
    command = replace(command, orders=(replace(command.orders[0], lines=lines),))
    payment = desk.shop.view(desk.shop.start(command))
    desk.shop.hears(desk.psp.captured(payment.psp_session_id))
    order = desk.shop.view(payment.id).orders[0]
    ship(order.id, Parcel("DHL", "JJD-9", {order.lines[0].id: 1}))
    with pytest.raises(InvalidOrderState, match="a part"):
        cancels(desk, order.id)


def test_while_a_refund_waits_for_a_second_person_it_is_not_canceled(desk):
    payment = desk.paid(2_000_000)
    desk.asks(payment, 1_500_000, cause=PEOPLE)
    with pytest.raises(InvalidOrderState, match="approval"):
        cancels(desk, payment.orders[0].id)
